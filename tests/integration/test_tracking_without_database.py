"""The database away: nothing is taken that cannot be kept, and everybody is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI


@pytest.fixture
async def cut_off(away: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of a service whose database does not listen."""
    transport = httpx.ASGITransport(away, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        yield client


def _is_told_to_come_back(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json() == {
        "success": False,
        "code": "unavailable",
        "message": "the database cannot be reached now; try again later",
    }


async def test_without_a_database_a_message_is_to_be_sent_again_later(
    cut_off: httpx.AsyncClient,
) -> None:
    _is_told_to_come_back(await cut_off.post("/v1/page", json={"userId": "7"}, auth=("key", "")))


async def test_without_a_database_a_question_is_to_be_asked_again_later(
    cut_off: httpx.AsyncClient,
) -> None:
    answer = await cut_off.post(
        "/graphql",
        json={"query": '{ profile(id: "x") { id } }'},
        headers={"Authorization": "Bearer key"},
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    [error] = answer.json()["errors"]
    assert error == {
        "message": "the database cannot be reached now; try again later",
        "extensions": {"code": "unavailable"},
    }


async def test_without_a_database_the_service_lives_and_is_not_ready(
    cut_off: httpx.AsyncClient,
) -> None:
    live = await cut_off.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    _is_told_to_come_back(await cut_off.get("/health/ready"))


async def test_without_a_database_what_is_wrong_with_a_body_is_still_told(
    cut_off: httpx.AsyncClient,
) -> None:
    answer = await cut_off.post("/v1/page", content=b"{", auth=("key", ""))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_message")
    assert (await cut_off.post("/v1/page", json={})).status_code == 401


async def test_with_its_database_the_service_is_ready(client: httpx.AsyncClient) -> None:
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
