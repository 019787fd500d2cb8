"""What it costs messages that something long is worked out meanwhile: a job, or a lesson.

Senders that each wait for their answer send what they can: alone, beside jobs, and beside a lesson,
in turns, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.latency import percentile
from bench.scratch import BenchmarkError, Scratch, scratch, serving
from bench.statements import statement
from bench.through_http import send
from bench.workload import Batch, make_workload
from service.access import Scope, add_key
from service.children import begun
from service.connection import Connection
from service.identity.rules import load_rules

ALONE = "alone"
JOBS = "beside jobs"
LESSON = "beside a lesson"
KINDS = (ALONE, JOBS, LESSON)

_START = """
mutation { startAttribution(
  conversion: {event: "Order Completed", value: "total"}
  models: [{model: LINEAR}, {model: MARKOV}, {model: SHAPLEY}]
) { id } }
"""
_LOOK = "query Jobs { jobs(first: 20) { edges { node { id state } } } }"
_CANCEL = "mutation Cancel($id: ID!) { cancelJob(id: $id) { id } }"
_FORGET = statement("forget_lessons")
_ENDED = ("DONE", "FAILED", "CANCELLED")
_WAITING = 3
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each turn is, and how many there are."""

    messages: int = 40_000
    """Those that the graph is filled with; then the same people do the same things again."""
    batch: int = 100
    connections: int = 16
    seconds: float = 20.0
    rounds: int = 5
    warm_ups: int = 1


@dataclass(slots=True)
class Sent:
    """Of one kind of turn."""

    rates: list[float] = field(default_factory=list)
    """Messages a second, a figure a round."""
    seconds: list[float] = field(default_factory=list)
    """Of each request."""


@dataclass(frozen=True, slots=True)
class Found:
    """All of one run."""

    plan: Plan
    of: dict[str, Sent] = field(default_factory=lambda: {kind: Sent() for kind in KINDS})
    done: list[int] = field(default_factory=list)
    """Jobs that came to their end in a turn."""

    def share(self, kind: str) -> float:
        """Of the messages that come through alone: the median over the rounds."""
        pairs = zip(self.of[kind].rates, self.of[ALONE].rates, strict=True)
        return statistics.median(one / alone for one, alone in pairs)


async def measure(plan: Plan, console: Console) -> Found:
    """Fill a graph, and send on, with and without something beside it.

    Raises:
        KnoopError: something could not be started, or was not accepted.
    """
    found = Found(plan)
    with console.status("Imagining a company"):
        workload = make_workload(plan.messages, plan.batch, load_rules())
    waiting = (batch for number in count() for batch in workload.again(number).batches)
    async with scratch(console, heap="2g", page_cache="1g") as there, serving(there) as service:
        key = await add_key(there.graph, "bench", [Scope.ADMIN])
        async with (
            httpx.AsyncClient(base_url=service.url, timeout=60) as client,
            httpx.AsyncClient(
                base_url=service.url, timeout=60, headers={"Authorization": f"Bearer {key}"}
            ) as analyst,
        ):
            bench = _Bench(plan, there, client, analyst, waiting)
            with console.status("Filling the graph"):
                await bench.fill(workload.batches)
            for number in range(plan.warm_ups + plan.rounds):
                for kind in KINDS:
                    kept = Found(plan) if number < plan.warm_ups else found
                    with console.status(f"Round {number + 1}: {kind}"):
                        await bench.turn(kind, kept)
                if number >= plan.warm_ups:
                    console.print(_line(found), highlight=False)
    return found


