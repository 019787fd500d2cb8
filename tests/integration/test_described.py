"""What `/openapi.json` says of the doors. The end-to-end tests hold the service against it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.ingest.message import TYPES
from tests.integration.conftest import Sender


def described(app: FastAPI) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation, by its method and path."""
    return {
        (method, path): operation
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }


async def test_every_door_is_described(app: FastAPI) -> None:
    assert described(app).keys() == {
        *(("post", f"/v1/{kind}") for kind in (*TYPES, "batch")),
        ("post", "/graphql"),
        *(("get", path) for path in ("/graphql", "/health/live", "/health/ready", "/metrics")),
    }


async def test_the_examples_are_accepted(app: FastAPI, web: Sender) -> None:
    kinds = {
        path.removeprefix("/v1/"): operation["requestBody"]["content"]["application/json"]
        for (_, path), operation in described(app).items()
        if path.startswith("/v1/")
    }
    for kind, content in kinds.items():
        answer = await web.client.post(
            f"/v1/{kind}", json=content["example"], auth=(web.write_key, "")
        )
        assert (answer.status_code, answer.json()) == (200, {"success": True}), kind


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("post", "/v1/track", "Basic eDo="),
        ("post", "/v1/batch", "Basic eDo="),
        ("post", "/graphql", "Bearer x"),
        ("get", "/graphql", "Bearer x"),
        ("get", "/health/ready", ""),
    ],
)
async def test_that_the_database_is_away_is_told_as_it_is_described(
    away: FastAPI, method: str, path: str, key: str
) -> None:
    transport = httpx.ASGITransport(away)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        answer = await client.request(method, path, json={}, headers={"Authorization": key})
    assert answer.status_code == 503
    declared = described(away)[method, path]["responses"]["503"]
    assert "Retry-After" in declared["headers"]
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].partition(";")[0] in declared["content"]
