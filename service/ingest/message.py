"""From the body of one Segment-spec message to the values that are stored. Pure.

https://segment.com/docs/connections/spec/ and, for merge,
https://www.rudderstack.com/docs/event-spec/standard-events/merge/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import orjson

from service.errors import InvalidMessageError
from service.identity.evidence import Kind
from service.identity.identifiers import Dropped, Identifier
from service.identity.rules import Rules, Strength
from service.ingest.channels import Traffic, traffic_of
from service.ingest.device import DeviceFacts, recognise
from service.ingest.naming import Account, named_accounts, named_identifiers
from service.ingest.times import happened_at
from service.store.properties import CONTEXT_PREFIX, is_plain, to_node

TYPES = ("identify", "track", "page", "screen", "group", "alias", "merge")
MAX_NAME = 512
MAX_MESSAGE_ID = 256
MAX_IDENTIFIERS = 100
_MAX_DEPTH = 32


class Message(NamedTuple):
    """One accepted message, all of whose values are clean.

    `identifiers` are distinct, the strongest first; the first owns the event. `links` are the pairs
    of their keys that the message is evidence for, the lesser first; `declared` those of them that
    an alias or merge says are one person. `contradiction` is the namespace of which the message
    names more values than one person may hold: then it is evidence for nothing.
    """

    message_id: str
    type: str
    name: str | None
    at: datetime
    received_at: datetime
    identifiers: tuple[Identifier, ...]
    links: tuple[tuple[str, str], ...]
    declared: frozenset[tuple[str, str]]
    contradiction: str | None
    unknown_namespaces: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    device: DeviceFacts | None
    device_identifiers: tuple[str, ...]
    accounts: tuple[Account, ...]
    traits: Mapping[str, Any]
    group_traits: Mapping[str, Any]
    consents: Mapping[str, bool]
    legal_basis: str
    traffic: Traffic | None
    node: Mapping[str, Any]

    def evidence(self) -> Iterator[tuple[tuple[str, str], Kind]]:
        """The pairs that it is evidence for, each with the kind of evidence."""
        for pair in self.links:
            yield pair, Kind.DECLARED if pair in self.declared else Kind.OBSERVED


def parse_message(
    body: object, received_at: datetime, rules: Rules, *, type_: str | None = None, new_id: str
) -> Message:
    """Check one message and take from it what is stored.

    `type_` is what the door says; without it the body says. `new_id` is used when the message
    brings no `messageId`.

    Raises:
        InvalidMessageError: names the field and what to do.
    """
    if not isinstance(body, dict):
        raise InvalidMessageError("", "a message is a JSON object")
    _check_text_and_depth(body)
    kind = _type(body, type_)
    context = _table(body, "context")
    traits = _table(body, "traits")
    named = named_identifiers(body, kind, rules)
    if not named.identifiers and not named.dropped:
        raise InvalidMessageError(
            "userId", "is missing; name a person by userId, anonymousId or context.externalIds"
        )
    if len(named.identifiers) > MAX_IDENTIFIERS:
        raise InvalidMessageError(
            "context.externalIds", f"names more than {MAX_IDENTIFIERS} identifiers in one message"
        )
    consents, legal_basis = _consents(context)
    _table(context, "campaign", "context.")
    identifiers = named.identifiers
    meant = _meaning(tuple([one.namespace for one in identifiers]), rules)
    name = _name(body, kind)
    node = {**to_node(_table(body, "properties")), **_context_node(context)}
    return Message(
        message_id=_message_id(body) or new_id,
        type=kind,
        name=name,
        at=happened_at(body, received_at),
        received_at=received_at,
        identifiers=identifiers,
        # Every pair of those that may link.
        links=tuple(combinations(sorted([identifiers[n].key for n in meant.linking]), 2)),
        declared=named.declared,
        contradiction=meant.contradiction,
        unknown_namespaces=meant.unknown,
        dropped=named.dropped,
        device=recognise(context),
        device_identifiers=tuple([identifiers[n].key for n in meant.devices]),
        accounts=named_accounts(body, kind, rules),
        traits=_known(
            {**_table(context, "traits", "context."), **({} if kind == "group" else traits)}
        ),
        group_traits=_known(traits) if kind == "group" else {},
        consents=consents,
        legal_basis=legal_basis,
        traffic=traffic_of(node, kind, name, rules.channels),
        node=node,
    )


def _type(body: Mapping[str, Any], door: str | None) -> str:
    kind = door or body.get("type")
    if kind not in TYPES:
        raise InvalidMessageError("type", f"is not one of {', '.join(TYPES)}")
    return str(kind)


def _message_id(body: Mapping[str, Any]) -> str | None:
    message_id = body.get("messageId")
    if message_id is None or message_id == "":
        return None
    if not isinstance(message_id, str) or len(message_id) > MAX_MESSAGE_ID:
        raise InvalidMessageError("messageId", f"is not text of up to {MAX_MESSAGE_ID} characters")
    return message_id


def _name(body: Mapping[str, Any], kind: str) -> str | None:
    field = "event" if kind == "track" else "name"
    if kind not in ("track", "page", "screen"):
        return None
    name = body.get(field)
    if name is None and kind != "track":
        return None
    if not isinstance(name, str) or len(name) > MAX_NAME or (kind == "track" and not name.strip()):
        raise InvalidMessageError(field, f"is not text of 1 to {MAX_NAME} characters")
    return name


class _Meaning(NamedTuple):
    """What is the same of all messages whose identifiers are of the same namespaces, in order."""

    contradiction: str | None
    unknown: tuple[str, ...]
    linking: tuple[int, ...]
    """Which of them link. A namespace that no rule knows is in: a rule may name it later."""
    devices: tuple[int, ...]
    """Which of them stand for the device; it goes by the first, which is the strongest."""


@lru_cache(maxsize=512)  # Senders name a few kinds of identifiers, and may make up any number.
def _meaning(namespaces: tuple[str, ...], rules: Rules) -> _Meaning:
    contradiction = None
    for namespace, count in Counter(namespaces).items():
        limit = rules.namespace(namespace).max_per_profile
        if contradiction is None and limit is not None and count > limit:
            contradiction = namespace
    known = rules.namespaces
    strengths = [rules.namespace(name).strength for name in namespaces]
    return _Meaning(
        contradiction=contradiction,
        unknown=tuple(sorted(set(namespaces) - known.keys())),
        linking=()
        if contradiction
        else tuple(
            number
            for number, name in enumerate(namespaces)
            if name not in known or known[name].strength is not Strength.NONE
        ),
        devices=tuple(
            number
            for number, strength in enumerate(strengths)
            if strength in (Strength.DEVICE, Strength.COOKIE)
        ),
    )


def _consents(context: Mapping[str, Any]) -> tuple[dict[str, bool], str]:
    """https://segment.com/docs/privacy/consent-management/consent-in-segment-connections/."""
    consent = _table(context, "consent", "context.")
    preferences = _table(consent, "categoryPreferences", "context.consent.")
    for purpose, granted in preferences.items():
        if not isinstance(granted, bool):
            raise InvalidMessageError(
                f"context.consent.categoryPreferences.{purpose}", "is not true or false"
            )
    return dict(preferences), _text(consent, "legalBasis") or "consent"


