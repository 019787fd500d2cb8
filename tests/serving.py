"""The service on a port of this machine, which can go away and come back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import connect


class _Server(uvicorn.Server):
    """Signals are the test runner's."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()


class Port:
    """A free port of this machine. Until something serves there, connections are refused."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.number: int = found.getsockname()[1]

    @property
    def url(self) -> str:
        """Where SDKs reach it."""
        return f"http://127.0.0.1:{self.number}"

    @asynccontextmanager
    async def serving(self, app: ASGIApp) -> AsyncIterator[str]:
        """Serve there, then let go of the port."""
        # As the service listens: else each answer waits 40 ms for its last piece to be asked for.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.number))
        server = _Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        try:
            yield self.url
        finally:
            server.should_exit = True
            await task
            listening.close()


@asynccontextmanager
async def without_database(rules: Rules) -> AsyncIterator[FastAPI]:
    """The service, whose database does not listen: what needs it is answered with 503."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{nobody.getsockname()[1]}"
        async with connect(uri, "neo4j", "secret-password", "neo4j") as graph:
            yield build_app(graph, rules, Settings())
