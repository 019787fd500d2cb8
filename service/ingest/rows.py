"""From messages to the rows that the recording procedures take. Pure.

Everything that several messages of one commit say of the same thing is added up here, so that the
graph is told once; rows are sorted, because their order is the order of the locks. When events and
identifiers are claimed their element ids are known, and the rows that follow name them by these: to
look up a key costs Neo4j several times as much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import uuid_utils

from service.identity.evidence import Kind
from service.identity.resolver import Cause
from service.identity.rules import Rules
from service.ingest.channels import channel_properties
from service.ingest.message import Message
from service.store.moments import to_moment
from service.store.properties import to_value

Nodes = Mapping[str, str]
"""The element id of each node by its key; good within the transaction that asked for it."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Received(NamedTuple):
    """A message, and the source that sent it."""

    message: Message
    source: str
    channel: str | None
    sent: Mapping[str, Any] = _NOTHING
    """The message as it was sent: what is kept of it if it cannot be written."""


def event(received: Received) -> dict[str, Any]:
    """An Event node, but for its relationships."""
    message = received.message
    return {
        "node": event_node(received),
        "at": to_moment(message.at),
        "received_at": to_moment(message.received_at),
    }


def event_node(received: Received) -> dict[str, Any]:
    """The properties of an Event node, but for its times; what is None it has not."""
    message = received.message
    return {
        **message.node,
        "message_id": message.message_id,
        "type": message.type,
        "name": message.name,
        **channel_properties(message.traffic, received.channel),
        "source": received.source,
        "by": message.identifiers[0].key if message.identifiers else None,
        "device": message.device_identifiers[0]
        if message.device and message.device_identifiers
        else None,
        "dropped": [one.identifier for one in message.dropped] or None,
        "unknown_namespaces": list(message.unknown_namespaces) or None,
        "contradiction": message.contradiction,
    }


def named(new: Iterable[Received], events: Nodes, nodes: Nodes) -> list[dict[str, Any]]:
    """Whom the events of each source name: their owners, and the others."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for received in new:
        message = received.message
        whom = [nodes[identifier.key] for identifier in message.identifiers]
        rows[received.source].append(
            {
                "node": events[message.message_id],
                "by": whom[0] if whom else None,
                "by_namespace": message.identifiers[0].namespace if whom else None,
                "names": whom[1:],
            }
        )
    return [{"id": source, "events": rows[source]} for source in sorted(rows)]


def contradictions(new: Iterable[Received], nodes: Nodes) -> list[dict[str, Any]]:
    """Whom messages name that contradict themselves: each owner, and the others."""
    rows = []
    for received in new:
        if received.message.contradiction is not None:
            owner, *others = (nodes[one.key] for one in received.message.identifiers)
            rows.append({"by": owner, "names": others})
    return rows


def identifiers(new: Iterable[Received]) -> list[dict[str, Any]]:
    """The identifiers of all messages, by key, each with an id to be born as."""
    rows: dict[str, dict[str, Any]] = {}
    for received in new:
        at = to_moment(received.message.at)
        for identifier in received.message.identifiers:
            row = rows.setdefault(
                identifier.key,
                {
                    "key": identifier.key,
                    "namespace": identifier.namespace,
                    "value": identifier.value,
                    "born_as": str(uuid_utils.uuid7()),
                    "first_seen": at,
                    "last_seen": at,
                },
            )
            row["first_seen"] = min(at, row["first_seen"])
            row["last_seen"] = max(at, row["last_seen"])
    return [rows[key] for key in sorted(rows)]


def links(new: Iterable[Received], nodes: Nodes) -> tuple[list[dict[str, Any]], Cause]:
    """The evidence of all messages, added up per pair and kind, and who brought it."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    messages: dict[tuple[str, str], str] = {}
    kinds: dict[tuple[str, str], Kind] = {}
    for received in new:
        message = received.message
        at = to_moment(message.at)
        for (a, b), strength in message.evidence():
            messages[a, b] = message.message_id
            kinds[a, b] = min(strength, kinds.get((a, b), strength))
            kind = strength.name.lower()
            row = rows.setdefault(
                (a, b, kind),
                {
                    "a": a,
                    "b": b,
                    "a_node": nodes[a],
                    "b_node": nodes[b],
                    "kind": kind,
                    "first_seen": at,
                    "last_seen": at,
                    "count": 0,
                    "sources": [],
                },
            )
            row["first_seen"] = min(at, row["first_seen"])
            row["last_seen"] = max(at, row["last_seen"])
            row["count"] += 1
            if received.source not in row["sources"]:
                row["sources"].append(received.source)
    return [rows[key] for key in sorted(rows)], Cause(messages, kinds)


