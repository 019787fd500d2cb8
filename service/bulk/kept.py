"""What is in a graph without messages: sources, keys, rules, and its schema. It is carried over."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from service.bulk.values import ARRAY_DELIMITER, can_be_told
from service.errors import ConflictError
from service.store.graph import Graph
from service.store.procedures import procedure

SPACE = "Kept"
"""The importer's space of the numbers of kept nodes."""

# A label or type that can stand in an argument of the importer as it is.
_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    labels: list[str]
    properties: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Relationship:
    start: str
    end: str
    type: str
    properties: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Statement:
    statement: str


@dataclass(frozen=True, slots=True)
class _Names:
    labels: list[str]
    types: list[str]
    properties: list[str]


@dataclass(frozen=True, slots=True)
class _Held:
    held: bool


_HOLDS_MESSAGES = procedure("load_holds_messages", _Held)
_NODES = procedure("load_nodes", _Node)
_RELATIONSHIPS = procedure("load_relationships", _Relationship)
_CONSTRAINTS = procedure("load_constraints", _Statement)
_INDEXES = procedure("load_indexes", _Statement)
_NAMES = procedure("load_names", _Names)

# Cypher's names of types, and the importer's.
_TYPES = {
    "STRING": "string",
    "INTEGER": "long",
    "FLOAT": "double",
    "BOOLEAN": "boolean",
    "ZONED DATETIME": "datetime",
    "LOCAL DATETIME": "localdatetime",
    "DATE": "date",
    "ZONED TIME": "time",
    "LOCAL TIME": "localtime",
    "DURATION": "duration",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A graph without messages, whole."""

    nodes: list[_Node]
    tables: list[tuple[str, str, pa.Table]]
    """All nodes and relationships as rows for the importer, with their labels or type."""
    constraints: list[str]
    indexes: list[str]
    names: _Names

    def sources(self) -> dict[str, int]:
        """The number of each source's node, by its id."""
        return {
            one["text"]: number
            for number, node in enumerate(self.nodes)
            if "Source" in node.labels
            for one in node.properties
            if one["name"] == "id"
        }


async def read_kept(graph: Graph) -> Kept:
    """Everything that is in a graph without messages.

    Raises:
        ConflictError: it has messages; or something that cannot be carried over, which is named.
    """
    [found] = await graph.read(_HOLDS_MESSAGES)
    if found.held:
        raise ConflictError(
            "the graph holds messages already, and only an empty one can be loaded; send these "
            "through the front door: knoop import FILE --source NAME"
        )
    [names] = await graph.read(_NAMES)
    nodes = await graph.read(_NODES)
    return Kept(
        nodes=nodes,
        tables=[*_tables(nodes, await graph.read(_RELATIONSHIPS))],
        constraints=[one.statement for one in await graph.read(_CONSTRAINTS)],
        indexes=[one.statement for one in await graph.read(_INDEXES)],
        names=names,
    )


def _tables(
    nodes: list[_Node], relationships: list[_Relationship]
) -> Iterator[tuple[str, str, pa.Table]]:
    number_of = {node.id: number for number, node in enumerate(nodes)}
    rows: dict[tuple[str, str, tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    for node in nodes:
        if not node.labels:
            raise ConflictError(
                "the graph has a node without a label, which cannot be carried over; give it one "
                "or take it out, and load again"
            )
        told = _told(node.properties)
        key = "nodes", ":".join(map(_plain, node.labels)), (f":ID({SPACE})", *told)
        rows[key].append([number_of[node.id], *told.values()])
    for one in relationships:
        told = _told(one.properties)
        ends = (f":START_ID({SPACE})", f":END_ID({SPACE})")
        row = [number_of[one.start], number_of[one.end], *told.values()]
        rows["relationships", _plain(one.type), (*ends, *told)].append(row)
    for (what, name, header), found in rows.items():
        columns = map(pa.array, zip(*found, strict=True))
        yield what, name, pa.table(dict(zip(header, columns, strict=True)))


def _plain(name: str) -> str:
    if not _PLAIN.fullmatch(name):
        raise ConflictError(
            f"the graph has a label or a type {name}, which cannot be carried over; take it out, "
            "and load again"
        )
    return name


def _told(properties: list[dict[str, Any]]) -> Mapping[str, str]:
    """Properties as the importer's columns and texts."""
    told = {}
    for one in sorted(properties, key=lambda one: str(one["name"])):
        type_, text = _type_of(one["type"]), one["text"]
        if type_ is None or not can_be_told(one["name"], one["items"]):
            raise ConflictError(
                f"the graph has a property {one['name']} of the type {one['type']}, which cannot "
                "be carried over; take it out, and load again"
            )
        if type_.endswith("[]"):
            text = ARRAY_DELIMITER.join(one["items"])
        told[f"{one['name']}:{type_}"] = text
    return told


def _type_of(cypher_type: str) -> str | None:
    """The importer's type for what Cypher's valueType() says."""
    plain = cypher_type.removesuffix(" NOT NULL")
    if plain.startswith("LIST<"):
        item = _TYPES.get(plain[len("LIST<") : -1].removesuffix(" NOT NULL"))
        return None if item is None else f"{item}[]"
    return _TYPES.get(plain)
