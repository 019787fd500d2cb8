"""A person by GraphQL: beside the same Cypher by hand, and beside npm's @neo4j/graphql.

All sides are asked in turn, in rounds, over one database: one question at a time, then as many at
once as there are connections. So what else the machine does falls on all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle

import psutil
from rich.console import Console
from rich.table import Table

from bench.latency import percentile
from bench.profiles import raised
from bench.readable import People, write
from bench.readers import Asker, Bare, Knoop, Neo4jGraphQL, Side, Told, neo4j_graphql
from bench.scratch import BenchmarkError, Scratch, scratch, serving
from bench.seeding import IDENTIFIERS_A_PERSON
from bench.seeding import people as write_people
from bench.timing import Times
from service.access import Scope, add_key
from service.identity.publishing import publish
from service.identity.rules import load_rules
from service.serving import collect_less_often

_PERCENTILES = (50, 95, 99)
_PAGE = 50
_FIRST, _LATER = "page 1", "page 200"
_TURNS = 199


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the graph is, who is asked for, and how often."""

    identifiers: int = 1_000_000
    rounds: int = 8
    warm_ups: int = 4
    alone: int = 100
    """Questions of a round that are asked one after the other."""
    busy: int = 400
    """And how many at once."""
    connections: int = 16
    people: int = 300

    @property
    def small(self) -> People:
        """Those whom nearly everything is about."""
        return People("small", self.people, identifiers=5, touchpoints=60)

    @property
    def large(self) -> People:
        """As large a person as the next limit."""
        return People("large", 4, identifiers=500, touchpoints=60)

    @property
    def long(self) -> People:
        """One whose journey has 200 pages."""
        return People("long", 1, identifiers=5, touchpoints=(_TURNS + 1) * _PAGE + 1)


@dataclass(slots=True)
class Asked:
    """What one side took."""

    alone: list[float] = field(default_factory=list)
    """Seconds of each question."""
    busy: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    """Questions a second with all connections, a figure a round."""
    own: list[float] = field(default_factory=list)
    """Processor seconds of its process a question, meanwhile."""
    database: list[float] = field(default_factory=list)
    """And of the database."""

    @property
    def rate(self) -> float:
        """Questions a second, in the middle of the rounds."""
        return statistics.median(self.rates)


@dataclass(slots=True)
class Found:
    """The figures of one run."""

    plan: Plan
    asked: dict[str, Asked]
    pages: Times = field(default_factory=Times)
    sizes: Times = field(default_factory=Times)

    def times_as_long(self, as_: str) -> float:
        """How knoop's median is to another's, of questions alone."""
        knoop, other = (statistics.median(self.asked[one].alone) for one in (Knoop.name, as_))
        return knoop / other


