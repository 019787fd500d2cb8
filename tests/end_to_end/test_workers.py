"""`knoop serve --workers N`: several processes on one port, for the whole of their life."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from service.embedded import Server
from service.store.graph import Graph

_PATIENCE = 60.0


@pytest.fixture
def three(
    graph: Graph,  # noqa: ARG001  (there has to be one, and empty)
    neo4j_server: Server,
    tmp_path: Path,
) -> Iterator[tuple[psutil.Process, str]]:
    """A service of three processes: the first of them, and its URL."""
    own = {
        "KNOOP_HOME": str(tmp_path),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_USER": neo4j_server.user,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
    }
    process = psutil.Popen(
        [sys.executable, "-m", "service", "serve", "--port", "0", "--workers", "3"],
        env=os.environ | own,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = next(line for line in process.stderr if "serves at" in line)
        yield process, said.split()[-1]
    finally:
        children = process.children(recursive=True) if process.is_running() else []
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)
        _until(lambda: not psutil.wait_procs(children, 0)[1])


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _send(url: str, write_key: str, numbers: range) -> None:
    """Each on a connection of its own, so that any process may get it."""

    def send(number: int) -> int:
        body = {"messageId": f"m{number}", "userId": f"u{number % 7}"}
        return httpx.post(f"{url}/v1/page", json=body, auth=(write_key, ""), timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, numbers)) == {200}


def _accepted(url: str) -> int:
    text = httpx.get(f"{url}/metrics", timeout=60).text
    return sum(
        int(float(value))
        for value in re.findall(r"^knoop_messages_accepted_total\{.*\} (\S+)$", text, re.MULTILINE)
    )


async def test_each_serves_on_the_one_port_and_one_that_is_killed_comes_back(
    three: tuple[psutil.Process, str], graph: Graph, write_key: str
) -> None:
    process, url = three
    _until(lambda: len(process.children()) == 2)
    all_three = [process, *process.children()]
    for number, one in enumerate(all_three):
        with _alone(one, all_three):
            _send(url, write_key, range(10 * number, 10 * number + 10))
    assert await _events(graph) == 30
    # Whichever is asked, it tells of all of them.
    assert {_accepted(url) for _ in range(12)} == {30}

    killed = process.children()[0]
    killed.kill()
    _until(lambda: killed not in process.children() and len(process.children()) == 2)
    _send(url, write_key, range(30, 130))
    assert await _events(graph) == 130


@contextmanager
def _alone(one: psutil.Process, among: list[psutil.Process]) -> Iterator[None]:
    """The others stand still: only this one can answer."""
    others = [other for other in among if other != one]
    for other in others:
        other.suspend()
    try:
        yield
    finally:
        for other in others:
            other.resume()


async def _events(graph: Graph) -> int:
    rows = await graph.run("MATCH (e:Event)-[:BY]->() RETURN count(*) AS events")
    events: int = rows[0]["events"]
    return events


def test_workers_end_with_the_one_that_started_them(three: tuple[psutil.Process, str]) -> None:
    process, _ = three
    _until(lambda: len(process.children()) == 2)
    children = process.children()
    time.sleep(2)  # They may be starting still.
    process.kill()
    _until(lambda: not psutil.wait_procs(children, 0)[1])
