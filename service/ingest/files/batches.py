"""From rows to commits: each message checked as at the front door. Pure, but for reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from service.errors import ImportFileError, InvalidMessageError, KnoopError, TooLargeError
from service.identity.rules import Rules
from service.ingest.bounds import MAX_MESSAGES, Room
from service.ingest.files.json_lines import as_text
from service.ingest.files.mapping import ColumnMapping
from service.ingest.files.message_ids import content_id, key_id
from service.ingest.files.rejects import Reject
from service.ingest.files.table import Position, Row
from service.ingest.message import parse_message
from service.ingest.rows import Received
from service.ingest.times import arrived_at
from service.ingest.wire import check_size


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose messages these are, and by which rules and mapping they are read."""

    source: str
    channel: str | None
    rules: Rules
    mapping: ColumnMapping | None
    began_at: datetime


@dataclass(slots=True)
class Batch:
    """What one commit takes, and how far the file is read with it."""

    after: Position
    messages: list[Received] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rows: int = 0
    last_line: int = 0
    bytes_read: int = 0

    def add(self, row: Row, result: Received | Reject) -> None:
        """Count a row, which is a message or is not."""
        if isinstance(result, Reject):
            self.rejects.append(result)
        else:
            self.messages.append(result)
        self.rows += 1
        self.last_line = row.number
        self.after = row.after


def batches(
    rows: Iterable[Row],
    sender: Sender,
    start: Position,
    bytes_read: Callable[[], int],
    most: int = MAX_MESSAGES,
) -> Iterator[Batch]:
    """What is to be committed, one commit after the other, each of `most` rows.

    Raises:
        ImportFileError: the file cannot be read on; everything before was given.
    """
    batch, room = Batch(start), Room()
    damage = None
    read = iter(rows)
    while True:
        try:
            row = next(read, None)
        except ImportFileError as error:
            damage, row = error, None
        if row is None:
            break
        result = taken(row, sender)
        full = isinstance(result, Received) and not room.take(result.message)
        if full or batch.rows == most:
            batch.bytes_read = bytes_read()
            yield batch
            batch, room = Batch(batch.after), Room()
            if isinstance(result, Received):
                room.take(result.message)
        batch.add(row, result)
    if batch.rows:
        batch.bytes_read = bytes_read()
        yield batch
    if damage is not None:
        raise damage


def taken(row: Row, sender: Sender) -> Received | Reject:
    """What a row is: a message that the front door would take, or not."""
    if row.problem is not None or row.values is None:
        return reject(row, row.problem)
    try:
        return _received(row, row.values, sender)
    except (InvalidMessageError, TooLargeError) as error:
        return reject(row, error)


def reject(row: Row, problem: KnoopError | None) -> Reject:
    """A row that is not taken, as it is kept."""
    shown = as_text(row.told) if isinstance(row.told, bytes) else row.told
    return Reject(row.number, str(problem), shown)


def _received(row: Row, values: Mapping[str, Any], sender: Sender) -> Received:
    mapping = sender.mapping
    body = dict(values) if mapping is None else mapping.message(values)
    check_size(body)
    # In the order of the rows, after all that says when it was.
    latest = sender.began_at + timedelta(microseconds=row.number)
    message = parse_message(
        body, arrived_at(body, latest), sender.rules, new_id=_new_id(row, values, body, sender)
    )
    sent = {**body, "messageId": message.message_id}
    return Received(message, sender.source, sender.channel, sent)


def _new_id(row: Row, values: Mapping[str, Any], body: Mapping[str, Any], sender: Sender) -> str:
    if body.get("messageId"):
        return ""
    mapping = sender.mapping
    key = None if mapping is None else mapping.key_of(values)
    number = row.after.rows if mapping is not None and mapping.count_rows else None
    try:
        if key is None:
            return content_id(sender.source, body, number)
        return key_id(sender.source, body, key, number)
    except orjson.JSONEncodeError:  # Nested too deep, which parse_message will tell.
        return ""
