"""The public procedures and questions, as procedures that any Neo4j client can call.

A `.cypher` file whose header says `public: yes` is installed with APOC Extended: a procedure as
`custom.knoop.NAME`, a question as `custom.knoop.questions.NAME`. The caller then runs the very
text that the service runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from neo4j.exceptions import ClientError

from service.errors import ProcedureError
from service.store.graph import Graph
from service.store.procedures import (
    Header,
    NoRow,
    cypher_folder,
    load,
    procedure,
    statement,
)

_PREFIX = "knoop."
_CUSTOM = "custom."

_POLL_SECONDS = 0.1
# How long to wait for a procedure before it is installed once more. APOC can miss an installation
# that coincides with its look for news, and puts an empty stub, with the old description, over a
# procedure whose signature has changed. The next look mends both, and it looks again only when
# something was installed since.
_AGAIN_SECONDS = 2.0
# Twice the time between looks that APOC has when it is not told otherwise, and some.
_PATIENCE_SECONDS = 130.0

# APOC's names of Cypher's types, where they differ.
_TYPES = {
    "ZONED DATETIME": "DATETIME",
    "LOCAL DATETIME": "LOCALDATETIME",
    "ZONED TIME": "TIME",
    "LOCAL TIME": "LOCALTIME",
    "LIST": "LIST OF ANY",
}
_SAME_TYPES = frozenset(
    {
        *("ANY", "BOOLEAN", "DATE", "DURATION", "FLOAT", "INTEGER", "MAP", "NODE", "NUMBER"),
        *("PATH", "POINT", "RELATIONSHIP", "STRING"),
    }
)
_LIST = re.compile(r"LIST(?: OF |\s*<\s*)(?P<item>[^<>]+?)\s*>?")
_APOC_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Public:
    """A procedure that is to be installed. `name` is what it is called after `custom.`."""

    name: str
    signature: str
    statement: str
    header: Header
    checksum: str

    def describe(self) -> str:
        """What people read of it. The last word tells this installation from all others."""
        return f"{self.header.purpose} ({self.checksum} {secrets.token_hex(4)})"

    def is_described_by(self, description: str | None) -> bool:
        """Whether what was installed with this description is what this file says now."""
        return description is not None and f"({self.checksum} " in description


@dataclass(frozen=True, slots=True)
class _Installed:
    type: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class _Callable:
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


_AVAILABLE = procedure("installation_available", _Name)
_LIST_INSTALLED = procedure("installation_list", _Installed)
_LIST_CALLABLE = procedure("installation_callable", _Callable)
_ADD = procedure("installation_add", NoRow)
_DROP = procedure("installation_drop", NoRow)


def public_procedures() -> list[Public]:
    """Everything whose header says `public: yes`, by name.

    Raises:
        ProcedureError: a header says something that APOC cannot install.
    """
    files = [
        *((_PREFIX, path) for path in cypher_folder("procedures").glob("*.cypher")),
        *((f"{_PREFIX}questions.", path) for path in cypher_folder("questions").glob("*.cypher")),
    ]
    found = [publish(prefix, path) for prefix, path in files]
    return sorted((one for one in found if one is not None), key=lambda one: one.name)


def publish(prefix: str, path: Path) -> Public | None:
    """Read one file; None when it is not public.

    Raises:
        ProcedureError: names the file and what APOC cannot install.
    """
    header, text = load(path)
    if not header.public:
        return None
    name = prefix + path.stem
    try:
        signature = signature_of(name, header)
    except ProcedureError as error:
        raise ProcedureError(f"{path.name}: {error}") from error
    query = statement(header, text)
    facts = f"{signature}\n{query}\n{header.mode}\n{header.purpose}"
    checksum = hashlib.sha256(facts.encode()).hexdigest()[:12]
    return Public(name, signature, query, header, checksum)


def signature_of(name: str, header: Header) -> str:
    """The signature as APOC writes it: `knoop.name(a = 1 :: INTEGER) :: (b :: STRING)`.

    Raises:
        ProcedureError: what APOC has no way to say.
    """
    if header.mode == "batch":
        raise ProcedureError("mode batch cannot be public: it needs transactions of its own")
    for declared in (*(one.name for one in header.params), *(one for one, _ in header.returns)):
        if _APOC_NAME.fullmatch(declared) is None:
            raise ProcedureError(f"'{declared}' is too short a name to be public: APOC wants two")
    params = ", ".join(
        f"{one.name}{'' if one.default is None else f' = {one.default}'} :: {_apoc_type(one.type)}"
        for one in header.params
    )
    columns = ", ".join(f"{column} :: {_apoc_type(type_)}" for column, type_ in header.returns)
    return f"{name}({params}) :: {f'({columns})' if columns else 'VOID'}"


async def install(graph: Graph, patience: float = _PATIENCE_SECONDS) -> list[str]:
    """Install what is public, drop what is not any more, and wait until it can be called.

    Does nothing where APOC Extended is absent, and writes nothing where all is as it should be.
    A server that looks for news seldom (`apoc.custom.procedures.refresh`) takes up to twice that
    time, so a service that must answer soon lets this run beside it.

    Returns:
        The names that can be called now, as in `custom.knoop.journey`. After `patience` seconds
        those that the server has not noticed yet are not among them.

    Raises:
        ProcedureError: Neo4j refuses to install them. Says what to do.
        UnavailableError: the database is away.
    """
    if not await graph.read(_AVAILABLE):
        return []
    wanted = public_procedures()
    try:
        return await _install(graph, wanted, time.monotonic() + patience)
    except ClientError as error:
        raise ProcedureError(
            "Neo4j refuses to install the public procedures: set "
            "dbms.security.procedures.unrestricted=apoc.custom.* in its neo4j.conf, "
            f"and connect as an administrator ({error.code})"
        ) from error


async def _install(graph: Graph, wanted: list[Public], until: float) -> list[str]:
    system = graph.on_database("system")
    installed = await _installed(graph)
    for name in installed.keys() - {one.name for one in wanted}:
        await system.write(_DROP, name=name, database=graph.database)
    for one in wanted:
        if not one.is_described_by(installed.get(one.name)):
            await _add(graph, one, one.describe())
    added = time.monotonic()
    while True:
        # A process of another knoop may install at the same time: what counts is what is there.
        installed = await _installed(graph)
        seen = {one.name: one.description for one in await graph.read(_LIST_CALLABLE)}
        missing = [
            one
            for one in wanted
            if one.name not in installed or seen.get(_CUSTOM + one.name) != installed[one.name]
        ]
        now = time.monotonic()
        if not missing or now > until:
            return [_CUSTOM + one.name for one in wanted if one not in missing]
        if now - added > _AGAIN_SECONDS:
            for one in missing:
                await _add(graph, one, installed.get(one.name) or one.describe())
            added = now
        await asyncio.sleep(_POLL_SECONDS)


async def _installed(graph: Graph) -> dict[str, str]:
    """The descriptions of what is installed of knoop, by name."""
    system = graph.on_database("system")
    return {
        one.name: one.description
        for one in await system.read(_LIST_INSTALLED, database=graph.database)
        if one.type == "procedure" and one.name.startswith(_PREFIX)
    }


async def _add(graph: Graph, public: Public, description: str) -> None:
    await graph.on_database("system").write(
        _ADD,
        signature=public.signature,
        statement=public.statement,
        database=graph.database,
        mode=public.header.mode,
        description=description,
    )


def _apoc_type(cypher_type: str) -> str:
    """APOC's name of a type. It knows no lists of lists."""
    in_list = _LIST.fullmatch(cypher_type)
    if in_list is not None:
        item = in_list["item"]
        return f"LIST OF {'ANY' if item.startswith('LIST') else _apoc_type(item)}"
    if cypher_type not in _SAME_TYPES and cypher_type not in _TYPES:
        raise ProcedureError(f"{cypher_type} is not a type that APOC knows")
    return _TYPES.get(cypher_type, cypher_type)
