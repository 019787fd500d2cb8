"""More than fits into memory is sent back before it is there, and nothing is taken for good."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.conftest import Sender

_PAGE = b'{"userId": "7", "timestamp": "2025-06-01T12:00:00Z", "name": "'


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that has room for 10,000 bytes of requests."""
    monkeypatch.setattr("service.api.tracking.MAX_INFLOW", 10_000)


def _page(size: int) -> bytes:
    return _PAGE + b'", "properties": {"x": "' + b"x" * (size - len(_PAGE) - 27) + b'"}}'


async def _slowly(body: bytes, finish: asyncio.Event) -> AsyncIterator[bytes]:
    yield body[:-1]
    await finish.wait()
    yield body[-1:]


@pytest.mark.usefixtures("small")
async def test_what_does_not_fit_is_to_be_sent_again_and_fits_when_others_are_done(
    client: httpx.AsyncClient, write_key: str
) -> None:
    async def post(content: bytes | AsyncIterator[bytes]) -> httpx.Response:
        return await client.post("/v1/page", content=content, auth=(write_key, ""))

    finish = asyncio.Event()
    first = asyncio.ensure_future(post(_slowly(_page(6_000), finish)))
    await asyncio.sleep(0.1)
    for body in (_page(6_000), gzip.compress(_page(6_000))):  # The second is large in memory only.
        refused = await post(body)
        assert (refused.status_code, refused.json()["code"]) == (429, "busy")
        assert refused.headers["retry-after"] == "1"
    assert (await post(_page(3_000))).status_code == 200
    finish.set()
    assert (await first).status_code == 200
    for _ in range(5):  # Whatever became of a request, its room is free again.
        assert (await post(_page(9_000))).status_code == 200
        assert (await post(b"{" * 9_000)).status_code == 400


async def test_an_ordinary_flood_fits(web: Sender) -> None:
    answers = await asyncio.gather(
        *(web.batch(*({"type": "page", "userId": f"u{n}"} for _ in range(20))) for n in range(30))
    )
    assert {answer.status_code for answer in answers} == {200}
