"""The plainest HTTP client: one request after the other on one connection that stays open.

A client shares the machine with what it measures, and Python's own take as long as a fast server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from bench.scratch import BenchmarkError

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_OK = b"HTTP/1.1 200 "
_MAX_ANSWER = 16 * 1024 * 1024


class Connection:
    """One that is open. Build it with `connection`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._head = head

    async def post(self, body: bytes) -> bytes:
        """Send JSON, and give what is answered.

        Raises:
            BenchmarkError: it is not answered with 200.
        """
        self._writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (self._head, len(body), body))
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        answer = await self._reader.readexactly(int(length[1])) if length else b""
        if length is None or not head.startswith(_OK):
            raise BenchmarkError(f"answered {head.decode()} {answer[:500].decode()}")
        return answer


@asynccontextmanager
async def connection(url: str, authorization: str = "") -> AsyncIterator[Connection]:
    """Have one to this URL while the block runs."""
    where = urlsplit(url)
    lines = [
        f"POST {where.path or '/'} HTTP/1.1",
        f"Host: {where.netloc}",
        "Content-Type: application/json",
        "Accept: application/json",
        *([f"Authorization: {authorization}"] if authorization else []),
    ]
    head = "".join(f"{line}\r\n" for line in lines).encode()
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=_MAX_ANSWER)
    try:
        yield Connection(reader, writer, head)
    finally:
        writer.close()
        await writer.wait_closed()
