"""From the bytes of a request to JSON, whatever the content type says, within a bounded size."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from fastapi import Request

from service.errors import BusyError, InvalidMessageError, TooLargeError
from service.ingest.wire import parse_json

# Bytes of requests in memory at once. As objects they take some ten times as much.
MAX_INFLOW = 32 * 1024 * 1024
_GZIP = b"\x1f\x8b"


class Inflow:
    """The bytes of all requests that are being read, or that wait for their commit."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._taken = 0

    @contextmanager
    def taking(self) -> Iterator[Callable[[int], None]]:
        """Give a function by which a request takes bytes, which it has until the block is left.

        That function raises BusyError when there are too many.
        """
        own = 0

        def take(size: int) -> None:
            nonlocal own
            if self._taken + size > self._at_most:
                raise BusyError("too much at once; send it again later")
            own += size
            self._taken += size

        try:
            yield take
        finally:
            self._taken -= own


async def read_json(
    request: Request, limit: int, take: Callable[[int], None] = lambda _size: None
) -> tuple[Any, int]:
    """The body as JSON, and how many bytes it has when unpacked.

    SDKs send gzip under any content type, and text/plain from browsers; so the bytes decide. `take`
    is told of all that comes to be in memory.

    Raises:
        BusyError: there is no room for it in memory.
        TooLargeError: more than `limit` bytes, packed or unpacked.
        InvalidMessageError: it is not gzip, UTF-8 or JSON after all.
    """
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise _too_large(limit)
        take(len(chunk))
    raw = bytes(received)
    if raw.startswith(_GZIP):
        raw = _unpack(raw, limit)
        take(len(raw))
    try:
        return parse_json(raw), len(raw)
    except orjson.JSONDecodeError as error:
        try:
            raw.decode()
        except UnicodeDecodeError:
            raise InvalidMessageError("", "the body is not UTF-8; send JSON in UTF-8") from None
        raise InvalidMessageError("", f"the body is not JSON: {error}") from None


def _unpack(packed: bytes, limit: int) -> bytes:
    """Stop as soon as it is too much: a small body can hold gigabytes."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        raw = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise InvalidMessageError("", "the body begins like gzip and is not") from None
    if len(raw) > limit or unpacker.unconsumed_tail:
        raise _too_large(limit)
    if not unpacker.eof:
        raise InvalidMessageError("", "the gzip body ends too early; send it again")
    return raw


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the body is over {limit // 1024} KiB unpacked; send less at once")
