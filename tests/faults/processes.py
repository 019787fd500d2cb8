"""`knoop up` and `knoop serve` as processes that can be killed, paused and started again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from service.embedded.process import find
from service.store.graph import Graph, connect
from tests.load.people import RULES

_PATIENCE = 400.0  # a few seconds, unless the machine is busy
_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
_STARTED = {"up": "Ctrl-C stops everything", "serve": "knoop serves at"}


@dataclass(slots=True)
class Knoop:
    """One `knoop up` or `knoop serve`, by the rules of `tests.load.people`."""

    command: str
    home: Path
    port: int
    environment: Mapping[str, str]
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The same after every start."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        """All that it said since its last start."""
        return self._printed.read_text(encoding="utf-8", errors="replace")

    @property
    def _printed(self) -> Path:
        return self.home.with_suffix(f".{self.command}.{self.starts}.log")

    def neo4j(self) -> psutil.Process:
        """The Neo4j of its home."""
        process = find((self.home / "neo4j").resolve())
        assert process is not None, self.printed
        return process

    def connection(self) -> dict[str, str]:
        """What connection.json says."""
        found: dict[str, str] = json.loads((self.home / "connection.json").read_text("utf-8"))
        return found

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self.starts += 1
        with self._printed.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-m", "service", self.command, "--port", str(self.port)],
                env={**os.environ, "KNOOP_HOME": str(self.home), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + _PATIENCE
        while _STARTED[self.command] not in self.printed:
            assert self._process.poll() is None, self.printed
            assert time.monotonic() < until, self.printed
            await asyncio.sleep(0.1)

    async def says(self, text: str, seconds: float = _PATIENCE) -> None:
        """Wait until it has said so since its last start."""
        until = time.monotonic() + seconds
        while text not in self.printed:
            assert time.monotonic() < until, self.printed
            await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """As the kernel does it: no chance to say goodbye."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait, _PATIENCE)

    async def stop(self) -> None:
        """As Ctrl-C does it."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(self._process.wait, _PATIENCE)
        except subprocess.TimeoutExpired:
            await self.kill()


@asynccontextmanager
async def knoop(command: str, home: Path, **more: str) -> AsyncIterator[Knoop]:
    """Have one run while the block does."""
    rules = _write_rules(home)
    own, bolt, http = free_ports(3)
    environment = {
        "KNOOP_RULES": str(rules),
        "KNOOP_NEO4J_BOLT_PORT": str(bolt),
        "KNOOP_NEO4J_HTTP_PORT": str(http),
        "KNOOP_LEARN_HOURS": "0",
        "KNOOP_NEO4J_HEAP": "384m",
        "KNOOP_NEO4J_PAGE_CACHE": "64m",
        **more,
    }
    one = Knoop(command, home, own, environment)
    try:
        await one.start()
        yield one
    finally:
        await one.stop()


@asynccontextmanager
async def graph_of(one: Knoop) -> AsyncIterator[Graph]:
    """The graph of a `knoop up`."""
    found = one.connection()
    async with connect(
        found["neo4j_uri"], found["neo4j_user"], found["neo4j_password"], "neo4j"
    ) as graph:
        yield graph


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, and that no outgoing connection is given meanwhile."""
    first = int(Path(_RANGE).read_text(encoding="utf-8").split()[0])
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(first // 2, first)  # noqa: S311
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def _write_rules(home: Path) -> Path:
    """The rules of the load, as a file."""
    tables = {"profile": RULES.profile.model_dump(mode="json")}
    for name, one in RULES.namespaces.items():
        tables[f"namespaces.{name}"] = one.model_dump(mode="json", exclude_unset=True)
    home.mkdir(parents=True, exist_ok=True)
    path = home / "rules.toml"
    with path.open("w", encoding="utf-8") as file:
        for table, of in tables.items():
            file.write(f"[{table}]\n")
            file.writelines(f"{name} = {json.dumps(value)}\n" for name, value in of.items())
    return path
