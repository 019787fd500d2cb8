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
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import psutil
import pytest

from service.embedded import Server
from service.store.graph import Graph

_PATIENCE = 60.0
_LEARNING = 300.0


@pytest.fixture
def three(
    graph: Graph,  # noqa: ARG001  (there has to be one, and empty)
    neo4j_server: Server,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[psutil.Process, str]]:
    """A service of three processes: the first of them, and its URL."""
    own = {
        "KNOOP_HOME": str(tmp_path),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_USER": neo4j_server.user,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        "KNOOP_LEARN_HOURS": getattr(request, "param", "24"),
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


def _workers(process: psutil.Process) -> list[psutil.Process]:
    return _running(process, "service.workers")


def _running(process: psutil.Process, module: str) -> list[psutil.Process]:
    """The processes that it has begun with a module."""
    found = []
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            if module in child.cmdline():
                found.append(child)
    return found


def _until(holds: Callable[[], bool], patience: float = _PATIENCE) -> None:
    deadline = time.monotonic() + patience
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
    _until(lambda: len(_workers(process)) == 2)
    all_three = [process, *_workers(process)]
    for number, one in enumerate(all_three):
        with _alone(one, all_three):
            _send(url, write_key, range(10 * number, 10 * number + 10))
    assert await _events(graph) == 30
    # Whichever is asked, it tells of all of them.
    assert {_accepted(url) for _ in range(12)} == {30}

    killed = _workers(process)[0]
    killed.kill()
    _until(lambda: killed not in _workers(process) and len(_workers(process)) == 2)
    _send(url, write_key, range(30, 130))
    assert await _events(graph) == 130


@pytest.mark.timeout(4 * _LEARNING)  # Neo4j plans long statements first.
def test_one_process_learns_and_each_tells_what_was_learned(
    three: tuple[psutil.Process, str], write_key: str, api_key: str
) -> None:
    process, url = three
    _until(lambda: len(_workers(process)) == 2)
    assert _next_step(url, api_key) is None
    now = datetime.now(UTC)
    batch = []
    for number in range(20):
        for days, medium in ((20, "cpc"), (10, "email")):
            at = (now - timedelta(days=days, minutes=number)).isoformat()
            campaign = {"source": "google", "medium": medium}
            who = {"userId": f"u{number}", "timestamp": at, "context": {"campaign": campaign}}
            batch.append({"type": "page"} | who)
    sent = httpx.post(f"{url}/v1/batch", json={"batch": batch}, auth=(write_key, ""), timeout=60)
    assert sent.json() == {"success": True}
    learners = 0

    def has_learned() -> bool:
        nonlocal learners
        learners = max(learners, len(_running(process, "service.learner")))
        return (_next_step(url, api_key) or {}).get("__typename") == "Foreseen"

    _until(has_learned, _LEARNING)
    assert learners == 1
    all_three = [process, *_workers(process)]
    for one in all_three:
        with _alone(one, all_three):
            _until(has_learned, _LEARNING)


# A lesson may be over before somebody looks, so there is another one soon.
@pytest.mark.parametrize("three", ["0.001"], indirect=True)
@pytest.mark.timeout(4 * _LEARNING)  # Neo4j plans long statements first.
def test_whoever_learns_is_stopped_with_the_service(
    three: tuple[psutil.Process, str], write_key: str
) -> None:
    process, url = three
    _send(url, write_key, range(500))
    _until(lambda: bool(_running(process, "service.learner")), _LEARNING)
    learners = _running(process, "service.learner")
    process.kill()
    _until(lambda: not psutil.wait_procs(learners, 0)[1])


def _next_step(url: str, api_key: str) -> dict[str, Any] | None:
    query = """{
      profile(identifier: {namespace: "user_id", value: "u1"}) {
        nextSteps { __typename ... on Foreseen { touchpoints { channel } } }
      }
    }"""
    headers = {"Authorization": f"Bearer {api_key}"}
    answer = httpx.post(f"{url}/graphql", json={"query": query}, headers=headers, timeout=60)
    profile = answer.json()["data"]["profile"]
    return None if profile is None else cast("dict[str, Any]", profile["nextSteps"])


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
    _until(lambda: len(_workers(process)) == 2)
    children = process.children()
    time.sleep(2)  # They may be starting still.
    process.kill()
    _until(lambda: not psutil.wait_procs(children, 0)[1])
