"""What a team would otherwise build: the same messages and questions, in SQL on PostgreSQL.

It makes one person of all that one message names, as the service does where nothing is contested,
and merges into the larger. `bench/sql/schema.sql` says what it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bench.cluster import Connection
from bench.seeding import SOURCE
from bench.sides import LAST, Stands
from bench.statements import sql
from service.demo.truth import SOURCES
from service.identity.components import connected_components
from service.ingest.rows import Received

_ADD_SOURCE, _EMPTY, _STANDS = sql("add_source"), sql("empty"), sql("stands")
_RECORD, _BASELINE = sql("record"), sql("baseline")
_IDENTIFIERS, _TRAITS, _TOUCHPOINTS = sql("identifiers"), sql("traits"), sql("touchpoints")
_JOURNEY, _WHY = sql("journey"), sql("why")
_SEED = sql("seed_people")
# One statement of more would keep too much in memory.
_SEED_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Team:
    """That side of the comparison."""

    connection: Connection
    name: str = "PostgreSQL"

    async def empty(self) -> None:
        """Take everything out but who may send."""
        await self.connection.execute(_EMPTY)
        for one in SOURCES:
            await self.connection.execute(_ADD_SOURCE, {"id": one.id, "channel": one.channel})

    async def stands(self) -> Stands:
        """What there is now."""
        [row] = await self._all(_STANDS)
        return Stands(**row)

    async def commit_least(self) -> None:
        """The smallest commit."""
        await self.connection.execute(_BASELINE)

    async def record(self, batch: Sequence[Received]) -> frozenset[str]:
        """Store messages in one commit. Gives the ids of those that were new."""
        rows = await self._all(
            _RECORD,
            sent=orjson.dumps([_event(one) for one in batch]).decode(),
            named=orjson.dumps(_identifiers(batch)).decode(),
            said=orjson.dumps([row for one in batch for row in _traits(one)]).decode(),
        )
        return frozenset(row["record"] for row in rows)

    async def read_profile(self, key: str) -> list[str]:
        """A person with identifiers, traits and the last touchpoints, in three round trips."""
        identifiers = await self._all(_IDENTIFIERS, key=key)
        await self._all(_TRAITS, key=key)
        await self._all(_TOUCHPOINTS, key=key, first=LAST)
        return [row["key"] for row in identifiers]

    async def read_journey(self, key: str) -> int:
        """All that a person did, in the order of time: how much it was."""
        return len(await self._all(_JOURNEY, key=key))

    async def explain(self, key: str, other: str) -> bool:
        """Whether a chain of events between two identifiers was found."""
        return bool(await self._all(_WHY, key=key, other=other))

    async def seed(self, first: int, last: int) -> None:
        """Add the people with these numbers."""
        of = {"source": SOURCE.id, "channel": SOURCE.channel}
        for start in range(first, last + 1, _SEED_AT_ONCE):
            numbers = {"first": start, "last": min(start + _SEED_AT_ONCE - 1, last)}
            await self.connection.execute(_SEED, numbers | of)
        # The planner has to know how much there is; in time it would have been told.
        await self.connection.execute(b"VACUUM ANALYZE")

    async def _all(self, statement: bytes, **given: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]]
        rows = await (await self.connection.execute(statement, given)).fetchall()
        return rows


def _event(received: Received) -> dict[str, Any]:
    message = received.message
    keys = [one.key for one in message.identifiers]
    return {
        "message_id": message.message_id,
        "type": message.type,
        "name": message.name,
        "at": message.at,
        "received_at": message.received_at,
        "source": received.source,
        "channel": (message.traffic and message.traffic.channel) or received.channel,
        "owner": keys[0] if keys else None,
        "names": keys[1:],
        "properties": message.node,
    }


def _identifiers(batch: Sequence[Received]) -> list[dict[str, Any]]:
    """The identifiers by key; those that messages link, directly or not, with one number."""
    rows: dict[str, dict[str, Any]] = {}
    for received in batch:
        at = received.message.at
        for one in received.message.identifiers:
            new = {"key": one.key, "namespace": one.namespace, "value": one.value}
            row = rows.setdefault(one.key, new | {"first_seen": at, "last_seen": at})
            row["first_seen"] = min(at, row["first_seen"])
            row["last_seen"] = max(at, row["last_seen"])
    links = [pair for received in batch for pair in received.message.links]
    for number, keys in enumerate(connected_components(rows, links)):
        for key in keys:
            rows[key]["together"] = number
    return [rows[key] for key in sorted(rows)]


def _traits(received: Received) -> list[dict[str, Any]]:
    message = received.message
    if not message.identifiers:
        return []
    same = {
        "identifier": message.identifiers[0].key,
        "source": received.source,
        "at": message.at,
        "message_id": message.message_id,
    }
    return [same | {"name": name, "value": value} for name, value in message.traits.items()]
