"""Many processes write at once, analysts among them; at rest the graph is as if one had written."""

from __future__ import annotations

import random

import pytest

from service.access import add_source
from service.embedded import Server
from service.store.graph import Graph
from tests.cleaning import clean
from tests.load.checks import check
from tests.load.people import RULES, SOURCES, make_load
from tests.load.writers import Place, send_all

_MESSAGES = 2_000
_WRITERS, _PROCESSES, _ANALYSTS = 8, 4, 4


@pytest.mark.timeout(600)  # half a minute, unless the machine is busy
async def test_many_writers_leave_what_the_rule_says(migrated: Graph, neo4j_server: Server) -> None:
    await clean(migrated, RULES)
    for source in SOURCES:
        await add_source(migrated, source)
    seed = random.getrandbits(32)  # as pytest-randomly has set and told it
    load = make_load(random.Random(seed), _MESSAGES, _WRITERS)  # noqa: S311
    place = Place(neo4j_server.bolt_uri, neo4j_server.user, neo4j_server.password)
    done = await send_all(
        place, load, processes=_PROCESSES, analysts=_ANALYSTS, seconds=540, seed=seed
    )
    assert done.linked
    assert done.separated
    assert done.withdrawn
    await check(migrated, load, done)
