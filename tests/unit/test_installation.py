"""What the header of a public file becomes when it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import ProcedureError
from service.store.installation import public_procedures, publish

FILE = """\
// purpose:    Try it.
// mode:       {mode}
// params:     {params}
// returns:    {returns}
// locks:      none
// cost:       O(1)
// idempotent: yes
// public:     {public}
WITH {uses} AS used // nothing more
RETURN {columns};
"""


def write(
    folder: Path,
    *,
    params: str = "none",
    uses: str = "1",
    returns: str = "answer: INTEGER",
    columns: str = "1 AS answer",
    mode: str = "read",
    public: str = "yes",
) -> Path:
    path = folder / "trial.cypher"
    text = FILE.format(
        params=params, uses=uses, returns=returns, columns=columns, mode=mode, public=public
    )
    path.write_text(text, encoding="utf-8")
    return path


def signature(folder: Path, **facts: str) -> str:
    public = publish("knoop.", write(folder, **facts))
    assert public is not None
    return public.signature


def test_a_file_that_is_not_public_is_not_installed(tmp_path: Path) -> None:
    assert publish("knoop.", write(tmp_path, public="no")) is None


def test_the_statement_has_no_comments_and_the_description_says_the_purpose(tmp_path: Path) -> None:
    public = publish("knoop.", write(tmp_path))
    assert public is not None
    assert public.name == "knoop.trial"
    assert public.statement == "WITH 1 AS used \nRETURN 1 AS answer"
    assert public.describe().startswith(f"Try it. ({public.checksum} ")


def test_an_installation_is_told_from_an_earlier_one_of_the_same_and_of_another(
    tmp_path: Path,
) -> None:
    public, other = publish("knoop.", write(tmp_path)), publish("knoop.", write(tmp_path, uses="2"))
    assert public is not None
    assert other is not None
    assert public.describe() != public.describe()
    assert public.is_described_by(public.describe())
    assert not public.is_described_by(other.describe())
    assert not public.is_described_by(None)


def test_whatever_changes_the_checksum_changes(tmp_path: Path) -> None:
    variants = [
        {},
        {"uses": "2"},
        {"mode": "write"},
        {"returns": "answer: FLOAT"},
        {"params": "in_: STRING", "uses": "$in_"},
        {"params": "in_: STRING = 'a'", "uses": "$in_"},
    ]
    found = [publish("knoop.", write(tmp_path, **variant)) for variant in variants]
    assert len({one.checksum for one in found if one is not None}) == len(variants)


def test_parameters_keep_their_defaults_and_take_apocs_names_of_types(tmp_path: Path) -> None:
    assert (
        signature(
            tmp_path,
            params="key: STRING, since: ZONED DATETIME = null, tags: LIST OF STRING = ['a', 'b']",
            uses="[$key, $since, $tags]",
        )
        == "knoop.trial(key :: STRING, since = null :: DATETIME, "
        "tags = ['a', 'b'] :: LIST OF STRING) :: (answer :: INTEGER)"
    )


@pytest.mark.parametrize(
    ("cypher", "apoc"),
    [
        ("ZONED DATETIME", "DATETIME"),
        ("LOCAL DATETIME", "LOCALDATETIME"),
        ("LIST OF ZONED DATETIME", "LIST OF DATETIME"),
        ("LIST<MAP>", "LIST OF MAP"),
        ("LIST OF LIST OF STRING", "LIST OF ANY"),
        ("LIST", "LIST OF ANY"),
        ("MAP", "MAP"),
        ("BOOLEAN", "BOOLEAN"),
    ],
)
def test_a_type_goes_by_the_name_that_apoc_has_for_it(
    tmp_path: Path, cypher: str, apoc: str
) -> None:
    assert signature(tmp_path, returns=f"answer: {cypher}").endswith(f"(answer :: {apoc})")


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"returns": "answer: TEXTS"}, "TEXTS is not a type that APOC knows"),
        ({"mode": "batch"}, "batch cannot be public"),
        ({"params": "a: STRING", "uses": "$a"}, "'a' is too short a name"),
        ({"returns": "b: STRING", "columns": "1 AS b"}, "'b' is too short a name"),
    ],
)
def test_what_apoc_cannot_install_is_refused_with_the_name_of_the_file(
    tmp_path: Path, facts: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ProcedureError, match=rf"^trial\.cypher: .*{complaint}"):
        publish("knoop.", write(tmp_path, **facts))


def test_every_question_can_be_called() -> None:
    questions = {one.name for one in public_procedures() if "questions" in one.name}
    assert len(questions) >= 10
