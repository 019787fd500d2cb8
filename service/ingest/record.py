"""Many messages become one commit.

The order of the calls is the order of the locks, in every process: events by message id, then
identifiers by key, then devices and accounts. What was committed once is never written again, so
a message may be sent, and a transaction may be run, any number of times.
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
from service.store.procedures import NoRow, procedure


@dataclass(frozen=True, slots=True)
class _NewEvents:
    message_ids: list[str]
    nodes: list[str]


@dataclass(frozen=True, slots=True)
class _Claimed:
    keys: list[str]
    nodes: list[str]
    new: list[str]
    shared: list[str]
    contested: list[str]


@dataclass(frozen=True, slots=True)
class _NewLinks:
    new: list[list[str]]


Alone = AbstractAsyncContextManager[None]

_CLAIM_EVENTS = procedure("claim_events", _NewEvents)
_CLAIM_IDENTIFIERS = procedure("claim_identifiers", _Claimed)
_RECORD_EVENTS = procedure("record_events", NoRow)
_RECORD_LINKS = procedure("record_links", _NewLinks)
_RECORD_DEVICES = procedure("record_devices", NoRow)
_RECORD_ACCOUNTS = procedure("record_accounts", NoRow)
_RECORD_TRAITS = procedure("record_traits", NoRow)
_RECORD_ACCOUNT_TRAITS = procedure("record_account_traits", NoRow)
_RECORD_CONSENTS = procedure("record_consents", NoRow)


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
        events = await _claim_events(transaction, ordered)
        if events:
            await _record_new(
                transaction, [once[message_id] for message_id in events], events, rules
            )
        return frozenset(events)

    async with AsyncExitStack() as until_committed:
        return await graph.transact(work)


async def warm_up(graph: Graph, rules: Rules) -> None:
    """Have Neo4j plan what messages need, so that the first one need not wait for it.

    A message that has everything is recorded, and the transaction is given up.
    """
    message = parse_message(_SAMPLE, datetime.now(UTC), rules, new_id=str(uuid_utils.uuid7()))

    async def work(transaction: Transaction) -> None:
        received = Received(message, "warm-up", None)
        events = await _claim_events(transaction, [received])
        await _record_new(transaction, [received], events, rules)
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


async def _claim_events(transaction: Transaction, batch: Sequence[Received]) -> rows.Nodes:
    """Store the events that are new: these, by message id."""
    [stored] = await transaction.call(_CLAIM_EVENTS, events=[rows.event(one) for one in batch])
    return dict(zip(stored.message_ids, stored.nodes, strict=True))


async def _record_new(
    transaction: Transaction, new: list[Received], events: rows.Nodes, rules: Rules
) -> None:
    [claimed] = await transaction.call(_CLAIM_IDENTIFIERS, identifiers=rows.identifiers(new))
    nodes = dict(zip(claimed.keys, claimed.nodes, strict=True))
    await transaction.call(_RECORD_EVENTS, sources=rows.named(new, events, nodes))
    for recording, name, facts in (
        (_RECORD_DEVICES, "devices", rows.devices(new, nodes)),
        (_RECORD_ACCOUNTS, "accounts", rows.accounts(new, nodes, rules)),
        (_RECORD_TRAITS, "traits", rows.traits(new, nodes)),
        (_RECORD_ACCOUNT_TRAITS, "traits", rows.account_traits(new)),
        (_RECORD_CONSENTS, "consents", rows.consents(new, nodes)),
    ):
        if facts:
            await transaction.call(recording, **{name: facts})
    links, cause = rows.links(new, nodes)
    if not links:
        return
    [recorded] = await transaction.call(_RECORD_LINKS, links=links)
    # A known pair changes only its times, and these matter only where something is contested.
    contested = set(claimed.contested)
    pairs = {(a, b) for a, b in recorded.new}
    pairs |= {(a, b) for a, b in cause.messages if a in contested or b in contested}
    if pairs:
        brought = Brought(pairs, set(claimed.new), set(claimed.shared))
        await decide_about(transaction, brought, cause, rules)
