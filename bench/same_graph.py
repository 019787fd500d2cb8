"""How fast Neo4j takes the very graph that the service made, when nobody has to work it out.

Every node and relationship is created from rows that are ready: nothing is looked up by key, merged
or decided. Nobody who keeps the same, and writes it by Cypher, can be faster.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neo4j.time import DateTime

from bench.plain import Shape
from bench.statements import statement
from service.store.graph import Graph
from service.store.moments import to_moment

_NODES = statement("same_nodes")
_RELATIONSHIPS = statement("same_relationships")
_WRITE_NODES = statement("same_nodes_write")
_WRITE_RELATIONSHIPS = statement("same_relationships_write")

SHAPE = Shape(rows=2_500, sessions=2)
"""The fastest of those that were tried."""

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SameGraph:
    """All that messages made of a graph, as rows to write it by."""

    nodes: list[_Row]
    relationships: list[_Row]

    def __str__(self) -> str:
        return f"{len(self.nodes):,} nodes and {len(self.relationships):,} relationships"


async def read_graph(graph: Graph) -> SameGraph:
    """Take the graph as it stands."""
    return SameGraph(
        [_row(one) for one in await graph.run(_NODES)],
        [_row(one) for one in await graph.run(_RELATIONSHIPS)],
    )


async def write_graph(graph: Graph, same: SameGraph, shape: Shape) -> float:
    """Write all of it, first the nodes, and give the seconds."""
    node_of: dict[str, str] = {}
    pieces = list(_pieces(same.nodes, shape.rows))
    began = time.perf_counter()
    for piece, ids in zip(pieces, await _write(graph, _WRITE_NODES, pieces, shape), strict=True):
        node_of |= zip((row["id"] for row in piece), ids, strict=True)
    seconds = time.perf_counter() - began
    # What is not among them is a source, which is there. Sorted, so that sessions seldom meet.
    ends = [
        row | {end: node_of.get(row[end], row[end]) for end in ("start", "end")}
        for row in same.relationships
    ]
    pieces = list(_pieces(sorted(ends, key=lambda row: row["start"]), shape.rows))
    began = time.perf_counter()
    await _write(graph, _WRITE_RELATIONSHIPS, pieces, shape)
    return seconds + time.perf_counter() - began


async def _write(
    graph: Graph, write: str, pieces: Sequence[Sequence[_Row]], shape: Shape
) -> list[list[str]]:
    """Write each piece in a transaction; gives what each one returned."""
    ids: list[list[str]] = [[] for _ in pieces]
    waiting = iter(enumerate(pieces))

    async def work() -> None:
        async with graph.session() as session:
            for number, piece in waiting:
                ids[number] = await session.execute_write(_commit, write, piece)

    await asyncio.gather(*(work() for _ in range(shape.sessions)))
    return ids


async def _commit(transaction: Any, write: str, piece: Sequence[_Row]) -> list[str]:
    [ids] = await (await transaction.run(write, rows=piece)).single(strict=True)
    return list(ids)


def _pieces(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
    """As many rows of one kind as fit a transaction."""
    kinds: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        kinds[str(row["kind"])].append(row)
    for of_kind in kinds.values():
        for at in range(0, len(of_kind), size):
            yield of_kind[at : at + size]


def _row(found: _Row) -> _Row:
    """Times apart, as the service sends them: the driver takes long over each."""
    plain: _Row = {}
    times = []
    for name, value in found["properties"].items():
        if isinstance(value, DateTime):
            times.append([name, *to_moment(value.to_native())])
        else:
            plain[name] = value
    return found | {"properties": plain, "times": times}
