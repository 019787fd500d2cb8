"""The service's way: requests to `/v1/batch` on several connections, each answered 200."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import httpx

from bench.scratch import BenchmarkError
from bench.workload import Workload

_OK = 200


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
            answer = await client.post(
                "/v1/batch", content=batch.body, auth=(write_keys[batch.source], "")
            )
            if answer.status_code != _OK:
                raise BenchmarkError(f"answered {answer.status_code}: {answer.text[:500]}")

    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        began = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(connections)))
        return time.perf_counter() - began
