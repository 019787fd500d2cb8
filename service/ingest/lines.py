"""The lines of a stream, none of which can fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from service.ingest.wire import MAX_BATCH_BYTES

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line. Of one that is over `MAX_BATCH_BYTES`, `text` is its head, which is over it too."""

    number: int
    text: bytes
    end: int
    """Where the next line begins, in bytes."""


def read_lines(stream: BinaryIO, number: int = 0, end: int = 0) -> Iterator[Line]:
    """The lines after line `number`, which ends where the stream stands; empty ones, too."""
    while text := stream.readline(MAX_BATCH_BYTES + 1):
        number += 1
        end += len(text)
        rest = text
        while len(rest) > MAX_BATCH_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_BATCH_BYTES + 1)
            end += len(rest)
        if number == 1:
            text = text.removeprefix(_BYTE_ORDER_MARK)
        yield Line(number, text, end)
