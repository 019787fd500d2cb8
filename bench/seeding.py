"""Many people at once, written by plain Cypher as the service would have written them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bench.scratch import BenchmarkError, Scratch
from bench.statements import statement
from service.demo.truth import SOURCES
from service.identity.rules import Rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph

SOURCE = SOURCES[0]
IDENTIFIERS_A_PERSON = 3
_PEOPLE = statement("seed_people")
_STARS = statement("seed_stars")
_PERSON = statement("person")
# What is drawn by chance or by the clock.
_FREE = {"born_as", "stored_at", "received_at", "id"}
_NOW = datetime(2026, 6, 2, tzinfo=UTC)


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


async def stars(graph: Graph, name: str, count: int, size: int) -> None:
    """Add profiles of so many identifiers: `email:NAME-1@example.com` with its cookies."""
    async with graph.driver.session(database=graph.database) as session:
        await (await session.run(_STARS, name=name, count=count, size=size)).consume()


async def check_likeness(there: Scratch, rules: Rules) -> None:
    """Make sure that a seeded person is what the service makes of the same message.

    Raises:
        BenchmarkError: it is not, so what is measured is not the service's graph.
    """
    await people(there, 0, 0)
    who = {"messageId": "t0", "userId": "t0", "anonymousId": "t0"}
    body: dict[str, Any] = {"type": "identify", "traits": {}, **who}
    ids = [{"type": "email", "id": "t0@example.com"}]
    await record(
        there.graph, rules, [received(rules, **body, context={"externalIds": ids}, event=None)]
    )
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
