"""Messages that arrive at once share a commit.

While commits are on their way, what arrives waits, and all of it is the next one. So a message
alone is written at once, and a flood at the pace of the database, which is best with large commits.
Two commits may be on their way, so that one is prepared while the other is written; never with an
identifier in common, because then the second would only wait for the first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from opentelemetry.context import Context, get_current

from service import metrics
from service.errors import BusyError, UnavailableError
from service.identity.rules import Rules
from service.ingest.bounds import MAX_MESSAGES, Room
from service.ingest.poison import Written, record_each
from service.ingest.rows import Received
from service.store.graph import Graph
from service.tracing import commit_span

# Down to how many it is halved after failures: after an outage a flood should not begin one by one.
LEAST_AT_ONCE = 50
# Beyond this the sender is told to come back: memory is bounded, and nobody waits for ever.
MAX_WAITING = 20_000
WRITERS = 2
# How long a sender waits, and how long a commit may take before its connection is given up.
_ANSWER_SECONDS = 20.0
_COMMIT_SECONDS = 60.0


@dataclass(slots=True)
class _Request:
    """What one sender waits for: done when none of its messages is left."""

    left: int
    done: asyncio.Future[Written]
    context: Context = field(default_factory=get_current)
    """The trace that it is part of."""
    written: Written = field(default_factory=Written)

    def add(self, received: Received, written: Written) -> None:
        """Count one of its messages, whose commit this was."""
        message_id = received.message.message_id
        self.written.new.update({message_id} & written.new)
        if message_id in written.refused:
            self.written.refused[message_id] = written.refused[message_id]
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(self.written)


class GroupCommit:
    """Writes the messages of this process."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self._graph = graph
        self._rules = rules
        self._waiting: deque[tuple[Received, _Request]] = deque()
        self._writers: set[asyncio.Task[None]] = set()
        self._held: set[str] = set()
        """What the commits that are on their way hold under lock, by key."""
        # Two that decide about neighbours can each want what the other has; then Neo4j ends one of
        # them. Lest that one is ended again and again, no other begins until it is through.
        self._alone = asyncio.Lock()
        # After a failure half as many, and twice as many after a success: if it was the commit that
        # was too much for the database, what is sent again must not be as much once more.
        self._at_most = MAX_MESSAGES

    async def write(self, messages: Sequence[Received]) -> Written:
        """Have messages committed, with whatever else arrives at the same time.

        Raises:
            BusyError: too many are waiting; none of these was taken.
            UnavailableError: the database is away or does not answer. Some may be committed all
                the same, which does no harm when they are sent again.
        """
        if not messages:
            return Written()
        if len(self._waiting) + len(messages) > max(MAX_WAITING, len(messages)):
            raise BusyError("too many messages at once; send them again later")
        request = _Request(len(messages), asyncio.get_running_loop().create_future())
        self._waiting.extend((one, request) for one in messages)
        metrics.WAITING.inc(len(messages))
        if len(self._writers) < WRITERS:
            self._writers.add(asyncio.create_task(self._write_waiting()))
        try:
            return await asyncio.wait_for(request.done, _ANSWER_SECONDS)
        except TimeoutError:
            raise UnavailableError("the database does not answer; send it again later") from None

    async def _write_waiting(self) -> None:
        try:
            while group := await self._next_turn():
                held = {key for received, _ in group for key in _locked_by(received)}
                self._held |= held
                metrics.COMMITS.observe(len(group))
                try:
                    await self._write(group)
                finally:
                    metrics.WAITING.dec(len(group))
                    self._held -= held
        finally:
            # At once, and not when the task is told of: a message that comes between the two would
            # wait for a writer that is none any more.
            self._writers.remove(asyncio.current_task())  # type: ignore[arg-type]

    async def _next_turn(self) -> list[tuple[Received, _Request]]:
        async with self._alone:
            return self._next_group()

    def _next_group(self) -> list[tuple[Received, _Request]]:
        """As many of those that wait and whom no commit holds, in order, as one commit bears."""
        room = Room(self._at_most)
        group: list[tuple[Received, _Request]] = []
        later: list[tuple[Received, _Request]] = []
        # Not all of a flood about one identifier is looked through each time.
        while self._waiting and len(later) < MAX_MESSAGES:
            received, request = self._waiting[0]
            if request.done.done():  # Its sender was told already that it failed.
                metrics.WAITING.dec()
            elif not self._held.isdisjoint(_locked_by(received)):
                later.append((received, request))
            elif room.take(received.message):
                group.append((received, request))
            else:
                break
            self._waiting.popleft()
        self._waiting.extendleft(reversed(later))
        return group

    async def _write(self, group: list[tuple[Received, _Request]]) -> None:
        try:
            senders = (request.context for _, request in group)
            with commit_span(senders, len(group)):
                async with asyncio.timeout(_COMMIT_SECONDS):
                    written = await record_each(
                        self._graph,
                        self._rules,
                        [received for received, _ in group],
                        self._alone,
                    )
        except TimeoutError:
            self._fail(group, UnavailableError("the database does not answer; send it again later"))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the senders' to hear)
            self._fail(group, error)
        else:
            self._at_most = min(2 * self._at_most, MAX_MESSAGES)
            for received, request in group:
                request.add(received, written)

    def _fail(self, group: list[tuple[Received, _Request]], error: Exception) -> None:
        self._at_most = max(len(group) // 2, LEAST_AT_ONCE)
        for _, request in group:
            if not request.done.done():
                request.done.set_exception(error)


def _locked_by(received: Received) -> Iterator[str]:
    message = received.message
    for identifier in message.identifiers:
        yield identifier.key
    for account in message.accounts:
        yield account.key
