"""More processes that serve on the same port: Python keeps one core busy, and no more.

`python -m service.workers FD` is one of them, on the socket that it inherits.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from rich.console import Console

from service.api.app import build_app
from service.children import begun, left_alone
from service.connection import Connection, find_connection
from service.identity.rules import load_rules
from service.log import configure_log
from service.serving import collect_less_often, serving, until_stopped
from service.settings import Settings, load_settings
from service.store.graph import connect
from service.tracing import exporting

_log = structlog.get_logger()

_PAUSE = 1.0  # seconds before one that ended is started again


@asynccontextmanager
async def workers(count: int, found: Connection, listening: socket.socket) -> AsyncIterator[None]:
    """Have so many further processes serve while the block runs. One that ends is started again."""
    tasks = [asyncio.create_task(_keep_one(found, listening)) for _ in range(count)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_one(found: Connection, listening: socket.socket) -> None:
    fd = listening.fileno()
    while True:
        async with begun("service.workers", found, str(fd), pass_fds=(fd,)) as process:
            status = await process.wait()
        _log.error("worker_ended", status=status, what_now="It is started again.")
        await asyncio.sleep(_PAUSE)


async def _work(settings: Settings, listening: socket.socket) -> None:
    rules, found = load_rules(settings.rules), find_connection(settings)
    async with connect(
        found.neo4j_uri, found.neo4j_user, found.neo4j_password, settings.neo4j_database
    ) as graph:
        collect_less_often()
        async with serving(build_app(graph, rules, settings), listening):
            await left_alone()


def main() -> None:
    """Serve until told to stop, or until whoever started this is gone."""
    settings = load_settings()
    configure_log(settings.log_format)
    quiet = Console(quiet=True)
    with exporting(), socket.socket(fileno=int(sys.argv[1])) as listening:
        asyncio.run(until_stopped(_work(settings, listening), quiet))


if __name__ == "__main__":
    main()
