"""What is written: the demo's first messages, as requests for the service and as plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from service.demo.generate import generate
from service.demo.truth import SOURCES, DemoMessage
from service.errors import SettingsError
from service.identity.rules import Rules
from service.ingest import rows
from service.ingest.message import Message, parse_message
from service.ingest.rows import Received

_CHANNELS = {source.id: source.channel for source in SOURCES}
_TIMES = ("at", "received_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of one source, and the body of the request that brings them."""

    source: str
    messages: tuple[DemoMessage, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Workload:
    """The same events twice: `batches` for the service, `plain` for the plainest Cypher."""

    size: int
    batches: tuple[Batch, ...]
    plain: tuple[dict[str, Any], ...]

    def again(self, number: int | str) -> Workload:
        """The same people do the same things once more: only the message ids are others."""

        def renewed(message: DemoMessage) -> DemoMessage:
            body = message.body | {"messageId": f"{message.body['messageId']}-{number}"}
            return replace(message, body=body)

        return Workload(
            self.size,
            tuple(_batch([renewed(one) for one in batch.messages]) for batch in self.batches),
            tuple(
                {
                    **row,
                    "properties": {
                        **row["properties"],
                        "message_id": f"{row['properties']['message_id']}-{number}",
                    },
                }
                for row in self.plain
            ),
        )


def make_workload(size: int, batch_size: int, rules: Rules) -> Workload:
    """Take the first messages that name somebody, each once: the others plain Cypher cannot write.

    Raises:
        SettingsError: the demo has fewer.
    """
    chosen: dict[str, tuple[DemoMessage, Message]] = {}
    now = datetime.now(UTC)
    for sent in generate().messages:
        message = parse_message(sent.body, now, rules, new_id="")
        if message.identifiers:
            chosen.setdefault(message.message_id, (sent, message))
        if len(chosen) == size:
            break
    else:
        raise SettingsError(f"the demo has {len(chosen)} messages that name somebody; ask for less")
    return Workload(
        size,
        batches=tuple(in_batches([sent for sent, _ in chosen.values()], batch_size)),
        plain=_plain(chosen.values()),
    )


def received(batch: Batch, rules: Rules) -> list[Received]:
    """What the service makes of a request's messages."""
    now = datetime.now(UTC)
    return [
        Received(
            parse_message(sent.body, now, rules, new_id=""), batch.source, _CHANNELS[batch.source]
        )
        for sent in batch.messages
    ]


def in_batches(messages: Sequence[DemoMessage], batch_size: int) -> Iterator[Batch]:
    """Messages in requests, each of one source, in about the order given."""
    pending: dict[str, list[DemoMessage]] = {}
    for message in messages:
        batch = pending.setdefault(message.source, [])
        batch.append(message)
        if len(batch) == batch_size:
            yield _batch(pending.pop(message.source))
    yield from map(_batch, pending.values())


def _batch(messages: Sequence[DemoMessage]) -> Batch:
    body = orjson.dumps({"batch": [message.body for message in messages]})
    return Batch(messages[0].source, tuple(messages), body)


def _plain(chosen: Iterable[tuple[DemoMessage, Message]]) -> tuple[dict[str, Any], ...]:
    """Each event with the properties that the service gives it, by its owner's key."""
    plain = []
    for sent, message in chosen:
        event = rows.event(Received(message, sent.source, _CHANNELS[sent.source]))
        node, times = event["node"], {name: event[name] for name in _TIMES}
        plain.append({"key": node["by"], "properties": node, **times})
    return tuple(sorted(plain, key=lambda row: (row["key"], row["properties"]["message_id"])))
