"""What a commit asks of the database does not grow with what is in it."""

from __future__ import annotations

from typing import Any

import pytest

from service.identity.rules import Rules
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph
from tests.integration.round_trips import counted_round_trips
from tests.seeding import add_web_source, message


def _messages(first: int, last: int, again: str = "", **more: Any) -> list[Received]:
    """Messages with everything that one can have, each of a person of their own."""
    return [
        Received(
            message(
                type="group",
                messageId=f"m{number}{again}",
                userId=f"u{number}",
                anonymousId=f"a{number}",
                groupId="acme",
                traits={"name": "Acme"},
                context={
                    "traits": {"email": f"u{number}@example.com", "city": "Utrecht"},
                    "device": {"id": f"d{number}", "type": "ios"},
                    "consent": {"categoryPreferences": {"Analytics": True}},
                },
                **more,
            ),
            "web",
            "web",
        )
        for number in range(first, last)
    ]


async def _round_trips(graph: Graph, rules: Rules, batch: list[Received]) -> int:
    with counted_round_trips() as trips:
        await record(graph, rules, batch)
    return trips.count


@pytest.mark.parametrize("messages", [1, 100])
async def test_a_commit_of_new_people_takes_four(graph: Graph, rules: Rules, messages: int) -> None:
    await add_web_source(graph)
    assert await _round_trips(graph, rules, _messages(0, messages)) == 4


@pytest.mark.parametrize("messages", [1, 100])
async def test_a_commit_about_people_who_are_known_takes_two(
    graph: Graph, rules: Rules, messages: int
) -> None:
    await add_web_source(graph)
    await record(graph, rules, _messages(0, messages))
    again = _messages(0, messages, again="-2")
    assert await _round_trips(graph, rules, again) == 2


async def test_what_was_sent_before_takes_one(graph: Graph, rules: Rules) -> None:
    await add_web_source(graph)
    await record(graph, rules, _messages(0, 10))
    assert await _round_trips(graph, rules, _messages(0, 10)) == 1


async def test_where_some_were_sent_before_they_change_nothing(graph: Graph, rules: Rules) -> None:
    await add_web_source(graph)
    await record(graph, rules, _messages(0, 10, timestamp="2026-01-02T00:00:00Z"))
    batch = [
        *_messages(0, 10, timestamp="2026-01-01T00:00:00Z"),  # sent again, and told otherwise
        *_messages(10, 20, timestamp="2026-01-02T00:00:00Z"),
    ]
    with counted_round_trips() as trips:
        assert await record(graph, rules, batch) == {f"m{number}" for number in range(10, 20)}
    assert trips.count == 5
    [seen] = await graph.run(
        "MATCH (i:Identifier) RETURN count(*) AS count, "
        "toString(date(min(i.first_seen))) AS first, toString(date(max(i.last_seen))) AS last"
    )
    assert seen == {"count": 20 * 4, "first": "2026-01-02", "last": "2026-01-02"}
