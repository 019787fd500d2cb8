"""Clocks that jump.

How long something takes is told by a clock that cannot jump; only times of day are the wall
clock's, and who is one person does not hang on these.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from service.access import add_source
from service.ingest.record import record
from service.store.graph import Graph
from tests.cleaning import clean
from tests.faults.verdict import Verdict, judge
from tests.load.people import RULES, SOURCES, Sent, make_load
from tests.properties.acts import Said, expected
from tests.properties.standing import standing


class _Jumping(datetime):
    """The wall clock, an hour or half a day off from one moment to the next."""

    jumps: Iterator[float]

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        assert tz is UTC
        return datetime.now(UTC) + timedelta(hours=next(cls.jumps))  # the real one's


async def test_a_jump_of_the_services_clock_delays_and_refuses_nothing(
    client: httpx.AsyncClient, graph: Graph, write_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(1)  # noqa: S311
    _Jumping.jumps = iter(lambda: chance.choice((-12.0, -1.0, 0.0, 1.0, 12.0)), None)
    monkeypatch.setattr("service.api.tracking.datetime", _Jumping)
    bodies = [
        {"type": "track", "event": "Seen", "userId": f"u{n % 7}", "messageId": f"m{n}"}
        | ({"timestamp": datetime.now(UTC).isoformat()} if n % 2 else {})
        for n in range(12)
    ]
    for body in [*bodies, *bodies]:
        answer = await client.post("/v1/batch", json={"batch": [body]}, auth=(write_key, ""))
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await judge(graph, [f"m{n}" for n in range(12)]) == Verdict(12, 12, 0, 0)


async def test_a_jump_of_the_databases_clock_changes_nothing_about_who_is_who(
    graph: Graph,
) -> None:
    await clean(graph, RULES)
    for source in SOURCES:
        await add_source(graph, source)
    load = make_load(random.Random(2), 200, 2)  # noqa: S311
    half = len(load.messages) // 2
    await _record(graph, load.messages[:half])
    # As if the clock had been a day ahead until now.
    await graph.run("MATCH (i:Identifier) SET i.stored_at = i.stored_at + duration({days: 1})")
    await graph.run("MATCH (c:Change) SET c.at = c.at + duration({days: 1})")
    await _record(graph, load.messages[half:])
    said = Said()
    for one in load.messages:
        said.hear(one.parsed())
    there = await standing(graph)
    assert there == expected(said, there, RULES)
    [row] = await graph.run("MATCH (e:Event) RETURN count(e) AS events")
    assert row["events"] == len(load.messages)


async def _record(graph: Graph, messages: Sequence[Sent]) -> None:
    for first in range(0, len(messages), 25):
        batch = messages[first : first + 25]
        await record(graph, RULES, [one.received() for one in batch])
