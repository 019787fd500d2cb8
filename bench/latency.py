"""How long a request takes at half of full load.

Full load is found first, by senders that each wait for their answer: a *closed* loop. Then half as
many requests a second are offered on a clock that waits for nobody: an *open* loop, as visitors
arrive. A latency counts from when its request was due, not from when it could be sent, so that a
pause of the service is felt by all who came in it, and not by one alone. Whoever leaves them out
commits "coordinated omission": Gil Tene, "How NOT to Measure Latency", 2013; on the two loops,
Schroeder, Wierman and Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice

import httpx
import orjson
from rich.console import Console
from rich.table import Table

from bench.scratch import BenchmarkError, Scratch, scratch, serving
from bench.timing import BASELINE, Times
from bench.workload import Workload, make_workload
from service.identity.rules import load_rules

SINGLE, BATCH = "single messages", "batches"
_OK = 200
_PERCENTILES = (50, 95, 99)
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is offered, and for how long."""

    messages: int = 10_000
    """How many different ones there are; then the same people do the same things again."""
    batch: int = 100
    connections: int = 16
    seconds: float = 60.0
    """Of half load; full load is looked for as long, in three parts of which the last counts."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, ready to go."""

    path: str
    source: str
    body: bytes


@dataclass(slots=True)
class Latencies:
    """Of one kind of request."""

    full: float
    """Requests a second that were answered when each sender waited for its answer."""
    offered: float
    """Requests a second that were due."""
    seconds: list[float] = field(default_factory=list)
    late: int = 0
    """How many were told to come back later, and were sent again."""


@dataclass(frozen=True, slots=True)
class Found:
    """All of one run."""

    plan: Plan
    idle: Times
    """The smallest commit's times, with nothing else going on."""
    of: dict[str, Latencies] = field(default_factory=dict)
    beside: dict[str, Times] = field(default_factory=dict)
    """The smallest commit's times while these were offered."""


async def measure(plan: Plan, console: Console) -> Found:
    """Find full load, and offer half of it: batches first, then single messages.

    Raises:
        KnoopError: something could not be started, or was not accepted.
    """
    with console.status("Imagining a company"):
        workload = make_workload(plan.messages, plan.batch, load_rules())
    found = Found(plan, Times())
    async with scratch(console) as there, serving(there) as service:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(base_url=service.url, timeout=60, limits=limits) as client:
            for kind in (BATCH, SINGLE):
                client_side = _Sender(client, there.write_keys, _requests(workload, kind))
                with console.status(f"{kind}: looking for full load"):
                    full = [await client_side.flood(plan) for _ in range(3)][-1]
                if not found.idle.each:
                    for _ in range(300):
                        await found.idle.take_baseline(there.graph)
                found.of[kind] = Latencies(full, full / 2)
                with console.status(f"{kind}: {full / 2:,.1f} requests a second"):
                    await _offer(there, client_side, found, kind)
                console.print(_line(kind, found.of[kind]), highlight=False)
    return found


def _requests(workload: Workload, kind: str) -> Iterator[Sent]:
    """Without end: each round the same people do the same things, as other messages."""
    for number in count():
        for batch in workload.again(f"{kind} {number}").batches:
            if kind == BATCH:
                yield Sent("/v1/batch", batch.source, batch.body)
                continue
            for message in batch.messages:
                body = orjson.dumps(message.body)
                yield Sent(f"/v1/{message.body['type']}", batch.source, body)


class _Sender:
    def __init__(
        self, client: httpx.AsyncClient, write_keys: Mapping[str, str], requests: Iterator[Sent]
    ) -> None:
        self._client = client
        self._write_keys = write_keys
        self._requests = requests

    def take(self, number: int) -> list[Sent]:
        """The next ones."""
        return list(islice(self._requests, number))

    async def flood(self, plan: Plan) -> float:
        """Requests a second, when as many as there are connections each wait for their answer."""
        until = time.perf_counter() + plan.seconds / 3
        answered = 0

        async def work() -> None:
            nonlocal answered
            while time.perf_counter() < until:
                [request] = self.take(1)
                await self.send(request)
                answered += 1

        began = time.perf_counter()
        async with asyncio.TaskGroup() as senders:
            for _ in range(plan.connections):
                senders.create_task(work())
        return answered / (time.perf_counter() - began)

    async def send(self, request: Sent) -> int:
        """Send until it is accepted, as an SDK does: how often it was told to come back later."""
        for told in range(100):
            answer = await self._client.post(
                request.path, content=request.body, auth=(self._write_keys[request.source], "")
            )
            if answer.status_code == _OK:
                return told
            if "Retry-After" not in answer.headers:
                raise BenchmarkError(f"answered {answer.status_code}: {answer.text[:500]}")
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        raise BenchmarkError("it was never accepted")


async def _offer(there: Scratch, sender: _Sender, found: Found, kind: str) -> None:
    """One request each time that one is due, whatever became of those before it."""
    of, beside = found.of[kind], found.beside.setdefault(kind, Times())
    requests = sender.take(math.ceil(of.offered * found.plan.seconds))

    async def send(request: Sent, due: float) -> None:
        of.late += await sender.send(request)
        of.seconds.append(time.perf_counter() - due)

    async def commit_now_and_then() -> None:
        while True:
            await beside.take_baseline(there.graph)
            await asyncio.sleep(_PAUSE)

    baseline = asyncio.create_task(commit_now_and_then())
    try:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as senders:
            for number, request in enumerate(requests):
                due = began + number / of.offered
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                senders.create_task(send(request, due))
    finally:
        baseline.cancel()
        await asyncio.wait([baseline])


def percentile(seconds: Sequence[float], percent: float) -> float:
    """The nearest rank: so many percent took at most this long."""
    ordered = sorted(seconds)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def show(found: Found, console: Console) -> None:
    """Print the percentiles, in milliseconds and in smallest commits of the same percentile."""
    columns = [f"p{percent}" for percent in _PERCENTILES]
    table = Table("ms", "requests", *columns, title="Latency at half of full load")
    idle = found.idle.each[BASELINE]
    _add(table, f"{BASELINE}, alone", idle, idle)
    for kind, of in found.of.items():
        table.add_section()
        beside = found.beside[kind].each[BASELINE]
        name = f"{kind} of {found.plan.batch}" if kind == BATCH else kind
        _add(table, f"{BASELINE}, beside {kind}", beside, idle)
        _add(table, f"{name}, {of.offered:,.1f} a second", of.seconds, idle)
    console.print(table)
    console.print("in brackets: in smallest commits alone, of the same percentile", highlight=False)
    for kind, of in found.of.items():
        console.print(_line(kind, of), highlight=False)


def _add(table: Table, name: str, seconds: Sequence[float], idle: Sequence[float]) -> None:
    figures = [percentile(seconds, percent) for percent in _PERCENTILES]
    of = [percentile(idle, percent) for percent in _PERCENTILES]
    cells = (f"{1_000 * one:.1f} ({one / own:.1f})" for one, own in zip(figures, of, strict=True))
    table.add_row(name, f"{len(seconds):,}", *cells)


def _line(kind: str, of: Latencies) -> str:
    return (
        f"{kind}: {of.full:,.1f} requests a second at full load, "
        f"{of.offered:,.1f} offered, {of.late:,} told to come back later"
    )
