"""From messages to columns: what each says, in rows that can be added up. Pure.

Nothing is added up here, since a message may turn out to have been there before. An identifier, a
device (which goes by its strongest identifier) and an account go by a number: 63 bits of a hash of
the key. That no two have the same is made sure of when they are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.events import Event, Shape, event_tables
from service.bulk.values import as_text
from service.ingest import rows
from service.ingest.device import DeviceFacts
from service.ingest.message import Message
from service.ingest.rows import Received

SEQUENCE_BITS = 24
"""A message's number is that of its piece, and in these bits its place in the piece."""

_WORD = pa.dictionary(pa.int32(), pa.string())
_FACTS = tuple(DeviceFacts.__slots__)

# Rows by what they say. `seq` is the number of the message that says it; a column `moment` with its
# time is added to each.
TABLES: Mapping[str, pa.Schema] = {
    name: pa.schema([("seq", pa.int64()), *columns])
    for name, columns in {
        "messages": [("message_id", pa.string())],
        "named": [
            *(("id", pa.int64()), ("key", _WORD)),
            # Of the strongest identifier of the message, which is not named but owns it: null.
            ("by_namespace", _WORD),
        ],
        "met": [("owner", pa.int64()), ("id", pa.int64())],
        "pairs": [("a", pa.int64()), ("b", pa.int64()), ("kind", pa.int8())],
        "devices": [("id", pa.int64()), *((fact, _WORD) for fact in _FACTS)],
        "on_device": [("device", pa.int64()), ("id", pa.int64())],
        "members": [
            *(("account", pa.int64()), ("kind", _WORD), ("account_id", _WORD)),
            ("member", pa.int64()),
        ],
        "traits": [
            *(("holder", pa.int64()), ("of_account", pa.bool_()), ("name", _WORD)),
            *(("type", _WORD), ("value", _WORD)),
        ],
        "consents": [("holder", pa.int64()), ("said", _WORD)],
    }.items()
}


class Columns:
    """What the messages of one piece say."""

    def __init__(self, first: int, salt: bytes) -> None:
        self._first = first
        self._salt = salt
        self._moments: list[datetime] = []
        self._ids: dict[str, int] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self._events: dict[Shape, list[Event]] = {}

    def add(self, received: Received) -> None:
        """Take in one message."""
        message = received.message
        seq = self._first + len(self._moments)
        self._moments.append(message.at)
        rows_of, ids = self._rows, self._ids
        node = rows.event_node(received)
        values = tuple(node.values())
        shape = tuple(node), tuple(map(type, values))
        event = Event(seq, message.at, message.received_at, values)
        self._events.setdefault(shape, []).append(event)
        rows_of["messages"].append((seq, message.message_id))
        owner = self._add_named(seq, message)
        for (one, other), kind in message.evidence():
            rows_of["pairs"].append((seq, ids[one], ids[other], int(kind)))
        self._add_device(seq, message)
        for account in message.accounts:
            id_ = ids.get(account.key) or self._id(account.key)
            rows_of["members"].append((seq, id_, account.kind, account.id, owner))
            for name, value in message.group_traits.items():
                rows_of["traits"].append((seq, id_, True, name, *as_text(name, value)))
        if owner is None:
            return
        for name, value in message.traits.items():
            rows_of["traits"].append((seq, owner, False, name, *as_text(name, value)))
        if message.consents:
            said = [*message.consents.items()], message.legal_basis
            rows_of["consents"].append((seq, owner, orjson.dumps(said).decode()))

    def _add_named(self, seq: int, message: Message) -> int | None:
        """Whom a message names; gives the number of its strongest identifier."""
        named = self._rows["named"]
        owner = by_namespace = None
        for identifier in message.identifiers:
            key = identifier.key
            id_ = self._ids.get(key) or self._id(key)
            named.append((seq, id_, key, by_namespace))
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
        self._rows["devices"].append((seq, device, *_known(facts)))
        self._rows["on_device"] += [(seq, device, id_) for id_ in on]

    def tables(self) -> dict[str, pa.Table]:
        """Everything but the events, by its table in `TABLES`."""
        moments = pa.array(self._moments, pa.timestamp("us", "UTC"))
        return {
            name: self._table(found, TABLES[name], moments) for name, found in self._rows.items()
        }

    def _table(
        self, found: list[tuple[Any, ...]], schema: pa.Schema, moments: pa.Array
    ) -> pa.Table:
        columns = list(zip(*found, strict=True)) or [()] * len(schema)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)
        ]
        moment = moments.take(pc.subtract(arrays[0], self._first))
        return pa.table([*arrays, moment], [*schema.names, "moment"])

    def events(self) -> list[pa.Table]:
        """The Event nodes, in as few tables as their types allow."""
        return event_tables(self._events)

    def _id(self, key: str) -> int:
        digest = blake2b(key.encode(), digest_size=8, key=self._salt).digest()
        id_ = self._ids[key] = int.from_bytes(digest, "big") >> 1
        return id_


@lru_cache(maxsize=8_192)
def _known(facts: DeviceFacts) -> tuple[str | None, ...]:
    return tuple(getattr(facts, name) for name in _FACTS)
