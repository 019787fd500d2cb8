"""Hundreds of thousands of malformed and hostile bodies at every door that takes messages.

They are those of the test, `tests/hostile`: requests that are broken in every way, and batches of
broken messages with one good message in each. Every good one has to be in the graph at the end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

import httpx
from rich.console import Console
from rich.table import Table

from bench.memory import WARM_UP, Resident
from bench.scratch import BenchmarkError, scratch, serving
from bench.statements import statement
from service.access import add_source
from tests.hostile.requests import ANSWERS, Hostile, Surrounded, hostile, surrounded

_GOOD = statement("good_events")
_BUSY = 429
_TRIES = 10
_NEIGHBOURS = 50
_REQUESTS_A_BATCH = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """How many bodies: messages in batches, and requests of their own."""

    bodies: int
    connections: int = 8
    seed: int = 1


@dataclass(slots=True)
class Found:
    """What came of it."""

    plan: Plan
    resident: Resident
    answers: Counter[int] = field(default_factory=Counter)
    good: int = 0
    """Good messages that were answered as stored."""
    there: int = 0
    """Good messages that are in the graph, with their owner."""
    astray: int = 0
    """Identifiers that are not of just one profile."""
    wrong: list[str] = field(default_factory=list)
    """What must never be answered, and to what."""


async def measure(plan: Plan, console: Console) -> Found:
    """Send all of it, and look for the good ones.

    Raises:
        KnoopError: something could not be started.
    """
    async with scratch(console) as there, serving(there) as service:
        found = Found(plan, Resident(service.pid, plan.bodies, console))
        write_key = await add_source(there.graph, "fuzz")
        waiting = _all(plan)
        done = 0

        async def work(client: httpx.AsyncClient) -> None:
            nonlocal done
            for one in waiting:
                if isinstance(one, Surrounded):
                    await _send_batch(client, write_key, one, found)
                    done += len(one.messages)
                else:
                    await _send(client, write_key, one, found)
                    done += 1
                found.resident.sample(done)

        found.resident.sample(0)
        with console.status(f"Sending {plan.bodies:,} bodies"):
            # httpx can close what it takes for idle while the answer is on its way.
            limits = httpx.Limits(max_connections=plan.connections, keepalive_expiry=None)
            async with (
                httpx.AsyncClient(base_url=service.url, timeout=60, limits=limits) as client,
                asyncio.TaskGroup() as senders,
            ):
                for _ in range(plan.connections):
                    senders.create_task(work(client))
        [row] = await there.graph.run(_GOOD)
        found.there, found.astray = row["good"], row["astray"]
    return found


def _all(plan: Plan) -> Iterator[Hostile | Surrounded]:
    chance, left, number = Random(plan.seed), plan.bodies, count()  # noqa: S311
    for batch in count():
        one = surrounded(chance, batch, _NEIGHBOURS)
        yield one
        for _ in range(_REQUESTS_A_BATCH):
            yield hostile(chance, next(number))
        left -= len(one.messages) + _REQUESTS_A_BATCH
        if left <= 0:
            return


async def _send_batch(
    client: httpx.AsyncClient, write_key: str, one: Surrounded, found: Found
) -> None:
    answer = await _post(client, write_key, Hostile("batch", one.content), found)
    errors = answer.json().get("errors", []) if answer.status_code in ANSWERS else []
    if answer.status_code not in ANSWERS or one.place in [error["index"] for error in errors]:
        found.wrong.append(f"{one.message_id}: {answer.status_code} {answer.text[:500]}")
    else:
        found.good += 1


async def _send(client: httpx.AsyncClient, write_key: str, one: Hostile, found: Found) -> None:
    answer = await _post(client, write_key, one, found)
    is_json = answer.headers.get("content-type", "") == "application/json"
    ok = (
        is_json
        and answer.status_code in ANSWERS
        and answer.json()["success"] == (answer.status_code == 200)  # noqa: PLR2004
    )
    if not ok:
        found.wrong.append(
            f"/v1/{one.door} {one.headers} {one.content[:500]!r}: "
            f"{answer.status_code} {answer.text[:500]}"
        )


async def _post(
    client: httpx.AsyncClient, write_key: str, one: Hostile, found: Found
) -> httpx.Response:
    """Send until the service is not too busy for it, but not for ever."""
    headers = one.headers_with(write_key)
    for _ in range(_TRIES):
        answer = await client.post(f"/v1/{one.door}", content=one.content, headers=headers)
        found.answers[answer.status_code] += 1
        if answer.status_code != _BUSY:
            break
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    return answer


def show(found: Found, console: Console) -> None:
    """Print what was answered and found.

    Raises:
        BenchmarkError: something was lost, or answered as it must never be.
    """
    table = Table("", "", title="Hostile bodies", show_header=False)
    for status, number in sorted(found.answers.items()):
        table.add_row(f"answered {status}", f"{number:,}")
    table.add_row("good messages in bad company", f"{found.good:,}")
    table.add_row("of them in the graph", f"{found.there:,}")
    table.add_row("identifiers of no profile, or several", f"{found.astray:,}")
    table.add_row("answered as it must never be", f"{len(found.wrong):,}")
    console.print(table)
    console.print(
        f"after the first {WARM_UP:.0%}: {found.resident.slope():+,.1f} bytes a body",
        highlight=False,
    )
    for one in found.wrong[:20]:
        console.print(one, markup=False, highlight=False)
    if found.wrong or found.good != found.there or found.astray:
        raise BenchmarkError("the service did not stand it")
