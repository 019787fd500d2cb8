"""How much one commit bears, whoever brings its messages."""

from __future__ import annotations

from service.ingest.message import Message

MAX_MESSAGES = 2_000
# How many pairs of identifiers one commit may be evidence for. An ordinary message has three; one
# that is full of identifiers has thousands, and a million is more than a small database bears.
MAX_PAIRS = 10_000


class Room:
    """The room that is left in one commit. It always has some for a first message."""

    def __init__(self, messages: int = MAX_MESSAGES) -> None:
        self._at_most = messages
        self._messages = 0
        self._pairs = 0

    def take(self, message: Message) -> bool:
        """Make a message part of the commit, unless it has no room for it."""
        pairs = self._pairs + len(message.links)
        if self._messages and (self._messages >= self._at_most or pairs > MAX_PAIRS):
            return False
        self._messages += 1
        self._pairs = pairs
        return True
