"""From messages to columns: what each says, in rows that can be added up. Pure.

Nothing is added up here, since a message may turn out to have been there before. An identifier, a
device (which goes by its strongest identifier) and an account go by a number: 63 bits of a hash of
the key. That no two have the same is made sure of when they are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson
import pyarrow as pa

from service.bulk.events import Event, Shape, event_tables
from service.bulk.values import as_text
from service.ingest import rows
from service.ingest.message import Message
from service.ingest.rows import Received

SEQUENCE_BITS = 24
"""A message's number is that of its piece, and in these bits its place in the piece."""

_TIME = pa.timestamp("us", "UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())
_FACTS = ("kind", "make", "model", "os", "os_version", "browser", "browser_version")

# Rows by what they say. `seq` is the number of the message that says it.
TABLES: Mapping[str, pa.Schema] = {
    name: pa.schema([("seq", pa.int64()), *columns])
    for name, columns in {
        "messages": [("message_id", pa.string())],
        "named": [
            *(("id", pa.int64()), ("key", _WORD), ("moment", _TIME)),
            # Of the strongest identifier of the message, which is not named but owns it: null.
            ("by_namespace", _WORD),
        ],
        "met": [("owner", pa.int64()), ("id", pa.int64())],
        "pairs": [("a", pa.int64()), ("b", pa.int64()), ("kind", pa.int8()), ("moment", _TIME)],
        "devices": [
            *(("id", pa.int64()), ("moment", _TIME)),
            *((fact, _WORD) for fact in _FACTS),
        ],
        "on_device": [("device", pa.int64()), ("id", pa.int64())],
        "members": [
            *(("account", pa.int64()), ("kind", _WORD), ("account_id", _WORD)),
            ("member", pa.int64()),
        ],
        "traits": [
            *(("holder", pa.int64()), ("of_account", pa.bool_()), ("name", _WORD)),
            *(("type", _WORD), ("value", _WORD), ("moment", _TIME)),
        ],
        "consents": [("holder", pa.int64()), ("said", _WORD), ("moment", _TIME)],
    }.items()
}


class Columns:
    """What the messages of one piece say."""

    def __init__(self, first: int, salt: bytes) -> None:
        self._seq = first
        self._salt = salt
        self._ids: dict[str, int] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self._events: dict[Shape, list[Event]] = {}

    def add(self, received: Received) -> None:
        """Take in one message."""
        seq = self._seq
        self._seq += 1
        message = received.message
        rows_of, ids = self._rows, self._ids
        moment = message.at
        node = rows.event_node(received)
        values = tuple(node.values())
        shape = tuple(node), tuple(map(type, values))
        event = Event(seq, moment, message.received_at, values)
        self._events.setdefault(shape, []).append(event)
        rows_of["messages"].append((seq, message.message_id))
        owner = self._add_named(seq, message)
        for (one, other), kind in message.evidence():
            rows_of["pairs"].append((seq, ids[one], ids[other], int(kind), moment))
        self._add_device(seq, message)
        for account in message.accounts:
            id_ = ids.get(account.key) or self._id(account.key)
            rows_of["members"].append((seq, id_, account.kind, account.id, owner))
            for name, value in message.group_traits.items():
                rows_of["traits"].append((seq, id_, True, name, *as_text(value), moment))
        if owner is None:
            return
        for name, value in message.traits.items():
            rows_of["traits"].append((seq, owner, False, name, *as_text(value), moment))
        if message.consents:
            said = [*message.consents.items()], message.legal_basis
            rows_of["consents"].append((seq, owner, orjson.dumps(said).decode(), moment))

    def _add_named(self, seq: int, message: Message) -> int | None:
        """Whom a message names; gives the number of its strongest identifier."""
        named, moment = self._rows["named"], message.at
        owner = by_namespace = None
        for identifier in message.identifiers:
            key = identifier.key
            id_ = self._ids.get(key) or self._id(key)
            named.append((seq, id_, key, moment, by_namespace))
            if owner is None:
                owner, by_namespace = id_, identifier.namespace
            elif message.contradiction is not None:
                self._rows["met"].append((seq, owner, id_))
        return owner

    def _add_device(self, seq: int, message: Message) -> None:
        facts = message.device
        if facts is None or not message.device_identifiers:
            return
        device, *_ = on = [self._ids[key] for key in message.device_identifiers]
        said = (getattr(facts, name) for name in _FACTS)
        self._rows["devices"].append((seq, device, message.at, *said))
        self._rows["on_device"] += [(seq, device, id_) for id_ in on]

    def tables(self) -> dict[str, pa.Table]:
        """Everything but the events, by its table in `TABLES`."""
        return {
            name: pa.table(
                [
                    pa.array(column, field.type)
                    for column, field in zip(zip(*found, strict=True), schema, strict=True)
                ]
                if found
                else [pa.array([], field.type) for field in schema],
                schema=schema,
            )
            for name, found in self._rows.items()
            for schema in (TABLES[name],)
        }

    def events(self) -> list[pa.Table]:
        """The Event nodes, in as few tables as their types allow."""
        return event_tables(self._events)

    def _id(self, key: str) -> int:
        digest = blake2b(key.encode(), digest_size=8, key=self._salt).digest()
        id_ = self._ids[key] = int.from_bytes(digest, "big") >> 1
        return id_
