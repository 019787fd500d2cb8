"""The service's way: requests to `/v1/batch` on several connections, each answered 200."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import httpx

from bench.scratch import BenchmarkError
from bench.workload import Workload

_OK = 200
_LATER = (429, 503)
_TRIES = 10


async def send_all(
    url: str, write_keys: Mapping[str, str], workload: Workload, connections: int
) -> float:
    """Send everything, and give the seconds from the first request to the last answer.

    Raises:
        BenchmarkError: something was not accepted.
    """
    waiting = iter(workload.batches)

    async def work(client: httpx.AsyncClient) -> None:
        for batch in waiting:
            await send(client, batch.body, write_keys[batch.source])

    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        began = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(connections)))
        return time.perf_counter() - began


async def send(client: httpx.AsyncClient, body: bytes, write_key: str) -> None:
    """As an SDK does: come back when the service says so. A cold one may.

    Raises:
        BenchmarkError: it was not accepted.
    """
    for _ in range(_TRIES):
        answer = await client.post("/v1/batch", content=body, auth=(write_key, ""))
        if answer.status_code == _OK:
            return
        if answer.status_code not in _LATER:
            break
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    raise BenchmarkError(f"answered {answer.status_code}: {answer.text[:500]}")
