"""One message that cannot be written holds up none of its neighbours.

A message can pass every check and still be refused by the database: by a constraint that somebody
added, say. Then the commit is halved until the culprit is alone; it goes to the dead letters.
A commit that the database has too little memory for is halved too, and nobody is to blame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.errors import TooLittleMemoryError, UnavailableError
from service.identity.rules import Rules
from service.ingest.dead_letters import bury
from service.ingest.record import Alone, record
from service.ingest.rows import Received
from service.store.graph import Graph


@dataclass(slots=True)
class Written:
    """What came of messages, each by its id; those that are neither had been written before."""

    new: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """The dead letters, each with the error that the database gave."""


async def record_each(
    graph: Graph, rules: Rules, batch: Sequence[Received], alone: Alone | None = None
) -> Written:
    """Record messages in one commit; or, if that cannot be, each as best it can.

    `alone` is what a commit holds that has to be tried again.

    Raises:
        UnavailableError: the database is away, or writes nothing at all. What was committed stays.
    """
    written = Written()
    waiting = [list(batch)]
    while waiting:
        part = waiting.pop()
        try:
            written.new |= await record(graph, rules, part, alone)
        except TooLittleMemoryError:
            if len(part) == 1:
                raise
            waiting += _halves(part)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001  (what it may be nobody foresaw)
            if len(part) > 1:
                waiting += _halves(part)
                continue
            [culprit] = part
            written.refused[culprit.message.message_id] = await bury(graph, culprit, error)
    return written


def _halves(part: list[Received]) -> list[list[Received]]:
    """The first half last: that is where the next part is taken from."""
    half = len(part) // 2
    return [part[half:], part[:half]]