@dataclass(frozen=True, slots=True)
class _Bench:
    plan: Plan
    there: Scratch
    client: httpx.AsyncClient
    analyst: httpx.AsyncClient
    waiting: Iterator[Batch]

    async def fill(self, batches: tuple[Batch, ...]) -> None:
        """Send all of it once."""
        left = iter(batches)

        async def work() -> None:
            for batch in left:
                await send(self.client, batch.body, self.there.write_keys[batch.source])

        async with asyncio.TaskGroup() as senders:
            for _ in range(self.plan.connections):
                senders.create_task(work())

    async def turn(self, kind: str, found: Found) -> None:
        """Send for some seconds, with this beside it."""
        async with self._beside(kind, found):
            sent = found.of[kind]
            began = time.perf_counter()
            until = began + self.plan.seconds
            messages = 0

            async def work() -> None:
                nonlocal messages
                while time.perf_counter() < until:
                    batch = next(self.waiting)
                    asked = time.perf_counter()
                    await send(self.client, batch.body, self.there.write_keys[batch.source])
                    sent.seconds.append(time.perf_counter() - asked)
                    messages += len(batch.messages)

            async with asyncio.TaskGroup() as senders:
                for _ in range(self.plan.connections):
                    senders.create_task(work())
            sent.rates.append(messages / (time.perf_counter() - began))

    def _beside(self, kind: str, found: Found) -> AbstractAsyncContextManager[None]:
        match kind:
            case "beside jobs":
                return self._jobs(found)
            case "beside a lesson":
                return self._lesson()
        return nullcontext()

    @asynccontextmanager
    async def _jobs(self, found: Found) -> AsyncIterator[None]:
        """Have one job done after the other while the block runs."""
        started: set[str] = set()
        ended = asyncio.Event()

        async def keep_starting() -> None:
            while True:
                left = [one for one in await self._jobs_left() if one[0] in started]
                for _ in range(_WAITING - len(left)):
                    started.add((await self._ask(_START))["startAttribution"]["id"])
                if any(state == "RUNNING" for _, state in left):
                    ended.set()
                await asyncio.sleep(_LOOK_SECONDS)

        starting = asyncio.create_task(keep_starting())
        try:
            await self._until(ended, starting)
            yield
        finally:
            starting.cancel()
            await asyncio.wait([starting])
            left = [id_ for id_, _ in await self._jobs_left()]
            found.done.append(len(started - set(left)))
            for id_ in left:
                await self._ask(_CANCEL, id=id_)
            while await self._jobs_left():
                await asyncio.sleep(_LOOK_SECONDS)

    @staticmethod
    async def _until(event: asyncio.Event, beside: asyncio.Task[None]) -> None:
        waiting = asyncio.create_task(event.wait())
        await asyncio.wait({waiting, beside}, return_when=asyncio.FIRST_COMPLETED)
        if beside.done():
            waiting.cancel()
            beside.result()

    async def _jobs_left(self) -> list[tuple[str, str]]:
        """Those that have not ended: their ids and states."""
        told = await self._ask(_LOOK)
        nodes = [edge["node"] for edge in told["jobs"]["edges"]]
        return [(one["id"], one["state"]) for one in nodes if one["state"] not in _ENDED]

    async def _ask(self, query: str, **variables: str) -> Any:
        answer = await self.analyst.post("/graphql", json={"query": query, "variables": variables})
        told = answer.json()
        if answer.status_code != httpx.codes.OK or told.get("errors"):
            raise BenchmarkError(f"answered {answer.status_code}: {answer.text[:500]}")
        return told["data"]

    @asynccontextmanager
    async def _lesson(self) -> AsyncIterator[None]:
        """Have the background's learner learn everything anew while the block runs."""
        server = self.there.server
        known = Connection(None, server.bolt_uri, server.user, server.password)

        async def keep_learning() -> None:
            while True:
                await self.there.graph.run(_FORGET)
                async with begun("service.learner", known, patience=3.0) as process:
                    if status := await process.wait():
                        raise BenchmarkError(f"the learner ended with {status}")

        learning = asyncio.create_task(keep_learning())
        await asyncio.sleep(2)  # until it is started
        try:
            yield
        finally:
            is_over = learning.done()
            learning.cancel()
            await asyncio.wait([learning])
            if is_over:
                learning.result()


def show(found: Found, console: Console) -> None:
    """Print the rates, and what each is of the one alone."""
    plan = found.plan
    table = Table(
        *("messages", "a second", "of alone", "ms, p50", "p99"),
        title=f"/v1/batch, {plan.connections} connections, batches of {plan.batch}",
    )
    for kind in KINDS:
        of = found.of[kind]
        table.add_row(
            kind,
            f"{statistics.median(of.rates):,.0f}",
            f"{found.share(kind):.2f}",
            *(f"{1_000 * percentile(of.seconds, one):.0f}" for one in (50, 99)),
        )
    console.print(table)
    console.print(
        f"jobs done in {plan.seconds:.0f} seconds: {statistics.median(found.done):.0f}",
        highlight=False,
    )


def _line(found: Found) -> str:
    return ", ".join(f"{kind} {found.of[kind].rates[-1]:,.0f}" for kind in KINDS) + " a second"
