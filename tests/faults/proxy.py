"""A TCP proxy that cuts connections when it is told to, or when it sees certain bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Proxy:
    """Passes on what comes. `port` is its own; `to` is where the real one listens."""

    to: int
    port: int = 0
    cut_after: bytes | None = None
    """Cut once a request holds these bytes: it is passed on, and its answer is not."""
    cuts_left: int = 0
    cut: int = 0
    """How often it was cut so."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def drop_all(self) -> None:
        """Cut every connection now."""
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(
        self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter
    ) -> None:
        """One connection."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            client_writer.transport.abort()
            return
        mine = {client_writer, writer}
        self._open |= mine
        cutting = asyncio.Event()
        there = asyncio.create_task(self._requests(client_reader, writer, cutting))
        back = asyncio.create_task(self._answers(reader, client_writer, cutting))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            self._open -= mine
            client_writer.transport.abort()
            writer.close()

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cutting: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self.cuts_left and self.cut_after is not None and self.cut_after in data:
                    self.cuts_left -= 1
                    cutting.set()
                writer.write(data)
                await writer.drain()

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cutting: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if cutting.is_set():  # It was done, and nobody hears of it.
                    self.cut += 1
                    return
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def proxy(to: int) -> AsyncIterator[Proxy]:
    """Have one while the block runs."""
    there = Proxy(to)
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        there.drop_all()
