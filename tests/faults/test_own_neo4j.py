"""`knoop up` and its Neo4j: killed, ended, paused, without memory; and `knoop up` itself killed."""

from __future__ import annotations

import asyncio
import signal

import pytest
from neo4j.exceptions import DriverError, Neo4jError

from service.store.graph import Graph
from tests.faults.conftest import flood_with
from tests.faults.flood import Flood, Watch
from tests.faults.processes import Knoop, graph_of

pytestmark = pytest.mark.timeout(900)  # most of it is Neo4j's start

_LONG = 240.0
_AGAIN = "Neo4j runs again."


async def _is_started_again(up: Knoop, flood: Flood, watch: Watch, before: int) -> None:
    said = up.printed.count(_AGAIN)
    async with asyncio.timeout(_LONG):
        while up.printed.count(_AGAIN) == said:
            await asyncio.sleep(0.1)
    await flood.accepts()
    await watch.ready(_LONG)
    assert up.neo4j().pid != before
    assert watch.unready
    assert "It is started again." in up.printed


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_neo4j_that_is_killed_or_ended_is_started_again(
    up: Knoop, how: signal.Signals
) -> None:
    async def fault(flood: Flood, watch: Watch) -> None:
        process = up.neo4j()
        process.send_signal(how)
        await _is_started_again(up, flood, watch, process.pid)

    async with graph_of(up) as graph:
        await flood_with(fault, up.url, graph)


async def test_a_neo4j_that_is_paused_is_waited_for(up: Knoop) -> None:
    async def fault(_: Flood, watch: Watch) -> None:
        process = up.neo4j()
        process.suspend()
        try:
            await asyncio.sleep(12)
            assert not watch.is_ready
            assert watch.unready
        finally:
            process.resume()
        await watch.ready(30)
        assert up.neo4j().pid == process.pid

    async with graph_of(up) as graph:
        await flood_with(fault, up.url, graph)


async def test_a_neo4j_that_runs_out_of_heap_is_started_again(up: Knoop) -> None:
    async def fault(flood: Flood, watch: Watch) -> None:
        before = up.neo4j().pid
        async with graph_of(up) as other:
            await _take_all_memory(other)
        await _is_started_again(up, flood, watch, before)
        assert "OutOfMemory" in up.printed

    async with graph_of(up) as graph:
        await flood_with(fault, up.url, graph)


async def _take_all_memory(graph: Graph) -> None:
    """What APOC takes is not counted by Neo4j, so no limit of its own stops it."""
    with pytest.raises((DriverError, Neo4jError)):
        async with graph.driver.session(database="neo4j") as session:
            await (
                await session.run("RETURN size(apoc.text.repeat('abcdefgh', 250000000))")
            ).consume()


async def test_a_knoop_up_that_is_killed_goes_on_where_it_was(up: Knoop) -> None:
    async def fault(flood: Flood, watch: Watch) -> None:
        left = up.neo4j().pid
        await up.kill()
        assert up.neo4j().pid == left, "the server survives its starter"
        await up.start()
        assert up.neo4j().pid != left
        await flood.accepts()
        await watch.ready(_LONG)

    async with graph_of(up) as graph:
        await flood_with(fault, up.url, graph)
