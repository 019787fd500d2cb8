"""Many messages divided into batches that the service takes. Pure.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#batch
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.client.errors import ClientError, InvalidError, TooLargeError
from service.client.messages import Message, encode, ready
from service.client.results import RefusedMessage
from service.ingest.wire import MAX_BATCH_BYTES, MAX_MESSAGE_BYTES

_BEGINS, _ENDS, _BETWEEN = b'{"batch":[', b"]}", b","
_MOST_MESSAGES = 2_000  # What the service commits at once: more make nothing faster.


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent at once, each message with its place among all, and what never can be."""

    messages: tuple[tuple[int, Message], ...]
    encoded: tuple[bytes, ...]
    refused: tuple[RefusedMessage, ...] = ()

    def body(self) -> bytes:
        """The body of the request."""
        return _BEGINS + _BETWEEN.join(self.encoded) + _ENDS


def divide(
    messages: Iterable[Mapping[str, object] | RefusedMessage],
    now: datetime,
    *,
    most_bytes: int = MAX_BATCH_BYTES,
    most_messages: int = _MOST_MESSAGES,
) -> Iterator[Batch]:
    """Batches within the limits, in order, as few as there can be in that order.

    It takes no more from `messages` than the next batch needs. A message that is too large or
    cannot be written is among the batch's refused, at its place, and so is what was refused before.
    """
    taken: list[tuple[int, Message]] = []
    encoded: list[bytes] = []
    refused: list[RefusedMessage] = []
    frame = size = len(_BEGINS) + len(_ENDS)
    for index, message in enumerate(messages):
        whole = _written(index, message, now)
        if isinstance(whole, RefusedMessage):
            refused.append(whole)
            continue
        told, raw = whole
        added = len(raw) + (len(_BETWEEN) if encoded else 0)
        if encoded and (size + added > most_bytes or len(encoded) == most_messages):
            yield Batch(tuple(taken), tuple(encoded), tuple(refused))
            taken, encoded, refused = [], [], []
            size, added = frame, len(raw)
        taken.append((index, told))
        encoded.append(raw)
        size += added
    if encoded or refused:
        yield Batch(tuple(taken), tuple(encoded), tuple(refused))


def write_one(message: Mapping[str, object], now: datetime) -> tuple[Message, bytes]:
    """A message with its id and time, and as JSON.

    Raises:
        InvalidError: it is not a message, or holds what JSON cannot say.
        TooLargeError: it is over the limit.
    """
    if not isinstance(message, Mapping):
        raise InvalidError("a message is a JSON object", code="invalid_message")
    whole = ready(message, now)
    raw = encode(whole)
    if len(raw) > MAX_MESSAGE_BYTES:
        raise TooLargeError(f"the message is over {MAX_MESSAGE_BYTES // 1024} KiB")
    return whole, raw


def _written(
    index: int, message: Mapping[str, object] | RefusedMessage, now: datetime
) -> tuple[Message, bytes] | RefusedMessage:
    if isinstance(message, RefusedMessage):
        return message
    try:
        return write_one(message, now)
    except ClientError as error:
        id_ = message.get("messageId") if isinstance(message, Mapping) else None
        return RefusedMessage(
            index, id_ if isinstance(id_, str) else None, error.code, error.message, error.field
        )