async def measure(plan: Plan, console: Console) -> Found:
    """Fill a graph, start all sides, and ask them in turn.

    Raises:
        KnoopError: something could not be started, or the sides do not tell the same.
    """
    rules = raised(load_rules())
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(scratch(console, heap="2g", page_cache="2g"))
        await publish(there.graph, rules)
        with console.status(f"Writing {plan.identifiers:,} identifiers, and people to read"):
            await write_people(there, 1, plan.identifiers // IDENTIFIERS_A_PERSON)
            await write(there, rules, [plan.small, plan.large, plan.long])
            await there.graph.run("CALL db.awaitIndexes(600)")
        key = await add_key(there.graph, "bench", [Scope.ADMIN])
        its = await stack.enter_async_context(serving(there))
        sides: list[Side] = [Bare(there), Knoop(its.url, its.pid, key)]
        with console.status("Installing @neo4j/graphql"):
            other = await stack.enter_async_context(neo4j_graphql(there))
        if other is None:
            console.print("There is no Node on this machine: without @neo4j/graphql.")
        else:
            sides.append(other)
        collect_less_often()
        bench = _Bench(plan, there, sides)
        await bench.compare()
        with console.status("Asking for people"):
            found = await bench.people()
        with console.status("Turning pages"):
            await bench.pages(found)
        with console.status("Asking for people of other sizes"):
            await bench.sizes(found)
    return found


@dataclass(frozen=True, slots=True)
class _Bench:
    plan: Plan
    there: Scratch
    sides: Sequence[Side]

    async def compare(self) -> None:
        """Make sure that all sides tell the same of the same people."""
        for people in (self.plan.small, self.plan.large):
            user = people.value(0)
            told: list[Told] = []
            for side in self.sides:
                async with side.asker() as asker:
                    told.append(side.told(await asker.ask(user, _PAGE)))
            plain = {(one.identifiers, one.traits, one.touchpoints) for one in told}
            if len(plain) > 1 or len(told[0].touchpoints) != _PAGE:
                raise BenchmarkError(f"the sides do not tell the same of {user}: {told}")

    async def people(self) -> Found:
        """The question that frontends ask most, by all sides in turn."""
        users = cycle(self.plan.small.values())
        found = Found(self.plan, {side.name: Asked() for side in self.sides})
        for number in range(self.plan.warm_ups + self.plan.rounds):
            for side in self.sides:
                asked = Asked() if number < self.plan.warm_ups else found.asked[side.name]
                async with side.asker() as asker:
                    await _ask(asker, users, self.plan.alone, asked.alone)
                await self._at_once(side, users, asked)
        return found

    async def _at_once(self, side: Side, users: Iterator[str], asked: Asked) -> None:
        plan = self.plan
        own, database = psutil.Process(side.pid), psutil.Process(self.there.server.pid)
        async with AsyncExitStack() as stack:
            askers = [
                await stack.enter_async_context(side.asker()) for _ in range(plan.connections)
            ]
            used = _seconds(own), _seconds(database)
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for asker in askers:
                    count = plan.busy // plan.connections
                    group.create_task(_ask(asker, users, count, asked.busy))
            count = plan.busy // plan.connections * plan.connections
            asked.rates.append(count / (time.perf_counter() - began))
            asked.own.append((_seconds(own) - used[0]) / count)
            asked.database.append((_seconds(database) - used[1]) / count)

    async def pages(self, found: Found) -> None:
        """The first page of a long journey, and the last; @neo4j/graphql knows no such pages."""
        user = self.plan.long.value(0)
        sides = [side for side in self.sides if not isinstance(side, Neo4jGraphQL)]
        cursor = await self._turn_pages(user)
        for number in range(self.plan.warm_ups + self.plan.rounds):
            times = Times() if number < self.plan.warm_ups else found.pages
            for side in sides:
                async with side.asker() as asker:
                    for _ in range(self.plan.alone // 5):
                        for name, after in ((_FIRST, None), (_LATER, cursor)):
                            ask = partial(asker.ask, user, _PAGE, after)
                            await times.take(f"{side.name}, {name}", ask)

    async def _turn_pages(self, user: str) -> str:
        """The cursor after which the last page begins."""
        [knoop] = [side for side in self.sides if isinstance(side, Knoop)]
        seen: set[str] = set()
        after: str | None = None
        async with knoop.asker() as asker:
            for _ in range(_TURNS):
                told = knoop.told(await asker.ask(user, _PAGE, after))
                seen.update(told.touchpoints)
                after = told.end_cursor
        if len(seen) != _TURNS * _PAGE or after is None:
            raise BenchmarkError(f"{_TURNS} pages have {len(seen)} touchpoints")
        return after

    async def sizes(self, found: Found) -> None:
        """People of few identifiers and of many."""
        for number in range(self.plan.warm_ups + self.plan.rounds):
            times = Times() if number < self.plan.warm_ups else found.sizes
            for side in self.sides:
                async with side.asker() as asker:
                    for turn in range(self.plan.alone // 10):
                        for people in (self.plan.small, self.plan.large):
                            user = people.value(turn % people.count)
                            ask = partial(asker.ask, user, _PAGE)
                            await times.take(f"{side.name}, {people.identifiers}", ask)


async def _ask(asker: Asker, users: Iterator[str], count: int, seconds: list[float]) -> None:
    for _ in range(count):
        user = next(users)
        began = time.perf_counter()
        await asker.ask(user, _PAGE)
        seconds.append(time.perf_counter() - began)


def _seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def show(found: Found, console: Console) -> None:
    """Print the percentiles, the rates, and what they are beside the driver's."""
    bare = found.asked[Bare.name]
    table = Table(
        *("ms", "connections", *(f"p{one}" for one in _PERCENTILES), "a second"),
        title=f"A person with {_PAGE} touchpoints; in brackets: times the driver's",
    )
    for name, of in found.asked.items():
        alone = [percentile(of.alone, one) for one in _PERCENTILES]
        table.add_row(
            name, "1", *_beside(alone, bare.alone), f"{1 / statistics.mean(of.alone):,.0f}"
        )
    table.add_section()
    for name, of in found.asked.items():
        busy = [percentile(of.busy, one) for one in _PERCENTILES]
        rate = f"{of.rate:,.0f} ({of.rate / bare.rate:.2f})"
        table.add_row(name, f"{found.plan.connections}", *_beside(busy, bare.busy), rate)
    console.print(table)
    used = Table("processor time, ms a question", "its process", "Neo4j's")
    for name, of in found.asked.items():
        used.add_row(name, *(f"{1_000 * statistics.median(x):.1f}" for x in (of.own, of.database)))
    console.print(used)
    console.print(f"knoop's p50 is {found.times_as_long(Bare.name):.2f} of the driver's (goal: 2)")
    if Neo4jGraphQL.name in found.asked:
        times = found.asked[Knoop.name].rate / found.asked[Neo4jGraphQL.name].rate
        console.print(
            f"knoop's p50 is {found.times_as_long(Neo4jGraphQL.name):.2f} of @neo4j/graphql's "
            f"(goal: 1), with {times:.2f} times as many questions a second (goal: 1.5)"
        )
    _show_two(console, "A journey of 10,000 events", found.pages, (_FIRST, _LATER))
    sizes = tuple(str(one.identifiers) for one in (found.plan.small, found.plan.large))
    _show_two(console, "A person of so many identifiers", found.sizes, sizes)


def _beside(figures: Sequence[float], bare: Sequence[float]) -> list[str]:
    of = [percentile(bare, one) for one in _PERCENTILES]
    return [f"{1_000 * a:.1f} ({a / b:.1f})" for a, b in zip(figures, of, strict=True)]


def _show_two(console: Console, title: str, times: Times, names: tuple[str, ...]) -> None:
    table = Table("ms, p50", *names, "times", title=title)
    for side in dict.fromkeys(name.rsplit(", ", 1)[0] for name in times.each):
        first, second = (times.median(f"{side}, {name}") for name in names)
        table.add_row(side, *(f"{1_000 * x:.1f}" for x in (first, second)), f"{second / first:.2f}")
    console.print(table)
