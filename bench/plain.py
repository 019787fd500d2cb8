"""The ceiling: the plainest batched Cypher, straight by the driver."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.statements import statement
from service.store.graph import Graph

_WRITE = statement("plain_write")


@dataclass(frozen=True, slots=True)
class Shape:
    """How plain writes are cut and sent."""

    rows: int
    sessions: int

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.sessions} session{'s' if self.sessions > 1 else ''}"


SHAPES = tuple(Shape(rows, sessions) for rows in (250, 1_000, 2_500) for sessions in (1, 2))


async def write_all(graph: Graph, rows: Sequence[dict[str, Any]], shape: Shape) -> float:
    """Write everything, and give the seconds from the first transaction to the last commit."""
    batches = [list(rows[at : at + shape.rows]) for at in range(0, len(rows), shape.rows)]
    # Each session has a stretch of the sorted rows to itself, so they meet at one key at most.
    share = -(-len(batches) // shape.sessions)
    parts = [batches[at : at + share] for at in range(0, len(batches), share)]

    async def work(part: list[list[dict[str, Any]]]) -> None:
        async with graph.driver.session(database=graph.database) as session:
            for batch in part:
                await session.execute_write(_write, batch)

    began = time.perf_counter()
    await asyncio.gather(*map(work, parts))
    return time.perf_counter() - began


async def _write(transaction: Any, batch: list[dict[str, Any]]) -> None:
    await (await transaction.run(_WRITE, rows=batch)).consume()
