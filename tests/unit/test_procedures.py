"""The header of a `.cypher` file is read, and held against its text; the message names the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from service.errors import ProcedureError
from service.store.procedures import (
    NoRow,
    Parameter,
    body,
    check,
    cypher_folder,
    expand,
    load,
    parse_header,
    procedure,
    returned_columns,
)


@dataclass(frozen=True, slots=True)
class _MaskingKey:
    key: object


@dataclass(frozen=True)
class _Touchpoints:
    position: object
    touchpoints: object


GOOD = """\
// purpose:    Find people who
//             are called alike.
// mode:       read
// params:     name: STRING, since: ZONED DATETIME = null, tags: LIST OF STRING = ['a', 'b']
// returns:    id: STRING, names: LIST OF STRING
// locks:      none
// cost:       O(1)
// idempotent: yes
// public:     yes
MATCH (p:Person {name: $name}) // not $this one
WHERE p.at >= $since AND p.tag IN $tags AND p.text <> 'costs $5, RETURN it'
RETURN p.id AS id, COLLECT { MATCH (p)--(n) RETURN n.name AS inner, 1 } AS names
ORDER BY id, names
LIMIT 5
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "trial.cypher"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_says_what_the_file_is_for_and_what_it_takes_and_gives() -> None:
    header = parse_header(GOOD)
    assert header.purpose == "Find people who are called alike."
    assert header.mode == "read"
    assert header.params == (
        Parameter("name", "STRING", None),
        Parameter("since", "ZONED DATETIME", "null"),
        Parameter("tags", "LIST OF STRING", "['a', 'b']"),
    )
    assert header.returns == (("id", "STRING"), ("names", "LIST OF STRING"))
    assert header.public


def test_only_a_header_that_says_so_is_public() -> None:
    assert not parse_header(GOOD.replace("// public:     yes\n", "")).public


def test_a_header_may_say_that_no_time_is_in_a_row() -> None:
    assert parse_header(GOOD).has_times
    assert not parse_header(GOOD.replace("// public:", "// times:      none\n// public:")).has_times
    with pytest.raises(ProcedureError, match="times is few; it is none or some"):
        parse_header(GOOD.replace("// public:     yes", "// times:      few"))


def test_a_statement_whose_plan_is_kept_is_sent_with_that_wish() -> None:
    large = procedure("shared_touchpoints_asc", _Touchpoints)
    _, text = load(cypher_folder("procedures") / "shared_touchpoints_asc.cypher")
    assert large.header.planned_once
    expected = body(text).replace("$", "$given.")
    assert large.text == f"CYPHER replan=skip {expected}"
    assert large.given({"keys": []}) == {"given": {"keys": []}}
    with pytest.raises(ProcedureError, match="plan is twice; it is once or again"):
        parse_header(GOOD.replace("// public:     yes", "// plan:       twice"))


def test_what_a_call_was_given_can_be_let_go() -> None:
    """The driver keeps what it was handed for longer than anybody needs it."""
    large = procedure("shared_touchpoints_asc", _Touchpoints)
    keys = ["email:ann@example.com"]
    given = large.given({"keys": keys})
    handed_on = dict(given)
    large.forget(given)
    assert handed_on == {"given": {}}
    assert keys == ["email:ann@example.com"]
    small = procedure("masking_key", _MaskingKey)
    small.forget(small.given({"keys": keys}))


def test_none_and_nothing_are_no_declarations() -> None:
    header = parse_header(
        "// purpose: x\n// mode: write\n// params: none\n// returns: nothing\n"
        "// locks: none\n// cost: O(1)\n// idempotent: yes\nCREATE (:X)"
    )
    assert header.params == ()
    assert header.returns == ()


def test_a_good_file_loads_with_its_text_as_it_is(tmp_path: Path) -> None:
    header, text = load(write(tmp_path, GOOD))
    assert header == parse_header(GOOD)
    assert text == GOOD


