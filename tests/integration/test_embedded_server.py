"""A server, for real: started, used, left behind, found again, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from neo4j import AsyncGraphDatabase
from rich.console import Console

from service.embedded import (
    Installation,
    Server,
    fetch,
    keep_running,
    running_neo4j,
    start,
    status,
    stop,
)
from service.embedded.home import Home
from service.embedded.readiness import wait_until_ready
from service.errors import EmbeddedError
from service.settings import Settings

# What a process does that is then killed: it has no chance to stop its server.
STARTER = """
import asyncio, sys
from service.embedded import fetch, running_neo4j
from service.settings import Settings

async def main():
    settings = Settings()
    async with running_neo4j(settings, fetch(settings.cache)) as server:
        print(server.pid, server.bolt_uri, flush=True)
        await asyncio.sleep(300)

asyncio.run(main())
"""


def small(home: Path) -> Settings:
    """Settings for a server that starts fast, needs little, and is in nobody's way."""
    return Settings(
        home=home,
        neo4j_heap="256m",
        neo4j_page_cache="32m",
        neo4j_bolt_port=0,
        neo4j_http_port=0,
    )


@pytest.fixture(scope="session")
def installation() -> Installation:
    return fetch(Settings().cache)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    # A space in the path, as on a Mac.
    settings = small(tmp_path / "a home")
    yield settings
    await stop(settings)


async def rows(server: Server, query: str, database: str = "neo4j") -> list[list[Any]]:
    auth = (server.user, server.password)
    async with AsyncGraphDatabase.driver(server.bolt_uri, auth=auth) as driver:
        result = await driver.execute_query(query, database_=database)
        return [record.values() for record in result.records]


async def rows_soon(server: Server, query: str) -> list[list[Any]]:
    """Ask again until it works: a custom procedure is there within a second or two."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await rows(server, query)
            except Exception:  # noqa: BLE001
                await asyncio.sleep(0.2)


async def test_a_server_left_behind_by_a_killed_process_is_replaced(
    settings: Settings, installation: Installation
) -> None:
    environ = {
        f"KNOOP_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_defaults=True).items()
    }
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, stdout=asyncio.subprocess.PIPE, env={**os.environ, **environ}
    )
    assert starter.stdout
    pid, bolt_uri = (await starter.stdout.readline()).decode().split()
    left = status(settings)
    assert left
    assert (left.pid, left.bolt_uri) == (int(pid), bolt_uri)
    with pytest.raises(EmbeddedError, match=f"process {starter.pid}"):
        async with running_neo4j(settings, installation):
            pass
    with pytest.raises(EmbeddedError, match=f"process {starter.pid}"):
        await stop(settings)
    await rows(left, "CREATE (:Kept)")
    await rows(
        left,
        "CALL apoc.custom.installProcedure("
        "'knoop.length(text :: STRING) :: (length :: INTEGER)',"
        "'RETURN size($text) AS length', 'neo4j', 'read')",
        database="system",
    )
    starter.send_signal(signal.SIGKILL)
    await starter.wait()
    assert psutil.pid_exists(left.pid), "the server survives its starter"

    async with running_neo4j(settings, installation) as server:
        assert server.pid != left.pid
        assert not psutil.pid_exists(left.pid)
        assert server.password == left.password
        assert await rows(server, "MATCH (n:Kept) RETURN count(n)") == [[1]]
        assert await rows_soon(server, "CALL custom.knoop.length('four')") == [[4]]
        assert await rows(server, "RETURN apoc.coll.sum([1, 2])") == [[3.0]]
        assert await procedures(server, "apoc.load") == 0
        with pytest.raises(EmbeddedError, match="another Neo4j"):
            await wait_until_ready(server, psutil.Process(server.pid), Home(settings.home))
    assert not psutil.pid_exists(server.pid)
    assert status(settings) is None


async def _kill(pid: int) -> None:
    """Until it is dead it still has its port."""
    process = psutil.Process(pid)
    process.kill()
    with suppress(psutil.NoSuchProcess):
        await asyncio.to_thread(process.wait, 30)


async def test_a_server_that_was_started_to_stay_stays_and_is_shared(
    settings: Settings, installation: Installation
) -> None:
    server = await start(settings, installation)
    assert (await start(settings, installation)).pid == server.pid
    async with running_neo4j(settings, installation) as used:
        assert used == server
        with pytest.raises(EmbeddedError, match="in use by another knoop"):
            await stop(settings)
    assert status(settings) == server
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(server.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}

    password = Home.of(settings).password_file
    right = password.read_text()
    password.write_text("wrong")
    with pytest.raises(EmbeddedError, match="does not take the password"):
        await start(settings, installation)
    password.write_text(right)

    await _kill(server.pid)
    assert await stop(settings) is False
    assert status(settings) is None


async def test_a_server_that_ends_is_started_again_and_given_up_when_that_is_of_no_use(
    settings: Settings, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.embedded.keeping.FAILURES", 3)
    # However quick this machine is, what answered counts as steady.
    monkeypatch.setattr("service.embedded.keeping.STEADY_SECONDS", 0)
    said = StringIO()
    async with running_neo4j(settings, installation) as server:
        keeping = asyncio.create_task(
            keep_running(server, settings, installation, Console(file=said, width=500))
        )
        await asyncio.sleep(0)
        psutil.Process(server.pid).kill()
        async with asyncio.timeout(120):
            while "Neo4j runs again" not in said.getvalue():
                await asyncio.sleep(0.2)
        again = status(settings)
        assert again
        assert (again.bolt_uri, again.browser_url) == (server.bolt_uri, server.browser_url)
        assert again.pid != server.pid
        assert await rows(again, "RETURN 1") == [[1]]
        # Now it cannot even begin: somebody has taken its port.
        await _kill(again.pid)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", int(server.bolt_uri.rpartition(":")[2])))
            taken.listen()
            with pytest.raises(EmbeddedError, match="KNOOP_NEO4J_BOLT_PORT"):
                await keeping
    assert said.getvalue().count("It is started again") == 3
    assert status(settings) is None


async def test_a_server_that_cannot_start_says_why(
    settings: Settings, installation: Installation
) -> None:
    broken = settings.model_copy(update={"neo4j_heap": "5x"})
    with pytest.raises(EmbeddedError, match="Invalid maximum heap size: -Xmx5x"):
        async with running_neo4j(broken, installation):
            pass
    assert status(settings) is None
    broken = settings.model_copy(update={"neo4j_page_cache": "lots"})
    with pytest.raises(EmbeddedError, match="'lots' is not a valid size"):
        await start(broken, installation)


async def procedures(server: Server, prefix: str) -> int:
    query = f"SHOW PROCEDURES YIELD name WHERE name STARTS WITH '{prefix}' RETURN count(name)"
    return int((await rows(server, query))[0][0])
