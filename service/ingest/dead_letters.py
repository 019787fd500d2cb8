"""Messages that passed every check and could not be written: kept, listed and replayed.

They are in the graph, so that every process sees them and a message is in one place or the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog

from service.errors import InvalidMessageError, NotFoundError, UnavailableError
from service.identity.rules import Rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph
from service.store.procedures import NoRow, procedure

_log = structlog.get_logger()

_PAGE = 500
_MAX_ERROR = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that could not be written. `sent` is it in JSON; `error` the latest one."""

    message_id: str
    source: str
    channel: str | None
    sent: str
    error: str
    received_at: datetime
    first_at: datetime
    last_at: datetime
    attempts: int

    def shown(self) -> dict[str, Any]:
        """All of it, the message as an object and not as text."""
        return {**asdict(self), "sent": orjson.loads(self.sent)}


_ADD = procedure("dead_letter_add", NoRow)
_FIND = procedure("dead_letter_find", DeadLetter)
_LIST = procedure("dead_letters", DeadLetter)
_REMOVE = procedure("dead_letter_remove", NoRow)


async def bury(graph: Graph, received: Received, error: Exception) -> str:
    """Keep a message that cannot be written, and give its error in words.

    Raises:
        UnavailableError: neither can it be kept: the message is not at fault, the database is.
    """
    message = received.message
    text = f"{type(error).__name__}: {error}"[:_MAX_ERROR]
    # Its id is in the log and its error is not: that may quote what the message says.
    _log.error("dead_letter", message_id=message.message_id, kind=type(error).__name__)
    try:
        await graph.write(
            _ADD,
            message_id=message.message_id,
            source=received.source,
            channel=received.channel,
            type=message.type,
            sent=orjson.dumps(dict(received.sent)).decode(),
            received_at=message.received_at,
            error=text,
        )
    except UnavailableError:
        raise
    except Exception as other:
        raise UnavailableError("the database writes nothing now; send it again later") from other
    return text


async def dead_letters(graph: Graph) -> AsyncIterator[DeadLetter]:
    """All of them, by message id."""
    after = ""
    while page := await graph.read(_LIST, after=after, size=_PAGE):
        for letter in page:
            yield letter
        after = page[-1].message_id


async def find_dead_letter(graph: Graph, message_id: str) -> DeadLetter:
    """One of them.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = await graph.read(_FIND, message_id=message_id)
    if not found:
        raise NotFoundError(f"no dead letter has the message id {message_id}")
    return found[0]


async def replay(graph: Graph, rules: Rules, letter: DeadLetter) -> str | None:
    """Try once more to write a message, by today's rules; it leaves the dead letters if that works.

    Returns:
        What keeps it there, or None.

    Raises:
        UnavailableError: the database is away; the message stays where it is.
    """
    sent = orjson.loads(letter.sent)
    try:
        message = parse_message(sent, letter.received_at, rules, new_id=letter.message_id)
    except InvalidMessageError as error:
        return str(error)
    received = Received(message, letter.source, letter.channel, sent)
    try:
        await record(graph, rules, [received])
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  (as when it was sent first)
        return await bury(graph, received, error)
    await graph.write(_REMOVE, message_id=letter.message_id)
    return None
