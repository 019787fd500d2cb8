"""Many people at once, written by plain Cypher as the service would have written them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.scratch import BenchmarkError, Scratch
from bench.statements import statement
from service.demo.truth import SOURCES
from service.identity.rules import Rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received, event_node
from service.store.graph import Graph

SOURCE = SOURCES[0]
IDENTIFIERS_A_PERSON = 3
_PEOPLE = statement("seed_people")
_JOURNEYS = statement("seed_journeys")
_STARS = statement("seed_stars")
_PERSON = statement("person")
# What is drawn by chance or by the clock.
_FREE = {"born_as", "stored_at", "received_at", "id"}
_NOW = datetime(2026, 6, 2, tzinfo=UTC)
_SINCE = datetime(2025, 6, 1, tzinfo=UTC)
_BETWEEN_VISITS = timedelta(hours=8)
_WITHIN_A_VISIT = timedelta(minutes=10)

CONVERSION = "Order Completed"
VALUE = "total"
# How people come, and what they do then, one visit after the other.
_VISITS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"source": "google", "medium": "cpc", "name": "spring"}, {"event": "Product Viewed"}),
    ({}, {"event": "Product Added"}),
    (
        {"source": "news", "medium": "email", "name": "june"},
        {"event": CONVERSION, "properties": {VALUE: 40}},
    ),
    ({"source": "facebook", "medium": "social"}, {"event": "Product Viewed"}),
    ({"source": "partner", "medium": "affiliate"}, {"event": "Product Viewed"}),
    ({}, {"event": CONVERSION, "properties": {VALUE: 25.5}}),
    ({}, {"event": "Product Viewed"}),
)


def received(rules: Rules, **body: Any) -> Received:
    """A message, by default an event of June 2026."""
    whole = {"type": "track", "event": "Seen", "timestamp": "2026-06-01T12:00:00Z"} | body
    return Received(parse_message(whole, _NOW, rules, new_id="none"), SOURCE.id, SOURCE.channel)


async def people(there: Scratch, first: int, last: int) -> None:
    """Add the people with these numbers: `user_id:s1` and so on, three identifiers each."""
    async with there.graph.driver.session(database=there.graph.database) as session:
        result = await session.run(
            _PEOPLE, first=first, last=last, source=SOURCE.id, channel=SOURCE.channel
        )
        await result.consume()


async def journeys(
    there: Scratch,
    rules: Rules,
    first: int,
    last: int,
    touchpoints: int,
    between_visits: timedelta = _BETWEEN_VISITS,
) -> None:
    """Have the people with these numbers do so much, by their cookies: two things a visit."""
    like = []
    for visit in _VISITS:
        for body in (_arriving(visit[0]), visit[1]):
            node = event_node(received(rules, messageId="like", anonymousId="like", **body))
            own = {"message_id", "by"}  # Each event's own.
            like.append({name: node[name] for name in node.keys() - own if node[name] is not None})
    async with there.graph.driver.session(database=there.graph.database) as session:
        result = await session.run(
            _JOURNEYS,
            first=first,
            last=last,
            touchpoints=touchpoints,
            source=SOURCE.id,
            since=_SINCE.isoformat(),
            minutes=between_visits // timedelta(minutes=1),
            events=like,
        )
        await result.consume()


def _arriving(arrival: dict[str, Any]) -> dict[str, Any]:
    return {"type": "page", "name": "Home", "event": None, "context": {"campaign": arrival}}


def _deeds(user: str, touchpoints: int) -> Iterator[dict[str, Any]]:
    """The messages that `journeys` stands for, of the person with the number 0."""
    for turn in range(touchpoints):
        arrival, deed = _VISITS[turn // 2 % len(_VISITS)]
        at = _SINCE + turn // 2 * _BETWEEN_VISITS + turn % 2 * _WITHIN_A_VISIT
        body = deed if turn % 2 else _arriving(arrival)
        who = {"messageId": f"{user}-{turn}", "anonymousId": user}
        yield {**body, **who, "timestamp": at.isoformat()}


async def stars(graph: Graph, name: str, count: int, size: int) -> None:
    """Add profiles of so many identifiers: `email:NAME-1@example.com` with its cookies."""
    async with graph.driver.session(database=graph.database) as session:
        await (await session.run(_STARS, name=name, count=count, size=size)).consume()


async def check_likeness(there: Scratch, rules: Rules, touchpoints: int = 0) -> None:
    """Make sure that a seeded person is what the service makes of the same messages.

    Raises:
        BenchmarkError: it is not, so what is measured is not the service's graph.
    """
    await people(there, 0, 0)
    if touchpoints:
        await journeys(there, rules, 0, 0, touchpoints)
    who = {"messageId": "t0", "userId": "t0", "anonymousId": "t0"}
    body: dict[str, Any] = {"type": "identify", "traits": {}, **who}
    ids = [{"type": "email", "id": "t0@example.com"}]
    await record(
        there.graph, rules, [received(rules, **body, context={"externalIds": ids}, event=None)]
    )
    if deeds := [received(rules, **deed) for deed in _deeds("t0", touchpoints)]:
        await record(there.graph, rules, deeds)
    seeded, sent = [
        [_plain(row) for row in await there.graph.run(_PERSON, key=f"user_id:{name}")]
        for name in ("s0", "t0")
    ]
    if sorted(map(str, seeded)) != sorted(map(str, sent)):
        raise BenchmarkError(f"seeded: {seeded}; by the service: {sent}")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: None if name in _FREE and "Account" not in row["labels"] else str(value)
        for name, value in sorted(row["properties"].items())
    }
    out = sorted(str([*one[:1], sorted(map(str, one[1].items())), *one[2:]]) for one in row["out"])
    text = str({"labels": row["labels"], "properties": properties, "out": out})
    return {"text": text.replace("t0", "s0")}
