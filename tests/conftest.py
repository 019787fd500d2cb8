"""One real Neo4j per run, a clean graph per test, and the doors that a test may go through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from rich.console import Console

from service import embedded
from service.access import Scope, add_key, add_source
from service.api.app import build_app
from service.embedded import Server
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.settings import Settings
from service.store.graph import Graph, connect
from service.store.installation import install
from service.store.migrations import migrate
from tests.cleaning import clean
from tests.serving import without_database

# Machines are noisy: no test fails because it, or what it tries, took long to make.
hypothesis_settings.register_profile(
    "noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("noisy")


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """A test that runs a command leaves its log to nobody."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
async def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The run's own server, with ports that are free and a home that is thrown away."""
    settings = Settings(
        home=tmp_path_factory.mktemp("knoop"),
        neo4j_bolt_port=0,
        neo4j_http_port=0,
        neo4j_heap="512m",
        neo4j_page_cache="64m",
    )
    installation = embedded.fetch(settings.cache, console=Console(stderr=True))
    async with embedded.running_neo4j(settings, installation) as server:
        yield server


@pytest.fixture(scope="session")
async def migrated(neo4j_server: Server) -> AsyncIterator[Graph]:
    """The graph with its schema and the procedures that analysts call."""
    server = neo4j_server
    async with connect(server.bolt_uri, server.user, server.password, "neo4j") as graph:
        await migrate(graph)
        await publish(graph, load_rules())
        await install(graph)
        yield graph


@pytest.fixture(scope="session", autouse=True)
def audit_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The audit log of all services in this process, and of those that it starts."""
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOOP_AUDIT_LOG", str(path))
        yield path


@pytest.fixture(scope="session", autouse=True)
def nobody_learns() -> Iterator[None]:
    """No service learns the next step beside a test that is about something else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOOP_LEARN_HOURS", "0")
        yield


@pytest.fixture
async def graph(migrated: Graph) -> Graph:
    """The graph, migrated and empty."""
    await clean(migrated)
    return migrated


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The built-in rules."""
    return load_rules()


@pytest.fixture
def app(graph: Graph, rules: Rules) -> FastAPI:
    """The service over the test's graph."""
    return build_app(graph, rules, Settings())


@pytest.fixture
async def away(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """The service whose database is away, and which has little patience with it."""
    monkeypatch.setattr("service.store.graph._RETRY_SECONDS", 0.1)
    async with without_database(rules) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of the service, in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        yield client


@pytest.fixture
async def write_key(graph: Graph) -> str:
    """The write key of a source named web."""
    return await add_source(graph, "web", channel="web")


@pytest.fixture
async def api_key(graph: Graph) -> str:
    """An API key that may do everything."""
    return await add_key(graph, "tests", [Scope.ADMIN])
