"""Many messages become one commit.

The order of the calls is the order of the locks, in every process: events by message id, then
identifiers by key, then devices and accounts. However large a commit is, these are two calls; what
is decided about new pairs, or contested ones, takes a few more. What was committed once is never
written again, so a message may be sent, and a transaction may be run, any number of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import uuid_utils

from service.identity.resolver import Brought, decide_about
from service.identity.rules import Rules
from service.ingest import rows
from service.ingest.message import parse_message
from service.ingest.rows import Received
from service.store.graph import Graph, Transaction
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class _Identifiers:
    keys: list[str]
    nodes: list[str]
    new: list[str]
    shared: list[str]
    contested: list[str]


@dataclass(frozen=True, slots=True)
class _Claimed(_Identifiers):
    message_ids: list[str]
    events: list[str]


@dataclass(frozen=True, slots=True)
class _Recorded:
    new: list[list[str]]


Alone = AbstractAsyncContextManager[None]

_CLAIM = procedure("claim", _Claimed)
_CLAIM_IDENTIFIERS = procedure("claim_identifiers", _Identifiers)
_RECORD = procedure("record", _Recorded)


async def record(
    graph: Graph, rules: Rules, batch: Sequence[Received], alone: Alone | None = None
) -> frozenset[str]:
    """Store messages and decide what they change, all or nothing.

    From its second try on it holds `alone`, so that others can keep out of its way.

    Returns:
        The message ids of those that were new.

    Raises:
        UnavailableError: the database is away or too busy; nothing was stored.
    """
    once = {received.message.message_id: received for received in reversed(batch)}
    ordered = [once[message_id] for message_id in sorted(once)]
    tries = 0

    async def work(transaction: Transaction) -> frozenset[str]:
        nonlocal tries
        tries += 1
        if tries == 2 and alone is not None:  # noqa: PLR2004
            await until_committed.enter_async_context(alone)
        return await _record(transaction, ordered, rules)

    async with AsyncExitStack() as until_committed:
        return await graph.transact(work)


async def warm_up(graph: Graph, rules: Rules) -> None:
    """Have Neo4j plan what messages need, so that the first one need not wait for it.

    A message that has everything is recorded, and the transaction is given up.
    """
    message = parse_message(_SAMPLE, datetime.now(UTC), rules, new_id=str(uuid_utils.uuid7()))

    async def work(transaction: Transaction) -> None:
        await _record(transaction, [Received(message, "warm-up", None)], rules)
        raise _GivenUpError

    with suppress(_GivenUpError):
        await graph.transact(work)


class _GivenUpError(Exception):
    """Rolls a transaction back."""


_SAMPLE = {
    "type": "group",
    "userId": "knoop-warm-up",
    "anonymousId": "knoop-warm-up",
    "groupId": "knoop-warm-up",
    "traits": {"name": "knoop"},
    "context": {
        "page": {"url": "https://knoop.example/", "referrer": "https://elsewhere.example/"},
        "traits": {"name": "knoop"},
        "device": {"id": "knoop-warm-up", "type": "ios"},
        "consent": {"categoryPreferences": {"Analytics": True}},
    },
}


async def _record(transaction: Transaction, batch: list[Received], rules: Rules) -> frozenset[str]:
    """Record the messages that are new, and give their ids. The batch is in the order of these."""
    [claimed] = await transaction.call(
        _CLAIM, events=[rows.event(one) for one in batch], identifiers=rows.identifiers(batch)
    )
    events = dict(zip(claimed.message_ids, claimed.events, strict=True))
    new = [one for one in batch if one.message.message_id in events]
    if not new:
        return frozenset()
    whom: _Identifiers = claimed
    if len(new) < len(batch):
        [whom] = await transaction.call(_CLAIM_IDENTIFIERS, identifiers=rows.identifiers(new))
    nodes = dict(zip(whom.keys, whom.nodes, strict=True))
    links, cause = rows.links(new, nodes)
    [recorded] = await transaction.call(
        _RECORD,
        events=rows.named(new, events, nodes),
        contradictions=rows.contradictions(new, nodes),
        devices=rows.devices(new, nodes),
        accounts=rows.accounts(new, nodes, rules),
        traits=rows.traits(new, nodes),
        account_traits=rows.account_traits(new),
        consents=rows.consents(new, nodes),
        links=links,
    )
    # A known pair changes only its times, and these matter only where something is contested.
    contested = set(whom.contested)
    pairs = {(a, b) for a, b in recorded.new}
    pairs |= {(a, b) for a, b in cause.messages if a in contested or b in contested}
    if pairs:
        brought = Brought(pairs, set(whom.new), set(whom.shared))
        await decide_about(transaction, brought, cause, rules)
    return frozenset(events)