def devices(new: Iterable[Received], nodes: Nodes) -> list[dict[str, Any]]:
    """What the messages know of devices: of each fact the latest word."""
    rows: dict[str, dict[str, Any]] = {}
    on: dict[str, set[str]] = defaultdict(set)
    for received in sorted(new, key=lambda one: (one.message.at, one.message.message_id)):
        message = received.message
        if message.device is None or not message.device_identifiers:
            continue
        id_ = message.device_identifiers[0]
        row = rows.setdefault(id_, {"id": id_, "facts": {}})
        row["seen_at"] = to_moment(message.at)
        row["facts"] |= message.device.known()
        on[id_].update(message.device_identifiers)
    return [
        {**rows[id_], "identifiers": [nodes[key] for key in sorted(on[id_])]}
        for id_ in sorted(rows)
    ]


def accounts(new: Iterable[Received], nodes: Nodes, rules: Rules) -> list[dict[str, Any]]:
    """The accounts that identifiers are the key of, and those that their people belong to."""
    rows: dict[str, dict[str, Any]] = {}

    def account(kind: str, id_: str, *, shared: bool) -> dict[str, Any]:
        key = f"{kind}:{id_}"
        return rows.setdefault(
            key,
            {"key": key, "kind": kind, "id": id_, "shared": shared, "holders": [], "members": []},
        )

    for received in new:
        identifiers = received.message.identifiers
        for identifier in identifiers:
            kind = rules.namespace(identifier.namespace).account
            if kind is not None:
                holders = account(kind, identifier.value, shared=False)["holders"]
                if nodes[identifier.key] not in holders:
                    holders.append(nodes[identifier.key])
        for shared in received.message.accounts:
            members = account(shared.kind, shared.id, shared=True)["members"]
            if identifiers and nodes[identifiers[0].key] not in members:
                members.append(nodes[identifiers[0].key])
    return [rows[key] for key in sorted(rows)]


def traits(new: Iterable[Received], nodes: Nodes) -> list[dict[str, Any]]:
    """The traits of people, on the strongest identifier of their message."""
    found = _first_and_latest(
        (
            (received.message.identifiers[0].key, name, value, received)
            for received in new
            if received.message.identifiers
            for name, value in received.message.traits.items()
        )
    )
    return [{"node": nodes[key], **said} for key, said in found]


def account_traits(new: Iterable[Received]) -> list[dict[str, Any]]:
    """The traits of groups."""
    found = _first_and_latest(
        (
            (account.key, name, value, received)
            for received in new
            for account in received.message.accounts
            for name, value in received.message.group_traits.items()
        )
    )
    return [{"account": key, **said} for key, said in found]


def _first_and_latest(
    found: Iterable[tuple[str, str, object, Received]],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each holder and source, of each name the value said last, and the first if another."""
    known: dict[tuple[str, str], dict[str, tuple[_Saying, _Saying]]] = {}
    for key, name, value, received in found:
        said = known.setdefault((key, received.source), {})
        one = _Saying(received.message.at, received.message.message_id, value)
        first, latest = said.get(name, (one, one))
        said[name] = (
            one if one[:2] < first[:2] else first,
            one if one[:2] > latest[:2] else latest,
        )
    for key, source in sorted(known):
        rows = [
            {
                "name": name,
                **latest.row(name),
                **({} if first is latest else first.row(name, "first_")),
            }
            for name, (first, latest) in sorted(known[key, source].items())
        ]
        yield key, {"source": source, "said": rows}


class _Saying(NamedTuple):
    """A value with what orders those that one source says: its time, then its message."""

    at: datetime
    message_id: str
    value: object

    def row(self, name: str, prefix: str = "") -> dict[str, Any]:
        """The properties of a trait of this name, each with the prefix."""
        value = to_value(name, self.value)
        told = {"at": to_moment(self.at), "message_id": self.message_id, **value}
        return {f"{prefix}{key}": one for key, one in told.items()} if prefix else told


def consents(new: Iterable[Received], nodes: Nodes) -> list[dict[str, Any]]:
    """Each yes and no to a purpose, with the first and the last time it was said."""
    found: dict[tuple[str, str], dict[tuple[str, bool], dict[str, Any]]] = {}
    saying = (one for one in new if one.message.consents and one.message.identifiers)
    for received in sorted(saying, key=lambda one: (one.message.at, one.message.message_id)):
        message = received.message
        at = to_moment(message.at)
        said = found.setdefault((message.identifiers[0].key, received.source), {})
        for purpose, granted in message.consents.items():
            first = {"purpose": purpose, "granted": granted, "first_at": at}
            row = said.setdefault((purpose, granted), first)
            row["at"], row["legal_basis"] = at, message.legal_basis
    return [
        {
            "node": nodes[key],
            "source": source,
            "said": [row for _, row in sorted(found[key, source].items())],
        }
        for key, source in sorted(found)
    ]
