"""A server that ends by itself is started again, on the same ports, so that drivers find it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Never

import psutil
import structlog
from rich.console import Console

from service.embedded.home import NEEDED_ROOM, Home, Server
from service.embedded.installation import Installation
from service.embedded.process import end, ended
from service.embedded.readiness import died, is_broken
from service.embedded.server import launch
from service.errors import EmbeddedError
from service.settings import Settings

_log = structlog.get_logger()

# A server fails at once if it does not come to answer, or ends sooner than this after it did. After
# so many failures at once, one after the other, it is given up.
STEADY_SECONDS = 5.0
FAILURES = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# How often it is asked whether it still takes transactions, and whether there is room again.
ASKING_SECONDS = 5.0


async def keep_running(
    server: Server, settings: Settings, installation: Installation, console: Console
) -> Never:
    """Start the server of an owned home again whenever it ends or is broken, until cancelled.

    Raises:
        EmbeddedError: it fails again and again, at once; says why.
    """
    home = Home.of(settings)
    note = home.read_note()
    if note is None:
        raise died(home)
    # Ports that were chosen freely are kept, too.
    ports = {"neo4j_bolt_port": note.bolt_port, "neo4j_http_port": note.http_port}
    settings = settings.model_copy(update=ports)
    failures = 0
    while True:
        answered = time.monotonic()
        problem = await _failure(server, home)
        if time.monotonic() - answered >= STEADY_SECONDS:
            failures = 0
        while True:
            failures += 1
            if failures >= FAILURES:
                raise problem
            _say(problem, "It is started again.", console)
            await _wait_for_room(home, console)
            await asyncio.sleep(min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE))
            try:
                _, server = await launch(
                    settings, installation, home, console, detached=note.detached
                )
                break
            except EmbeddedError as error:
                problem = error
        _log.info("neo4j_runs_again", pid=server.pid)
        console.print("Neo4j runs again.", markup=False)


async def _failure(server: Server, home: Home) -> EmbeddedError:
    """Wait until the server has ended, and say why. A broken one is ended here."""
    try:
        process = psutil.Process(server.pid)
    except psutil.NoSuchProcess:
        return died(home)
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(ASKING_SECONDS):
                return died(home, await ended(process))
        if await is_broken(server):
            await end(process)
            return EmbeddedError(
                "Neo4j took no transactions any more, as when its disk is full. "
                f"More is in {home.logs}."
            )


async def _wait_for_room(home: Home, console: Console) -> None:
    """Without room no server can be started; with it, nobody needs to come and start one."""
    if home.room >= NEEDED_ROOM:
        return
    problem = EmbeddedError(
        f"The disk of {home.folder} has {home.room / 1e6:.0f} MB left, and a graph needs "
        f"{NEEDED_ROOM / 1e6:.0f}."
    )
    _say(problem, "Make room: then Neo4j is started again.", console)
    while home.room < NEEDED_ROOM:
        await asyncio.sleep(ASKING_SECONDS)


def _say(problem: EmbeddedError, what_now: str, console: Console) -> None:
    _log.error("neo4j_failed", problem=str(problem), what_now=what_now)
    console.print(f"{problem} {what_now}", markup=False, soft_wrap=True)
