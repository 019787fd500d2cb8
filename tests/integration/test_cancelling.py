"""Whoever is cancelled while it asks the database ends what runs there, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from service.store.graph import Graph
from tests.integration.conftest import Sender
from tests.integration.locks import all_locked, until_waiting

_LONG = "UNWIND range(1, 20000) AS a UNWIND range(1, 20000) AS b RETURN count(a * b) AS long"
_RUNNING = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range(1, 2'"


async def _read(graph: Graph) -> Any:
    async with graph.session("READ") as session:

        async def work(transaction: Any) -> None:
            await (await transaction.run(_LONG)).consume()

        await session.execute_read(work)


async def _write(graph: Graph) -> Any:
    async with graph.session() as session:

        async def work(transaction: Any) -> None:
            await (await transaction.run("CREATE (:Halfway)")).consume()
            await (await transaction.run(_LONG)).consume()

        await session.execute_write(work)


async def _run(graph: Graph) -> Any:
    await graph.run(_LONG)


@pytest.mark.parametrize("work", [_read, _write, _run])
async def test_what_is_at_work_ends(graph: Graph, work: Callable[[Graph], Awaitable[Any]]) -> None:
    task = asyncio.ensure_future(work(graph))
    async with asyncio.timeout(10):
        while not await graph.run(_RUNNING):
            await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while await graph.run(_RUNNING):
            await asyncio.sleep(0.05)
    assert await graph.run("MATCH (n:Halfway) RETURN n") == []


async def test_what_waits_for_a_lock_ends_before_it_gets_it(graph: Graph, web: Sender) -> None:
    await web.accept("identify", {"userId": "7"})
    async with all_locked(graph):
        task = asyncio.ensure_future(graph.run("MATCH (i:Identifier) SET i.late = true"))
        await until_waiting(graph, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until_waiting(graph, 0)
    assert await graph.run("MATCH (i:Identifier) WHERE i.late RETURN i") == []
