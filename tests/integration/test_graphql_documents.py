"""Trusted documents at the service's door: by POST, GET and WebSocket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.app import build_app
from service.errors import SettingsError
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader
from tests.integration.lines import let_in
from tests.serving import Port

_TEXT = "query Q { __typename } mutation M { __typename }"
_NOT_FOUND, _UNTRUSTED = {"code": "PERSISTED_QUERY_NOT_FOUND"}, {"code": "untrusted_document"}
_Q: dict[str, Any] = {"documentId": "f00d", "operationName": "Q"}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "persisted-documents.json"
    path.write_text(json.dumps({"f00d": _TEXT}))
    return path


@pytest.fixture(params=[False, True], ids=["also", "only"])
async def url(
    graph: Graph, rules: Rules, documents: Path, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The service with a document, and with nothing else in the second case."""
    settings = Settings(trusted_documents=documents, trusted_documents_only=request.param)
    async with Port().serving(build_app(graph, rules, settings)) as url:
        yield url


@pytest.fixture
def only(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.callspec.params["url"])


@pytest.fixture
async def post(url: str, reader: Reader) -> AsyncIterator[Any]:
    headers = {"Authorization": f"Bearer {reader.api_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:

        async def ask(method: str = "POST", **asked: Any) -> tuple[int, Any]:
            if method == "POST":
                answer = await client.post("/graphql", json=asked)
            else:
                told = {
                    name: one if isinstance(one, str) else json.dumps(one)
                    for name, one in asked.items()
                }
                accepted = {"Accept": "application/json"}
                answer = await client.get("/graphql", params=told, headers=accepted)
            body = answer.json()
            return answer.status_code, body.get("data") or body["errors"][0]["extensions"]

        yield ask


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_is_run_by_its_id(post: Any, method: str) -> None:
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": "f00d"}}
    ran = (200, {"__typename": "Query"})
    assert await post(method, **_Q) == ran
    assert await post(method, **(_Q | {"documentId": "sha256:f00d"})) == ran
    assert await post(method, operationName="Q", extensions=apollo) == ran
    # What goes for a query goes for a document.
    assert await post(method, documentId="f00d") == (400, {"code": "invalid_query"})
    changing = await post(method, documentId="f00d", operationName="M")
    assert changing == (
        (405, {"code": "http"}) if method == "GET" else (200, {"__typename": "Mutation"})
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_known_or_trusted_is_told(post: Any, only: bool, method: str) -> None:
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": "beef"}}
    assert await post(method, documentId="beef") == (400, _NOT_FOUND)
    assert await post(method, extensions=apollo) == (400, _NOT_FOUND)
    expected = (403, _UNTRUSTED) if only else (200, {"__typename": "Query"})
    assert await post(method, query="{ __typename }") == expected
    assert await post(method, query="{ __typename }", extensions=apollo) == expected


async def test_over_a_websocket_too(url: str, reader: Reader, only: bool) -> None:
    async with let_in(url.replace("http", "ws", 1) + "/graphql", reader.api_key) as line:
        await line.say("subscribe", id="q", payload=_Q)
        assert (await line.hear())["payload"]["data"] == {"__typename": "Query"}
        assert (await line.hear())["type"] == "complete"
        await line.say("subscribe", id="x", payload={"documentId": "beef"})
        told = await line.hear()
        assert (told["type"], told["id"]) == ("error", "x")
        assert [one["extensions"] for one in told["payload"]] == [_NOT_FOUND]
        await line.say("subscribe", id="y", payload={"query": "{ __typename }"})
        told = await line.hear()
        if only:
            assert [one["extensions"] for one in told["payload"]] == [_UNTRUSTED]
        else:
            assert told["payload"]["data"] == {"__typename": "Query"}


def test_a_document_that_does_not_fit_keeps_the_service_from_starting(
    graph: Graph, rules: Rules, documents: Path
) -> None:
    documents.write_text(json.dumps({"f00d": "{ nobody }"}))
    with pytest.raises(SettingsError, match="the document f00d: Cannot query field 'nobody'"):
        build_app(graph, rules, Settings(trusted_documents=documents))


async def test_where_there_are_no_documents_apollo_is_to_ask_for_none(reader: Reader) -> None:
    answer = await reader.client.post(
        "/graphql",
        json={"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "f00d"}}},
        headers={"Authorization": f"Bearer {reader.api_key}"},
    )
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}
