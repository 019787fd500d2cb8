"""Why two identifiers are one person or two, and the whole graph of one person, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.store.graph import Graph
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class Why:
    """The columns of `why`.

    `reason` is linked or same_identifier, or what keeps two people apart: separated,
    max_per_profile, max_identifiers, device_joins, shared, kind_none, no_evidence; or unknown, or
    rules_changed. A link is a map of its ends `one` and `other`, its `obstacle` and `evidence`.
    """

    same_person: bool
    reason: str
    summary: str
    chain: list[dict[str, Any]]
    refused: dict[str, Any] | None
    won: dict[str, Any] | None
    left_out: list[dict[str, Any]]
    separation: dict[str, Any] | None
    unknown: list[str]
    profiles: list[str]


@dataclass(frozen=True, slots=True)
class GraphRow:
    """The columns of `graph`: links are as in `Why`."""

    profile_id: str
    identifiers: list[dict[str, Any]]
    links: list[dict[str, Any]]
    more_links: int
    separations: list[dict[str, Any]]


_WHY = procedure("why", Why)
_GRAPH = procedure("graph", GraphRow)


async def explain(graph: Graph, identifier: str, other: str) -> Why:
    """Say why two identifiers, by their keys, are one person or two."""
    [why] = await graph.read(_WHY, identifier=identifier, other=other)
    return why


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    await explain(graph, "", "")


async def read_graph(graph: Graph, identifier: str, most_links: int) -> GraphRow | None:
    """A person's identifiers and links; None if there is no such profile."""
    rows = await graph.read(_GRAPH, identifier=identifier, most_links=most_links)
    return rows[0] if rows else None
