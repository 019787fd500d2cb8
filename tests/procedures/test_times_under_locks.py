"""Of two transactions that want one identifier, the one that waited bears the later times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from service.identity import by_hand
from service.store.graph import Graph, Transaction
from service.store.moments import to_moment
from service.store.procedures import NoRow, procedure
from tests.seeding import add_web_source, send

Result = TypeVar("Result")
_AT = to_moment(datetime(2026, 6, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class _Claimed:
    keys: list[str]
    nodes: list[str]
    new: list[str]
    shared: list[str]
    contested: list[str]


_CLAIM = procedure("claim_identifiers", _Claimed)
_RECORD_CHANGES = procedure("record_changes", NoRow)


async def _overtaken(
    graph: Graph, late: Callable[[], Awaitable[Result]], first: Callable[[Transaction], Any]
) -> Result:
    """Begin `late` while another transaction holds user_id:u1, and does `first` only then."""

    async def work(transaction: Transaction) -> asyncio.Future[Result]:
        await transaction.call(_CLAIM, identifiers=[_identifier("user_id:u1")])
        waiting = asyncio.ensure_future(late())
        await asyncio.sleep(0.5)
        await first(transaction)
        return waiting

    return await (await graph.transact(work))


def _identifier(key: str) -> dict[str, Any]:
    namespace, _, value = key.partition(":")
    own = {"key": key, "namespace": namespace, "value": value, "born_as": f"born-{key}"}
    return own | {"first_seen": _AT, "last_seen": _AT}


async def test_an_identifier_is_stored_after_those_it_waited_for(graph: Graph) -> None:
    await add_web_source(graph)
    await send(graph, {"type": "identify", "userId": "u1"})

    async def store_another(transaction: Transaction) -> None:
        await transaction.call(_CLAIM, identifiers=[_identifier("user_id:v1")])

    await _overtaken(
        graph,
        lambda: send(graph, {"type": "identify", "userId": "u1", "anonymousId": "late"}),
        store_another,
    )
    rows = await graph.run("MATCH (i:Identifier) RETURN i.key AS key ORDER BY i.stored_at")
    assert [row["key"] for row in rows] == ["user_id:u1", "user_id:v1", "anonymous_id:late"]


async def test_a_change_comes_after_those_it_waited_for(graph: Graph) -> None:
    await add_web_source(graph)
    for name in ("u1", "u2"):
        await send(graph, {"type": "identify", "messageId": name, "userId": name})

    async def remember(transaction: Transaction) -> None:
        node = {"id": "before", "kind": "refused", "profiles": []}
        change = {"node": node, "identifiers": [{"key": "user_id:u1"}]}
        await transaction.call(_RECORD_CHANGES, changes=[change])

    linked = await _overtaken(
        graph, lambda: by_hand.link(graph, "user_id:u1", "user_id:u2", "seen", "ann"), remember
    )
    assert linked.outcome == "refused"
    rows = await graph.run("MATCH (c:Change) RETURN c.id AS id ORDER BY c.at LIMIT 1")
    assert rows == [{"id": "before"}]
