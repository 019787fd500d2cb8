"""A flood that a test breaks something in the middle of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from service.access import add_source
from service.store.graph import Graph
from tests.cleaning import clean
from tests.faults.flood import Flood, Watch
from tests.faults.processes import Knoop, knoop
from tests.faults.verdict import check_all
from tests.load.people import RULES, SOURCES, make_load

MESSAGES = 600
_SENDERS = 8
_PATIENCE = 600.0  # a minute, unless the machine is busy
# No answer about health may take longer, whatever is broken.
_PROMPT = 8.0

Fault = Callable[[Flood, Watch], Awaitable[None]]


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Knoop]:
    """`knoop up` with a Neo4j of its own, which may be broken."""
    async with knoop("up", tmp_path_factory.mktemp("up") / "home") as one:
        yield one


async def flood_with(fault: Fault, url: str, graph: Graph, messages: int = MESSAGES) -> Watch:
    """Flood an empty graph, break something on the way, and check everything at the end."""
    await clean(graph, RULES)
    keys = {name: await add_source(graph, name) for name in SOURCES}
    seed = random.getrandbits(32)  # as pytest-randomly has set and told it
    load = make_load(random.Random(seed), messages, _SENDERS)  # noqa: S311
    flood, watch = Flood(url, keys, load), Watch(url)
    watching = asyncio.create_task(watch.run())
    try:
        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(flood.send_all(_PATIENCE))
            await flood.reached(messages // 4)
            await fault(flood, watch)
        await watch.ready(60)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    await check_all(graph, load)
    assert watch.slowest < _PROMPT
    assert not {"500"} & flood.heard.keys()
    return watch
