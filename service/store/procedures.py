"""The `.cypher` files: found, their headers checked against their text, and typed.

A procedure is one parameterised query in `cypher/procedures/`; its header says its purpose,
parameters, columns, locks and cost. `procedure("name", Row)` gives it to Python, and holds its
columns against the fields of `Row`, so that a mismatch fails at import and not in production.

What several procedures have in common is a part in `cypher/procedures/parts/`: a line
`// include: NAME` stands for the query of `NAME.cypher` there. What is checked, sent and installed
is the text with its parts in place.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast

from service.errors import ProcedureError

Row = TypeVar("Row")

_FIELDS = ("purpose", "mode", "params", "returns", "locks", "cost", "idempotent")
_OPTIONAL = ("public", "plan", "times")
_PART_FIELDS = ("purpose", "takes", "gives")
_INCLUDE = re.compile(
    r"^(?P<indent>[ \t]*)//[ \t]*include:[ \t]*(?P<name>.*?)[ \t]*$", re.MULTILINE
)
_HEADER_LINE = re.compile(r"//\s?(?:(?P<field>[a-z]+):\s+)?(?P<text>.*)")
_NAME_AND_TYPE = re.compile(r"(?P<name>\w+)\s*:\s*(?P<type>[^=]+?)\s*(?:=\s*(?P<default>.+))?")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(rf"(?P<string>{_STRING.pattern})|//[^\n]*")
_PARAMETER = re.compile(r"\$(\w+)")
_GIVEN = "given"
_TAIL = re.compile(r"\b(ORDER BY|SKIP|LIMIT)\b.*")


def cypher_folder(kind: Literal["migrations", "procedures", "questions"]) -> Path:
    """Where the `.cypher` files are: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "cypher" / kind
    return installed if installed.is_dir() else package.parent / "cypher" / kind


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its Cypher type, and its default where it may be left out."""

    name: str
    type: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """What a `.cypher` file says of itself."""

    purpose: str
    mode: Literal["read", "write", "batch"]
    params: tuple[Parameter, ...]
    returns: tuple[tuple[str, str], ...]
    public: bool
    planned_once: bool
    """Whether the first plan stays good: a long query that only ever begins at given keys. Without
    it, Neo4j plans again as the graph grows, and somebody waits for that."""
    has_times: bool
    """Whether there may be a time in a row: in a column of any type that can hold a map."""


@dataclass(frozen=True, slots=True)
class Procedure(Generic[Row]):
    """A checked query. `row` is the type of its rows; its fields are the columns, in order."""

    name: str
    header: Header
    text: str
    row: type[Row]

    def given(self, parameters: Mapping[str, object]) -> Mapping[str, object]:
        """The parameters as the text wants them."""
        return {_GIVEN: _Given(parameters)} if self.header.planned_once else parameters

    def forget(self, given: Mapping[str, object]) -> None:
        """Let go of the parameters of a call that is over.

        The driver keeps them with the call in a circle of objects, which stays until Python looks
        for such; and the rows of a large commit are megabytes.
        """
        if self.header.planned_once:
            cast("_Given", given[_GIVEN]).clear()

    def rows(self, records: list[Mapping[str, Any]]) -> list[Row]:
        """The records as typed rows."""
        return [self.row(**record) for record in records]


class _Given(dict[str, object]):
    """Parameters that do not tell what they hold.

    The driver writes them out at every call, to log them at a level that nobody asked for. That
    took as long as to send them; and they are personal data.
    """

    def __repr__(self) -> str:
        return f"<{len(self)} parameters>"


@dataclass(frozen=True, slots=True)
class NoRow:
    """The row of a procedure that returns nothing."""


def procedure(name: str, row: type[Row]) -> Procedure[Row]:
    """Load `cypher/procedures/NAME.cypher`.

    Raises:
        ProcedureError: the header does not fit the text, or the columns do not fit `row`.
    """
    header, text = load(cypher_folder("procedures") / f"{name}.cypher")
    fields = tuple(field.name for field in dataclasses.fields(row))  # type: ignore[arg-type]
    columns = tuple(column for column, _ in header.returns)
    if fields != columns:
        raise ProcedureError(f"{name} returns {columns}, and {row.__name__} has {fields}")
    return Procedure(name, header, _in_one_map(header, statement(header, text)), row)


def _in_one_map(header: Header, query: str) -> str:
    """All parameters of a query that is planned once, in one.

    Neo4j keeps a plan for each size of each list and text that is a parameter (1, 10, 100, …), and
    a long query takes seconds to plan; into a map it does not look.
    """
    if not header.planned_once:
        return query
    return _PARAMETER.sub(rf"${_GIVEN}.\1", query)


def statement(header: Header, text: str) -> str:
    """The query as it is sent or installed."""
    return ("CYPHER replan=skip " if header.planned_once else "") + body(text)


def load(path: Path, parts: Path | None = None) -> tuple[Header, str]:
    """Read one file, put in the parts that it includes, and check its header against its text.

    `parts` is the folder of these; without it, `cypher/procedures/parts/`.

    Raises:
        ProcedureError: names the file and what does not fit.
    """
    text = path.read_text(encoding="utf-8")
    try:
        text = expand(text, parts or cypher_folder("procedures") / "parts")
        header = parse_header(text)
        check(header, text)
    except ProcedureError as error:
        raise ProcedureError(f"{path.name}: {error}") from error
    return header, text


def expand(text: str, parts: Path, within: tuple[str, ...] = ()) -> str:
    """The text with the query of a part in place of each line that includes it.

    `within` are the parts that the text is in, the outermost first.

    Raises:
        ProcedureError: a part is missing, includes itself, or lacks its header.
    """

    def query(include: re.Match[str]) -> str:
        name = include["name"]
        if name in within:
            raise ProcedureError(f"parts go round in a circle: {' > '.join((*within, name))}")
        path = parts / f"{name}.cypher"
        if not path.is_file():
            raise ProcedureError(f"includes '{name}', and there is no parts/{name}.cypher")
        part = expand(path.read_text(encoding="utf-8"), parts, (*within, name))
        try:
            _header_fields(part, _PART_FIELDS)
        except ProcedureError as error:
            raise ProcedureError(f"parts/{name}.cypher: {error}") from error
        return textwrap.indent(body(part), include["indent"])

    return _INCLUDE.sub(query, text)


def parse_header(text: str) -> Header:
    """Read the comment lines at the top of a file."""
    fields = _header_fields(text, _FIELDS, _OPTIONAL)
    mode = fields["mode"]
    if mode not in ("read", "write", "batch"):
        raise ProcedureError(f"mode is {mode}; it is read, write or batch")
    public = fields.get("public", "no")
    if public not in ("yes", "no"):
        raise ProcedureError(f"public is {public}; it is yes or no")
    plan = fields.get("plan", "again")
    if plan not in ("once", "again"):
        raise ProcedureError(f"plan is {plan}; it is once or again")
    times = fields.get("times", "some")
    if times not in ("none", "some"):
        raise ProcedureError(f"times is {times}; it is none or some")
    return Header(
        purpose=fields["purpose"],
        mode=mode,  # type: ignore[arg-type]
        params=tuple(Parameter(*part) for part in _declarations(fields["params"])),
        returns=tuple((name, type_) for name, type_, _ in _declarations(fields["returns"])),
        public=public == "yes",
        planned_once=plan == "once",
        has_times=times == "some",
    )


def check(header: Header, text: str) -> None:
    """Hold the declared parameters and columns against the query."""
    query = body(text)
    bare = _STRING.sub("''", query)
    declared = {parameter.name for parameter in header.params}
    used = set(_PARAMETER.findall(bare))
    if declared != used:
        raise ProcedureError(
            f"declared and not used: {sorted(declared - used)}; "
            f"used and not declared: {sorted(used - declared)}"
        )
    columns = [name for name, _ in header.returns]
    if columns != returned_columns(bare):
        raise ProcedureError(f"declares the columns {columns}, returns {returned_columns(bare)}")


def body(text: str) -> str:
    """The query without its comments and final semicolon."""
    return _COMMENT.sub(lambda found: found["string"] or "", text).strip().rstrip(";").strip()


def returned_columns(query: str) -> list[str]:
    """The names of the columns of the query's own RETURN; none when it ends in a write."""
    _, returns, items = _outside_brackets(query).rpartition("RETURN ")
    if not returns:
        return []
    items = _TAIL.sub("", items.replace("DISTINCT ", "", 1))
    return [re.split(r"\s+AS\s+", item.strip())[-1] for item in items.split(",")]


def _header_fields(
    text: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        match = _HEADER_LINE.fullmatch(line.strip())
        if match is None:
            break
        current = match["field"] or current
        fields[current] = f"{fields.get(current, '')} {match['text'].strip()}".strip()
    missing = [name for name in required if not fields.get(name)]
    unknown = [name for name in fields if name not in required + optional]
    if missing or unknown:
        raise ProcedureError(f"the header lacks {missing} and has unknown {unknown}")
    return fields


def _declarations(text: str) -> list[tuple[str, str, str | None]]:
    if text in ("none", "nothing"):
        return []
    declarations = []
    for part in _split(text):
        match = _NAME_AND_TYPE.fullmatch(part.strip())
        if match is None:
            raise ProcedureError(f"'{part.strip()}' is not 'name: TYPE' or 'name: TYPE = default'")
        declarations.append((match["name"], match["type"], match["default"]))
    return declarations


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _outside_brackets(text: str) -> str:
    """The text without what stands in brackets, so without subqueries, maps and lists."""
    outside, depth = [], 0
    for character in text:
        depth -= character in ")]}"
        if depth == 0:
            outside.append(character)
        depth += character in "([{"
    return re.sub(r"\s+", " ", "".join(outside))
