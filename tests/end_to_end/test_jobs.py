"""Jobs in the processes that do them: started by one service, done beside it, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from service.embedded import Server
from service.store.graph import Graph

_PATIENCE = 120.0
_START = """
mutation { startPaths(conversion: {event: "Order Completed"}) { id } }"""
_FIND = """
query($id: ID!) {
  job(id: $id) {
    state error { code } progress { done of }
    result { ... on ConversionPaths { people conversions top { touchpoints } } }
  }
}"""
_MANY = """
UNWIND range(1, 20000) AS n
CREATE (p:Profile {id: 'many-' + n})<-[:IDENTIFIES]-(:Identifier {
  key: 'user_id:many-' + n, namespace: 'user_id', value: 'many-' + n, born_as: 'many-' + n,
  shared: false
})"""


@pytest.fixture
def started(neo4j_server: Server, tmp_path: Path) -> Callable[..., Any]:
    """Starts a service over the tests' graph: its process, and its URL."""

    @contextmanager
    def start(**settings: str) -> Iterator[tuple[psutil.Process, str]]:
        own = {
            "KNOOP_HOME": str(tmp_path),
            "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
            "KNOOP_NEO4J_USER": neo4j_server.user,
            "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        }
        process = psutil.Popen(
            [sys.executable, "-m", "service", "serve", "--port", "0"],
            env=os.environ | own | settings,
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

    return start


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _ask(url: str, api_key: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = httpx.post(
        f"{url}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=60,
    ).json()
    assert "errors" not in answer
    data: dict[str, Any] = answer["data"]
    return data


def _state(url: str, api_key: str, id_: str) -> str:
    return str(_ask(url, api_key, _FIND, id=id_)["job"]["state"])


async def test_a_job_of_one_service_is_told_by_another(
    started: Callable[..., Any], graph: Graph, api_key: str
) -> None:
    await graph.run(_MANY)
    with started(KNOOP_JOBS="0") as (_, asked), started() as (does, other):
        id_ = _ask(asked, api_key, _START)["startPaths"]["id"]
        _until(lambda: _state(asked, api_key, id_) == "DONE")
        told = _ask(other, api_key, _FIND, id=id_)["job"]
        assert told["result"] == {"people": 20_000, "conversions": 0, "top": []}
        assert told["progress"] == {"done": 20_000, "of": 20_000}
        _until(lambda: does.children() == [])


async def test_what_is_cancelled_or_killed_in_the_middle_is_not_left_running(
    started: Callable[..., Any], graph: Graph, api_key: str
) -> None:
    await graph.run(_MANY)
    with started() as (process, url):
        # Cancelled: what does it ends.
        id_ = _ask(url, api_key, _START)["startPaths"]["id"]
        _until(lambda: _state(url, api_key, id_) == "RUNNING")
        _ask(url, api_key, "mutation($id: ID!) { cancelJob(id: $id) { state } }", id=id_)
        _until(lambda: process.children() == [])
        assert _state(url, api_key, id_) == "CANCELLED"

        # Killed: it is done again.
        id_ = _ask(url, api_key, _START)["startPaths"]["id"]
        _until(lambda: _state(url, api_key, id_) == "RUNNING")
        [child] = process.children()
        child.kill()
        _until(lambda: _state(url, api_key, id_) == "DONE")
        [row] = await graph.run("MATCH (j:Job {state: 'done'}) RETURN j.tries AS tries")
        assert row == {"tries": 2}

        # The service is gone, and what did its job with it; another one goes on.
        id_ = _ask(url, api_key, _START)["startPaths"]["id"]
        _until(lambda: _state(url, api_key, id_) == "RUNNING")
        [child] = process.children()
        process.kill()
        _until(lambda: not child.is_running())
    with started() as (_, url):
        _until(lambda: _state(url, api_key, id_) == "DONE")
