"""A Neo4j of one's own: started, used, and stopped.

A server belongs to the process that started it and ends with it, unless it was started to stay.
One that a killed process left behind is stopped, and a new one started, with today's settings.
One that ends by itself is started again: `service/embedded/keeping.py`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
from rich.console import Console

from service.embedded.configuration import environment, password_command, server_command
from service.embedded.home import Home, Note, Server
from service.embedded.installation import Installation
from service.embedded.ports import choose_ports
from service.embedded.process import end, find, spawn
from service.embedded.progress import spinner
from service.embedded.readiness import telling_line, wait_until_ready
from service.errors import EmbeddedError
from service.settings import Settings


@asynccontextmanager
async def running_neo4j(
    settings: Settings, installation: Installation, *, console: Console | None = None
) -> AsyncIterator[Server]:
    """Have a server while the block runs; one that was started to stay is used, and stays.

    Raises:
        EmbeddedError: it cannot be started; says what to do.
    """
    console = console or Console(stderr=True)
    home = Home.of(settings)
    with home.owned():
        if server := await _staying(home):
            yield server
            return
        _, server = await launch(settings, installation, home, console, detached=False)
        try:
            yield server
        finally:
            # It need not be the one that was started here: see `keep_running`.
            if process := find(home.folder):
                with spinner(console, "Stopping Neo4j"):
                    await end(process)


async def start(
    settings: Settings, installation: Installation, *, console: Console | None = None
) -> Server:
    """Start a server that stays; if it runs already, that is all.

    Raises:
        EmbeddedError: it cannot be started; says what to do.
    """
    home = Home.of(settings)
    with home.owned():
        if server := await _staying(home):
            return server
        _, server = await launch(
            settings, installation, home, console or Console(stderr=True), detached=True
        )
        return server


async def stop(settings: Settings) -> bool:
    """Stop the server; False if none runs.

    Raises:
        EmbeddedError: another process uses it.
    """
    home = Home.of(settings)
    if find(home.folder) is None:
        return False
    with home.owned():
        process = find(home.folder)
        if process is None:
            return False
        await end(process)
        return True


def status(settings: Settings) -> Server | None:
    """Tell where the server is; None if none runs."""
    home = Home.of(settings)
    process, note = find(home.folder), home.read_note()
    return _server(home, note, process) if process and note else None


def _server(home: Home, note: Note, process: psutil.Process) -> Server:
    return Server(
        bolt_uri=note.ports.bolt_uri,
        browser_url=note.ports.browser_url,
        password=home.password(),
        pid=process.pid,
        log=home.log,
    )


async def _staying(home: Home) -> Server | None:
    """Find a server that was started to stay, and wait until it answers."""
    process, note = find(home.folder), home.read_note()
    if process is None or note is None or not note.detached:
        return None
    server = _server(home, note, process)
    await wait_until_ready(server, process, home)
    return server


@asynccontextmanager
async def launched(
    settings: Settings, installation: Installation, home: Home, console: Console
) -> AsyncIterator[Server]:
    """Have a server in a home that is owned while the block runs, and none afterwards.

    Raises:
        EmbeddedError: one runs that was started to stay, or none can be started.
    """
    note = home.read_note()
    if find(home.folder) and note and note.detached:
        raise EmbeddedError("Neo4j runs here, and must not now: stop it with `knoop neo4j stop`.")
    _, server = await launch(settings, installation, home, console, detached=False)
    try:
        yield server
    finally:
        if process := find(home.folder):
            with spinner(console, "Stopping Neo4j"):
                await end(process)


async def launch(
    settings: Settings,
    installation: Installation,
    home: Home,
    console: Console,
    *,
    detached: bool,
) -> tuple[psutil.Process, Server]:
    """Start a server in a home that is owned, and wait until it answers.

    Raises:
        EmbeddedError: it cannot be started; says what to do.
    """
    if left := find(home.folder):
        with spinner(console, "Stopping a Neo4j that was left behind"):
            await end(left)
    ports = choose_ports(settings)
    home.prepare(ports, settings.neo4j_page_cache, installation.plugins, installation.procedures)
    variables = environment(installation, home.folder, home.conf, home.plugins)
    note = Note(ports.bolt, ports.http, detached=detached)
    with spinner(console, "Starting Neo4j"):
        home.password()
        if not home.has_graph:
            await _set_password(installation, home, variables)
        home.write_note(note)  # before the server is there, so that it is never without
        process = spawn(
            server_command(installation, home.folder, home.conf, settings.neo4j_heap),
            variables,
            home.folder,
            home.logs / "console.log",
        )
        try:
            server = _server(home, note, process)
            await wait_until_ready(server, process, home)
        except BaseException:
            await end(process)
            raise
    return process, server


async def _set_password(installation: Installation, home: Home, variables: dict[str, str]) -> None:
    """Set the first password. It can be done again until there is a graph, so a kill is no harm."""
    done = await asyncio.to_thread(
        subprocess.run,
        password_command(installation, home.password_file),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = telling_line(done.stderr) or f"exit status {done.returncode}"
        raise EmbeddedError(f"Neo4j cannot be set up: {reason}.")