@pytest.mark.parametrize(
    ("instead_of", "bad", "complaint"),
    [
        ("// cost:       O(1)\n", "", r"lacks \['cost'\]"),
        ("// cost:       O(1)\n", "// cost:\n", r"lacks \['cost'\]"),
        ("// locks: ", "// lock: ", r"lacks \['locks'\] and has unknown \['lock'\]"),
        ("mode:       read", "mode:       reads", "mode is reads; it is read, write or batch"),
        ("name: STRING", "name STRING", "'name STRING' is not 'name: TYPE'"),
        ("name: STRING", "names: STRING", r"not used: \['names'\].*not declared: \['name'\]"),
        ("$since", "null", r"declared and not used: \['since'\]"),
        ("p.id AS id", "p.id AS key", r"declares the columns \['id', 'names'\], returns \['key'"),
        ("returns:    id: STRING, ", "returns:    ", "declares the columns"),
        ("AS id, COLLECT", "AS names, COLLECT", "declares the columns"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_with_the_name_of_its_file(
    tmp_path: Path, instead_of: str, bad: str, complaint: str
) -> None:
    assert instead_of in GOOD
    with pytest.raises(ProcedureError, match=rf"^trial\.cypher: .*{complaint}"):
        load(write(tmp_path, GOOD.replace(instead_of, bad)))


def test_a_file_without_a_header_lacks_all_of_it(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match=r"^trial\.cypher: .*'purpose', 'mode', 'params'"):
        load(write(tmp_path, "RETURN 1 AS one"))


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("MATCH (n) SET n.x = 1", []),
        ("MATCH (n) FINISH", []),
        ("RETURN 1 AS one", ["one"]),
        ("MATCH (n) RETURN DISTINCT n.a AS a, n.b AS b", ["a", "b"]),
        ("MATCH (n) WITH n AS id RETURN id", ["id"]),
        ("CALL () { RETURN 1 AS inner } RETURN {a: 1, b: [1, 2]} AS map, inner", ["map", "inner"]),
        ("RETURN 1 AS a, 2 AS b ORDER BY a DESC, b SKIP 1 LIMIT 2", ["a", "b"]),
        ("MATCH (n) CALL (n) { MATCH (n)--(m) RETURN m } SET m.x = 1", []),
        ("RETURN\n  1 AS a,\n  coalesce(2,\n  3) AS b", ["a", "b"]),
    ],
)
def test_the_columns_are_those_of_the_query_itself_and_not_of_a_subquery(
    query: str, columns: list[str]
) -> None:
    assert returned_columns(query) == columns


def test_the_body_is_the_query_without_comments_and_final_semicolon() -> None:
    assert body("// a header\nMATCH (n) // all\nRETURN n;\n") == "MATCH (n) \nRETURN n"


def test_a_dollar_in_text_is_no_parameter() -> None:
    check(parse_header(GOOD), GOOD)
    assert "costs $5" in GOOD


@dataclass(frozen=True, slots=True)
class _Listed:
    version: int
    name: str
    checksum: str


@dataclass(frozen=True, slots=True)
class _Swapped:
    name: str
    version: int
    checksum: str


def test_a_procedure_gives_rows_of_the_type_that_was_asked_for() -> None:
    listing = procedure("migration_list", _Listed)
    assert listing.rows([{"version": 1, "name": "a", "checksum": "b"}]) == [_Listed(1, "a", "b")]


@pytest.mark.parametrize("row", [_Swapped, NoRow])
def test_a_row_type_that_does_not_fit_the_columns_is_refused(row: type[object]) -> None:
    with pytest.raises(ProcedureError, match=f"^migration_list returns .*{row.__name__} has"):
        procedure("migration_list", row)


@pytest.mark.parametrize(
    "path",
    [*cypher_folder("procedures").glob("*.cypher"), *cypher_folder("questions").glob("*.cypher")],
    ids=lambda path: path.stem,
)
def test_every_file_of_the_service_fits_its_header(path: Path) -> None:
    load(path)


PART = """\
// purpose: The people of a name.
// takes:   $name
// gives:   p
MATCH (p:Person {name: $name}) // all of them
"""
WITH_PART = GOOD.replace("MATCH (p:Person {name: $name}) // not $this one", "// include: people")


def write_parts(folder: Path, **parts: str) -> Path:
    for name, text in parts.items():
        (folder / f"{name}.cypher").write_text(text, encoding="utf-8")
    return folder


def test_a_part_stands_in_place_of_the_line_that_includes_it(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, people=PART)
    # It may follow the header at once, and what it takes counts as used.
    header, text = load(write(tmp_path, WITH_PART), parts)
    assert header == parse_header(GOOD)
    assert text == GOOD.replace(" // not $this one", "")


def test_a_part_is_indented_as_the_line_that_includes_it(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, both=PART.replace("MATCH", "WITH *\nMATCH"))
    assert expand("CALL (x) {\n  // include: both\n}", parts) == (
        "CALL (x) {\n  WITH *\n  MATCH (p:Person {name: $name})\n}"
    )


def test_a_part_may_include_parts_and_be_included_twice(tmp_path: Path) -> None:
    outer = "// purpose: x\n// takes: nothing\n// gives: p\n// include: people\nWITH p"
    parts = write_parts(tmp_path, people=PART, outer=outer)
    found = "MATCH (p:Person {name: $name})"
    assert expand("// include: outer\n//include:people\nFINISH", parts) == (
        f"{found}\nWITH p\n{found}\nFINISH"
    )


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({}, r"includes 'people', and there is no parts/people\.cypher"),
        ({"people": "// include: people"}, "go round in a circle: people > people"),
        (
            {"people": "// include: other", "other": "// include: people"},
            "go round in a circle: people > other > people",
        ),
        ({"people": "RETURN 1"}, r"parts/people\.cypher: .*'purpose', 'takes', 'gives'"),
        ({"people": PART.replace("takes", "mode")}, r"lacks \['takes'\] and has unknown \['mode'"),
        ({"people": PART.replace("$name", "$names")}, r"used and not declared: \['names'\]"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_with_the_name_of_the_file_that_includes_it(
    tmp_path: Path, parts: dict[str, str], complaint: str
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    with pytest.raises(ProcedureError, match=rf"^trial\.cypher: .*{complaint}"):
        load(write(tmp_path, WITH_PART), write_parts(folder, **parts))


def test_an_include_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match="includes ''"):
        expand("// include:\nRETURN 1", tmp_path)


def test_every_part_is_included_somewhere() -> None:
    folder = cypher_folder("procedures")
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.cypher")]
    for part in (folder / "parts").glob("*.cypher"):
        assert any(f"// include: {part.stem}\n" in text for text in texts), part.stem
