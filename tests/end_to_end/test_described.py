"""schemathesis holds the running service against /openapi.json and the GraphQL schema.

Nothing is answered 5xx, and nothing in another way than is declared.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Sender

_ROOT = Path(__file__).parents[2]
_CONFIGS = Path(__file__).parent / "described"
# A minute each, unless the machine is busy.
_PATIENCE = 480
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def app(graph: Graph, rules: Rules) -> FastAPI:
    return build_app(graph, rules, Settings(points_per_minute=0, query_seconds=110))


async def _hold(url: str, config: str, folder: Path, **keys: str) -> None:
    """Try everything that is described at `url`."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(_CONFIGS / config), "run", "--no-color", url),
        env=os.environ | keys | {"PYTHONPATH": str(_ROOT)},
        cwd=folder,  # It leaves what it found there.
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            told, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    assert running.returncode == 0, told.decode()


async def _count(graph: Graph, what: str) -> int:
    [row] = await graph.run(f"MATCH {what} RETURN count(*) AS n")
    return int(row["n"])


async def test_every_door_answers_as_it_is_described(
    url: str, api_key: str, write_key: str, graph: Graph, tmp_path: Path
) -> None:
    await _hold(f"{url}/openapi.json", "http.toml", tmp_path, API_KEY=api_key, WRITE_KEY=write_key)
    assert await _count(graph, "(:Event)") > 100  # It did not only look in from outside.


async def test_whatever_the_graphql_schema_allows_is_answered_or_the_callers_mistake(
    url: str, api_key: str, write_key: str, graph: Graph, tmp_path: Path
) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        shop = Sender(client, write_key)
        visit = {"userId": "7", "anonymousId": "cookie-1", "event": "Seen"}
        ann = {"context": {"traits": {"email": "ann@example.com", "plan": "gold"}}}
        await shop.accept("track", visit | ann)
        await shop.accept("group", {"userId": "8", "groupId": "acme", "traits": {"name": "Acme"}})
    await _hold(f"{url}/graphql", "graphql.toml", tmp_path, API_KEY=api_key)
    assert await _count(graph, "(c:Change {actor: 'key:tests'})") > 0