_CONTEXT_TEXTS = {
    name: f"{CONTEXT_PREFIX}{name}"
    for name in ("ip", "userAgent", "locale", "timezone", "referrer")
}
_CONTEXT_TABLES = {
    name: f"{CONTEXT_PREFIX}{name}_" for name in ("page", "campaign", "app", "referrer", "library")
}


def _context_node(context: Mapping[str, Any]) -> dict[str, Any]:
    """What of the context an analyst filters on: `context_page_url`, `context_campaign_source`."""
    node: dict[str, Any] = {}
    if not context:
        return node
    for name, field in _CONTEXT_TEXTS.items():
        value = context.get(name)
        if isinstance(value, str):
            node[field] = value
    for table, prefix in _CONTEXT_TABLES.items():
        values = context.get(table)
        if isinstance(values, dict):
            for name, value in values.items():
                if name and (type(value) is str or is_plain(value)):
                    node[prefix + name] = value
    return node


def _known(traits: Mapping[str, Any]) -> dict[str, Any]:
    """A trait that is null says nothing."""
    if not traits:
        return {}
    return {name: value for name, value in traits.items() if name and value is not None}


def _table(body: Mapping[str, Any], field: str, path: str = "") -> Mapping[str, Any]:
    value = body.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{path}{field}", "is not a JSON object")
    return value


def _text(table: Mapping[str, Any], field: str) -> str | None:
    value = table.get(field)
    return value if isinstance(value, str) and value else None


def _check_text_and_depth(body: Mapping[str, Any]) -> None:
    """Refuse what a graph cannot keep or no reader can use, wherever it hides.

    To write it as JSON again is the quickest way to see that there is nothing of the kind.
    """
    try:
        text = orjson.dumps(body)
    except orjson.JSONEncodeError:  # Nested too deep, or from a caller in Python.
        _look_for_trouble(body)
        return
    if b"\\u0000" in text or text.count(b"[") + text.count(b"{") > _MAX_DEPTH:
        _look_for_trouble(body)


def _look_for_trouble(value: object, path: str = "", depth: int = 0) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidMessageError(path, "holds a NUL character; take it out")
    elif isinstance(value, dict | list):
        if depth == _MAX_DEPTH:
            raise InvalidMessageError(path, f"is nested deeper than {_MAX_DEPTH}; flatten it")
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            if isinstance(name, str) and "\x00" in name:
                raise InvalidMessageError(path, "has a field whose name holds a NUL character")
            _look_for_trouble(item, f"{path}.{name}" if path else str(name), depth + 1)
