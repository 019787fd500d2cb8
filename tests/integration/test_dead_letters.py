"""A message that the database refuses: its neighbours, its sender, and its way back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest

from service.errors import NotFoundError
from service.identity.rules import Rules
from service.ingest.dead_letters import dead_letters, find_dead_letter, replay
from service.store.graph import Graph
from tests.integration.conftest import Sender


@pytest.fixture
async def till_number_is_unique(graph: Graph) -> AsyncIterator[None]:
    """An operator's own constraint: no two events with one receipt."""
    await graph.run("CREATE CONSTRAINT own FOR (e:Event) REQUIRE e.receipt IS UNIQUE")
    yield
    await graph.run("DROP CONSTRAINT own IF EXISTS")


def _order(message_id: str, receipt: str, **body: object) -> dict[str, object]:
    return {
        "type": "track",
        "messageId": message_id,
        "event": "Order Completed",
        "userId": f"user-{message_id}",
        "timestamp": "2025-06-01T12:00:00Z",
        "properties": {"receipt": receipt},
        **body,
    }


async def _stored(graph: Graph) -> list[str]:
    rows = await graph.run("MATCH (e:Event) RETURN e.message_id AS id ORDER BY id")
    return [row["id"] for row in rows]


@pytest.mark.usefixtures("till_number_is_unique")
async def test_neighbours_of_a_refused_message_are_stored_and_its_sender_is_told(
    web: Sender, graph: Graph
) -> None:
    orders = [_order(f"m{number:02}", f"r{number}") for number in range(20)]
    orders[7]["properties"] = {"receipt": "r3"}
    orders[12]["type"] = "nonsense"
    answer = await web.batch(*orders)
    assert answer.status_code == 400
    told = answer.json()
    assert told["accepted"] == 18
    assert [(e["index"], e["messageId"], e["code"]) for e in told["errors"]] == [
        (7, "m07", "unwritable"),
        (12, "m12", "invalid_message"),
    ]
    assert "dead-letters" in told["errors"][0]["message"]
    assert await _stored(graph) == [f"m{n:02}" for n in range(20) if n not in (7, 12)]
    # No half of it is there: it would be a person without an event.
    assert not await graph.run("MATCH (i:Identifier {key: 'user_id:user-m07'}) RETURN i.key")
    [letter] = [one async for one in dead_letters(graph)]
    assert (letter.message_id, letter.source, letter.attempts) == ("m07", "web", 1)
    assert orjson.loads(letter.sent) == orders[7]
    assert "receipt" in letter.error


@pytest.mark.usefixtures("till_number_is_unique")
async def test_a_refused_message_is_replayed_when_the_cause_is_gone(
    web: Sender, graph: Graph, rules: Rules
) -> None:
    await web.accept("track", _order("m1", "same"))
    answer = await web.send("track", _order("m2", "same", timestamp="2025-06-03T12:00:00Z"))
    assert (answer.status_code, answer.json()["code"]) == (400, "unwritable")
    again = await web.send("track", _order("m2", "same", timestamp="2025-06-03T12:00:00Z"))
    assert again.status_code == 400
    letter = await find_dead_letter(graph, "m2")
    assert letter.attempts == 2
    assert await replay(graph, rules, letter) is not None
    assert (await find_dead_letter(graph, "m2")).attempts == 3
    await graph.run("DROP CONSTRAINT own")
    assert await replay(graph, rules, letter) is None
    assert await _stored(graph) == ["m1", "m2"]
    [row] = await graph.run("MATCH (e:Event {message_id: 'm2'}) RETURN toString(e.at) AS at")
    assert row["at"] == "2025-06-03T12:00:00Z"
    with pytest.raises(NotFoundError):
        await find_dead_letter(graph, "m2")
    # Stored twice it is not, even if a copy of the letter is replayed.
    assert await replay(graph, rules, letter) is None
    assert await _stored(graph) == ["m1", "m2"]
