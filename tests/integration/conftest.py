"""The service's two doors, as a sender and a reader go through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest

from service.access import add_source
from service.store.graph import Graph


@dataclass(frozen=True, slots=True)
class Sender:
    """A source that sends messages."""

    client: httpx.AsyncClient
    write_key: str

    async def send(self, kind: str, body: dict[str, Any]) -> httpx.Response:
        """Send to `/v1/KIND`; a time in the past is given where there is none."""
        body = {"timestamp": "2025-06-01T12:00:00Z"} | body
        return await self.client.post(f"/v1/{kind}", json=body, auth=(self.write_key, ""))

    async def accept(self, kind: str, body: dict[str, Any]) -> None:
        """Send what must be accepted without a word."""
        answer = await self.send(kind, body)
        assert (answer.status_code, answer.json()) == (200, {"success": True})

    async def batch(self, *messages: object, **shared: Any) -> httpx.Response:
        """Send to `/v1/batch`, just what is given."""
        body = {"batch": list(messages), **shared}
        return await self.client.post("/v1/batch", json=body, auth=(self.write_key, ""))


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who asks GraphQL."""

    client: httpx.AsyncClient
    api_key: str

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        """Ask, whatever comes of it."""
        return await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.api_key}"},
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask what must be answered without an error."""
        answer = await self.post(query, **variables)
        body = answer.json()
        assert answer.status_code == 200
        assert "errors" not in body
        return cast("dict[str, Any]", body["data"])

    async def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Ask what must fail: each error's text and code."""
        answer = await self.post(query, **variables)
        assert answer.status_code == 200
        return [
            {"message": error["message"], "code": error["extensions"]["code"]}
            for error in answer.json()["errors"]
        ]


@pytest.fixture
def web(client: httpx.AsyncClient, write_key: str) -> Sender:
    """The source web, whose channel is web."""
    return Sender(client, write_key)


@pytest.fixture
async def till(client: httpx.AsyncClient, graph: Graph) -> Sender:
    """The source till, whose channel is store."""
    return Sender(client, await add_source(graph, "till", channel="store"))


@pytest.fixture
def reader(client: httpx.AsyncClient, api_key: str) -> Reader:
    """A reader who may see everything."""
    return Reader(client, api_key)
