"""Messages a second from HTTP to committed, beside the ceiling, in turns on one Neo4j.

Where each round begins with an empty graph there is a third: the very graph that the service makes,
written by who need not work it out.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.plain import SHAPES, Shape, write_all
from bench.profiling import Profile, profile_commits
from bench.same_graph import SHAPE, SameGraph, read_graph, write_graph
from bench.scratch import Scratch, scratch, serving
from bench.through_http import send_all
from bench.workload import Workload, make_workload
from service.identity.rules import load_rules
from service.serving import collect_less_often

_WARM_UP_SHARE = 0.6
_LEAST_ROUNDS = 2
_SAME_WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how often."""

    messages: int
    rounds: int
    connections: int
    batch: int
    warm_ups: int = 8
    """So many rounds of 10,000 messages it takes until the JVM has compiled what it runs."""
    known: bool = False
    """Whether everybody is known already. Else each round begins with an empty graph."""
    minutes: float = 9.0
    """After this time no round is begun, but for the first two."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second, a figure a round."""

    each: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure that is quoted."""
        return statistics.median(self.each)


@dataclass(frozen=True, slots=True)
class Found:
    """All figures of one run."""

    plan: Plan
    service: Rates
    plain: Rates
    same: Rates | None
    shape: Shape
    shapes: dict[Shape, float]
    profile: Profile

    @property
    def ratio(self) -> float:
        """The service's rate as a share of the ceiling: the median over the rounds."""
        return _share(self.service, self.plain)

    @property
    def ratio_to_same(self) -> float | None:
        """The service's rate as a share of that of the same graph, written ready."""
        return None if self.same is None else _share(self.service, self.same)


def _share(ours: Rates, of: Rates) -> float:
    return statistics.median(one / other for one, other in zip(ours.each, of.each, strict=True))


@dataclass(slots=True)
class _Bench:
    there: Scratch
    workload: Workload
    plan: Plan
    url: str
    until: float
    events: int = 0
    round: int = 0

    def has_time(self, share: float = 1.0) -> bool:
        """Whether so much of the time that was given is not over yet."""
        return time.monotonic() < self.until - 60 * self.plan.minutes * (1 - share)

    async def service(self) -> float:
        return await self._rate(
            lambda work: send_all(self.url, self.there.write_keys, work, self.plan.connections)
        )

    async def plain(self, shape: Shape) -> float:
        return await self._rate(lambda work: write_all(self.there.graph, work.plain, shape))

    async def same(self, same: SameGraph) -> float:
        return await self._rate(lambda _: write_graph(self.there.graph, same, SHAPE))

    async def _rate(self, write: Callable[[Workload], Awaitable[float]]) -> float:
        workload = self.workload
        if self.plan.known and self.round:
            workload = workload.again(self.round)
        else:
            await self.there.empty()
            self.events = 0
        self.round += 1
        self.events += workload.size
        seconds = await write(workload)
        await self.there.holds(self.events)
        return workload.size / seconds


async def measure(plan: Plan, console: Console) -> Found:
    """Run the whole benchmark on a Neo4j that is made for it.

    Raises:
        KnoopError: something could not be started, or was not written.
    """
    rules = load_rules()
    with console.status("Imagining a company"):
        workload = await asyncio.to_thread(make_workload, plan.messages, plan.batch, rules)
    async with scratch(console) as there:
        async with serving(there) as its:
            bench = _Bench(there, workload, plan, its.url, time.monotonic() + 60 * plan.minutes)
            shapes = await _warm_up(bench, console)
            best = max(shapes, key=shapes.__getitem__)
            same = None
            if not plan.known:
                await bench.service()
                same = await read_graph(there.graph)
                console.print(f"{plan.messages:,} messages make {same}", highlight=False)
                for _ in range(_SAME_WARM_UPS):
                    await bench.same(same)
            found = await _take_turns(bench, best, same, console)
        with console.status("Looking where the time goes"):
            await there.empty()
            collect_less_often()  # As the service does.
            profile = await profile_commits(there.graph, rules, workload, plan.connections)
            await there.holds(workload.size)
    return Found(plan, *found, best, shapes, profile)


async def _warm_up(bench: _Bench, console: Console) -> dict[Shape, float]:
    """Let Neo4j compile both ways, and find the shape in which plain writes are fastest."""
    shapes: dict[Shape, list[float]] = {shape: [] for shape in SHAPES}
    for number in range(1, bench.plan.warm_ups + 1):
        if number > 1 and not bench.has_time(_WARM_UP_SHARE):
            break
        console.print(f"Warming up, {number} of {bench.plan.warm_ups}", highlight=False)
        await bench.service()
        for shape in SHAPES:
            shapes[shape].append(await bench.plain(shape))
    return {shape: _best(rates) for shape, rates in shapes.items()}


async def _take_turns(
    bench: _Bench, shape: Shape, same: SameGraph | None, console: Console
) -> tuple[Rates, Rates, Rates | None]:
    service: list[float] = []
    plain: list[float] = []
    ready: list[float] = []
    for number in range(1, bench.plan.rounds + 1):
        if number > _LEAST_ROUNDS and not bench.has_time():
            break
        service.append(await bench.service())
        plain.append(await bench.plain(shape))
        if same is not None:
            ready.append(await bench.same(same))
        console.print(
            f"Round {number} of {bench.plan.rounds}: "
            f"{service[-1]:,.0f} and {plain[-1]:,.0f} messages a second",
            highlight=False,
        )
    return Rates(tuple(service)), Rates(tuple(plain)), Rates(tuple(ready)) if ready else None


def _best(rates: Sequence[float]) -> float:
    """The first rounds tell more of the compiler than of the shape."""
    return max(rates[len(rates) // 2 :])
