"""What pages on other origins may do, and what they may not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from websockets.exceptions import InvalidStatus

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lines import opened
from tests.serving import Port

LISTED, OTHER = "https://app.example.com", "https://other.example.com"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
ALLOWED, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"


@pytest.fixture
def app(graph: Graph, rules: Rules) -> FastAPI:
    return build_app(graph, rules, Settings(graphql_origins=(LISTED, "http://localhost:8000")))


@pytest.fixture
async def host(app: FastAPI) -> AsyncIterator[str]:
    """The service's host and port."""
    async with Port().serving(app) as url:
        yield url.removeprefix("http://")


async def test_a_page_that_is_listed_may_ask(client: httpx.AsyncClient, api_key: str) -> None:
    asked = await client.options("/graphql", headers={"Origin": LISTED, **PREFLIGHT})
    assert asked.status_code == 200
    assert asked.headers[ALLOWED] == LISTED
    assert {"authorization", "content-type"} <= set(
        asked.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    )
    answer = await client.post(
        "/graphql",
        json={"query": "{ __typename }"},
        headers={"Origin": LISTED, "Authorization": f"Bearer {api_key}"},
    )
    assert answer.json()["data"] == {"__typename": "Query"}
    assert answer.headers[ALLOWED] == LISTED
    assert "Origin" in answer.headers["vary"]
    # Else a script could not read when to come again.
    assert answer.headers["access-control-expose-headers"] == "Retry-After"
    assert CREDENTIALS not in answer.headers


async def test_a_page_that_is_listed_may_read_why_it_was_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={}, headers={"Origin": LISTED})
    assert (answer.status_code, answer.headers[ALLOWED]) == (401, LISTED)


@pytest.mark.parametrize("origin", [OTHER, "null", f"{LISTED}.evil.example", "http://localhost"])
async def test_any_other_page_may_not(client: httpx.AsyncClient, origin: str) -> None:
    asked = await client.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
    assert asked.status_code == 400
    assert ALLOWED not in asked.headers
    for path in ("/graphql?query={__typename}", "/metrics", "/openapi.json", "/health/ready"):
        assert ALLOWED not in (await client.get(path, headers={"Origin": origin})).headers


async def test_without_the_setting_no_page_may_ask_and_any_may_send(
    graph: Graph, rules: Rules, write_key: str
) -> None:
    transport = httpx.ASGITransport(build_app(graph, rules, Settings()))
    origin = {"Origin": LISTED}
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        asked = await client.options("/graphql", headers={**origin, **PREFLIGHT})
        assert (asked.status_code, ALLOWED in asked.headers) == (400, False)
        sent = await client.post(
            "/v1/page", json={"userId": "7"}, auth=(write_key, ""), headers=origin
        )
        assert (sent.status_code, sent.headers[ALLOWED]) == (200, "*")
        assert CREDENTIALS not in sent.headers


@pytest.mark.parametrize("origin", [None, LISTED, "http://{host}", "https://{host}"])
async def test_a_line_is_opened_for_programs_pages_from_here_and_those_listed(
    host: str, origin: str | None
) -> None:
    async with opened(f"ws://{host}/graphql", origin=origin and origin.format(host=host)) as line:
        await line.say("ping")
        assert await line.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "http://127.0.0.1", "http://{host}.evil.example"]
)
async def test_a_line_is_opened_for_no_other_page(host: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(f"ws://{host}/graphql", origin=origin.format(host=host)):
            pass
    assert refused.value.response.status_code == 403


async def test_no_origin_is_needed_where_there_is_no_page(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7"})
    found = await reader.ask('{ profile(identifier: {namespace: "user_id", value: "7"}) { id } }')
    assert found["profile"]["id"]
