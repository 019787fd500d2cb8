"""How many paths go from which touchpoint to which, read from the graph and added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from service.errors import InvalidQueryError
from service.journey.paths import EVERYBODY, Reading, Wanted, ask_of_people
from service.store.graph import Graph
from service.store.procedures import procedure

MAX_STEPS = 20


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A touchpoint in a step of its own, or the end of paths; step 1 is where they begin."""

    id: int
    step: int
    name: str


@dataclass(frozen=True, slots=True)
class FlowLink:
    """How many paths go from one node to another, by their ids."""

    source: int
    target: int
    paths: int


@dataclass(frozen=True, slots=True)
class Flows:
    """As `custom.knoop.flows` gives them: nodes by step and name; links by step, largest first."""

    nodes: list[FlowNode]
    links: list[FlowLink]


class _Node(NamedTuple):
    step: int
    name: str


@dataclass(frozen=True, slots=True)
class _Row:
    nodes: list[dict[str, Any]]
    links: list[dict[str, int]]


_FLOWS = procedure("flows", _Row)


async def read_flows(
    graph: Graph,
    wanted: Wanted,
    steps: int,
    reading: Reading = EVERYBODY,
) -> Flows:
    """The flows of those whom one reads; so many steps from the beginning.

    Raises:
        InvalidQueryError: there are too many steps, or none.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise InvalidQueryError(f"steps: is {steps}; ask for 1 to {MAX_STEPS}")
    counted: Counter[tuple[_Node, _Node]] = Counter()
    asked = wanted.parameters() | {"steps": steps}
    async for rows in ask_of_people(graph, _FLOWS, asked, reading):
        for row in rows:
            nodes = [_Node(node["step"], node["name"]) for node in row.nodes]
            for link in row.links:
                counted[nodes[link["source"]], nodes[link["target"]]] += link["paths"]
    return _numbered(counted)


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    await graph.read(_FLOWS, **Wanted(conversion="").parameters(), steps=1, profiles=[])


def _numbered(counted: Counter[tuple[_Node, _Node]]) -> Flows:
    nodes = sorted({node for ends in counted for node in ends})
    ids = {node: id_ for id_, node in enumerate(nodes)}
    links = sorted(counted.items(), key=lambda one: (one[0][0].step, -one[1], one[0]))
    return Flows(
        [FlowNode(id_, *node) for node, id_ in ids.items()],
        [FlowLink(ids[source], ids[target], paths) for (source, target), paths in links],
    )
