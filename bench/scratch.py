"""A Neo4j and a service to be measured, each in its own process, and thrown away afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from bench.statements import statement
from service import embedded
from service.access import add_source
from service.demo.truth import SOURCES
from service.embedded import Server
from service.embedded.cache import location
from service.embedded.installation import Installation, fetch_jars
from service.embedded.lock import parse_lock
from service.errors import EmbeddedError, KnoopError
from service.identity.publishing import publish
from service.identity.rules import load_rules
from service.settings import Settings
from service.store.graph import Graph, connect
from service.store.migrations import migrate

_READY = "knoop serves at "
_EMPTY = statement("empty")
_COUNT = statement("count")


class BenchmarkError(KnoopError):
    """What was measured is not what was meant."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """A migrated graph whose sources are the demo's."""

    home: Path
    server: Server
    graph: Graph
    write_keys: dict[str, str]

    async def empty(self) -> None:
        """Take everything out but the schema, the sources and their keys."""
        async with self.graph.driver.session(database=self.graph.database) as session:
            await (await session.run(_EMPTY)).consume()

    async def holds(self, events: int) -> None:
        """Make sure that everything was written.

        Raises:
            BenchmarkError: it was not, so its time means nothing.
        """
        [found] = await self.graph.run(_COUNT)
        if found != {"events": events, "owned": events}:
            raise BenchmarkError(f"the graph should hold {events} events with an owner: {found}")


@asynccontextmanager
async def scratch(
    console: Console,
    heap: str = "1g",
    page_cache: str = "256m",
    *,
    data_science: bool = False,
) -> AsyncIterator[Scratch]:
    """Have a Neo4j of its own while the block runs, with Graph Data Science if wanted."""
    with tempfile.TemporaryDirectory(prefix="knoop-bench-") as folder:
        settings = Settings(
            home=Path(folder),
            neo4j_bolt_port=0,
            neo4j_http_port=0,
            neo4j_heap=heap,
            neo4j_page_cache=page_cache,
        )
        installation = embedded.fetch(settings.cache, console=console)
        if data_science:
            installation = _with_data_science(installation, settings.cache, console)
        async with (
            embedded.running_neo4j(settings, installation, console=console) as server,
            connect(server.bolt_uri, server.user, server.password, "neo4j") as graph,
        ):
            await migrate(graph)
            await publish(graph, load_rules())
            keys = {one.id: await add_source(graph, one.id, channel=one.channel) for one in SOURCES}
            yield Scratch(settings.home, server, graph, keys)


def _with_data_science(knoops: Installation, cache: Path, console: Console) -> Installation:
    jars = parse_lock(Path(__file__).with_name("jars.lock").read_text("utf-8"))
    fetch_jars(cache, jars, console)
    added = [location(cache, jar) for jar in jars]
    return replace(knoops, plugins=(*knoops.plugins, *added), procedures=("gds.*",))


@dataclass(frozen=True, slots=True)
class Service:
    """A `knoop serve` in a process of its own, and what it says."""

    url: str
    pid: int
    log: Path


@asynccontextmanager
async def serving(there: Scratch) -> AsyncIterator[Service]:
    """Have one while the block runs."""
    own = {
        "KNOOP_HOME": str(there.home),
        "KNOOP_NEO4J_URI": there.server.bolt_uri,
        "KNOOP_NEO4J_USER": there.server.user,
        "KNOOP_NEO4J_PASSWORD": there.server.password,
        "KNOOP_LEARN_HOURS": "0",  # It is another figure what learning beside it costs.
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KNOOP_NEO4J")}
    said = there.home / "service.log"
    with said.open("wb") as log:  # A pipe that nobody reads would stop it when it is full.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service", "serve", "--port", "0"),
            env=kept | own,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield Service(await _url(process, said), process.pid, said)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _url(process: asyncio.subprocess.Process, said: Path) -> str:
    while True:
        has_ended = process.returncode is not None
        told = _lines(said)
        for line in told:
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
        if has_ended:
            raise EmbeddedError(f"the service did not start: {''.join(told)}")
        await asyncio.sleep(0.1)


def _lines(said: Path) -> list[str]:
    """Those that are whole."""
    lines = said.read_text("utf-8").splitlines(keepends=True)
    return [line for line in lines if line.endswith("\n")]
