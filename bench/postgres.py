"""knoop beside what a team would otherwise build on PostgreSQL: the same messages and questions.

Both without HTTP, in turns, each committing as its database does by default. PostgreSQL's side is
in `bench/in_sql.py`; it has no limits, no evidence, no history and no way back.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.cluster import cluster
from bench.identity import KINDS, KNOWN, Arrivals
from bench.in_sql import Team
from bench.scratch import BenchmarkError, scratch
from bench.seeding import IDENTIFIERS_A_PERSON, check_likeness
from bench.sides import Knoop, Side, Stands
from bench.timing import BASELINE, Times
from bench.workload import make_workload, received
from service.identity.rules import Rules, load_rules
from service.ingest.rows import Received
from service.serving import collect_less_often

PROFILE, JOURNEY, WHY = "a profile", "a journey", "why two are one"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is written and read, and how often."""

    messages: int = 10_000
    commits: tuple[int, ...] = (1, 100, 1_600)
    """How many messages to a commit; what a flood is written in is the last."""
    alone: int = 500
    """How many are sent where each has a commit of its own."""
    rounds: int = 5
    warm_ups: int = 8  # As in `bench.ingest`, where it says why.
    reads: int = 300
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Of the graph, in identifiers, as it grows."""
    turns: int = 40
    """How often each kind of message is sent at each size, and a profile read."""
    first_turns: int = 180
    """Before that at the first size, for Java to compile; a third of them at the others."""


QUICK = Plan(
    messages=1_000,
    alone=50,
    rounds=1,
    warm_ups=1,
    reads=50,
    sizes=(3_000, 6_000),
    turns=5,
    first_turns=9,
)


@dataclass(slots=True)
class Found:
    """All figures, by the name of the side."""

    plan: Plan
    rates: dict[int, dict[str, list[float]]] = field(default_factory=dict)
    """Messages a second, by how many are in a commit: a figure a round."""
    stands: dict[str, Stands] = field(default_factory=dict)
    reads: dict[str, Times] = field(default_factory=lambda: defaultdict(Times))
    longest: int = 0
    """The touchpoints of the journeys that were read, in the middle."""
    growth: dict[int, dict[str, Times]] = field(default_factory=dict)


async def measure(plan: Plan, console: Console) -> Found:
    """Have both do all of it.

    Raises:
        KnoopError: a database could not be started, or something was not written.
    """
    rules = load_rules()
    found = Found(plan)
    with console.status("Imagining a company"):
        workload = make_workload(plan.messages, 100, rules)
        messages = [one for batch in workload.batches for one in received(batch, rules)]
    collect_less_often()  # As the service does.
    async with scratch(console, heap="2g", page_cache="2g") as there, cluster() as connection:
        sides: list[Side] = [Knoop(there, rules), Team(connection)]
        await _write(sides, messages, found, console)
        with console.status("Reading"):
            await _read(sides, messages, found)
        for side in sides:
            await side.empty()
        await check_likeness(there, rules)
        await _grow(sides, rules, found, console)
    return found


async def _write(
    sides: Sequence[Side], messages: Sequence[Received], found: Found, console: Console
) -> None:
    plan = found.plan
    found.rates.update({size: {side.name: [] for side in sides} for size in plan.commits})
    for number in range(1, plan.warm_ups + plan.rounds + 1):
        for size in plan.commits:
            part = messages if size > 1 else messages[: plan.alone]
            for side in sides:
                await side.empty()
                rate = await _rate(side, part, size)
                if number > plan.warm_ups:
                    found.rates[size][side.name].append(rate)
        last = ", ".join(
            f"{size} a commit {' and '.join(f'{rates[-1]:,.0f}' for rates in of.values())}"
            for size, of in found.rates.items()
            if all(of.values())
        )
        console.print(
            f"Round {number} of {plan.warm_ups + plan.rounds}: {last or 'warming up'}",
            highlight=False,
        )
    for side in sides:
        found.stands[side.name] = await side.stands()


async def _rate(side: Side, messages: Sequence[Received], size: int) -> float:
    """Messages a second, one commit after the other."""
    stored = 0
    began = time.perf_counter()
    for batch in _parts(messages, size):
        stored += len(await side.record(batch))
    seconds = time.perf_counter() - began
    if stored != len(messages):
        raise BenchmarkError(f"{side.name} stored {stored} of {len(messages)} messages")
    return len(messages) / seconds


def _parts(messages: Sequence[Received], size: int) -> Iterator[Sequence[Received]]:
    return (messages[start : start + size] for start in range(0, len(messages), size))


async def _read(sides: Sequence[Side], messages: Sequence[Received], found: Found) -> None:
    """Read people on whom both agree; the journeys are long ones over several identifiers.

    Finding them is also what warms up the planners.
    """
    chance, reads = Random(1), found.plan.reads  # noqa: S311
    keys = sorted({one.key for sent in messages for one in sent.message.identifiers})
    people: dict[str, list[str]] = {}
    lengths: dict[str, int] = {}
    for key in chance.sample(keys, min(2 * reads, len(keys))):
        of, *others = [sorted(await side.read_profile(key)) for side in sides]
        length, *lengths_of_others = [await side.read_journey(key) for side in sides]
        if {*map(tuple, others)} == {tuple(of)} and {*lengths_of_others} == {length}:
            people[key], lengths[key] = of, length
    pairs = [(key, of[-1 if of[0] == key else 0]) for key, of in people.items() if len(of) > 1]
    longest = sorted((key for key, _ in pairs), key=lengths.__getitem__)[-len(pairs) // 4 :]
    if not all([await side.explain(*pair) for side in sides for pair in pairs[:reads]]):
        raise BenchmarkError("of one person there should be a chain between any two identifiers")
    found.longest = int(median(lengths[key] for key in longest))
    for key in list(people)[:reads]:
        await _in_turn(sides, found.reads, PROFILE, lambda side: side.read_profile(key))  # noqa: B023
    for key in longest:
        await _in_turn(sides, found.reads, JOURNEY, lambda side: side.read_journey(key))  # noqa: B023
    for pair in pairs[:reads]:
        await _in_turn(sides, found.reads, WHY, lambda side: side.explain(*pair))  # noqa: B023


async def _grow(sides: Sequence[Side], rules: Rules, found: Found, console: Console) -> None:
    """One message a commit, and one profile, as the graph grows."""
    plan, arrivals, chance, there_are = found.plan, Arrivals(rules), Random(1), 1  # noqa: S311
    for size in plan.sizes:
        people = size // IDENTIFIERS_A_PERSON
        with console.status(f"Writing {size:,} identifiers on either side"):
            for side in sides:
                await side.seed(there_are, people)
        there_are = people + 1
        warm_ups = plan.first_turns if size == plan.sizes[0] else plan.first_turns // 3
        with console.status(f"Measuring at {size:,} identifiers"):
            for number in range(warm_ups + plan.turns):
                if number in (0, warm_ups):
                    times = found.growth[size] = {side.name: Times() for side in sides}
                await _in_turn(sides, times, BASELINE, lambda side: side.commit_least())
                for kind in KINDS:
                    one = [arrivals.one(kind, people)]
                    await _in_turn(sides, times, kind, lambda side: side.record(one))  # noqa: B023
                key = f"user_id:s{chance.randint(1, people)}"
                await _in_turn(sides, times, PROFILE, lambda side: side.read_profile(key))  # noqa: B023
        told = ", ".join(
            f"{side.name} {1_000 * times[side.name].median(KNOWN):.1f}" for side in sides
        )
        console.print(f"{size:,} identifiers: {KNOWN} {told} ms", highlight=False)


async def _in_turn(
    sides: Sequence[Side],
    times: dict[str, Times],
    name: str,
    work: Callable[[Side], Awaitable[Any]],
) -> None:
    for side in sides:
        await times[side.name].take(name, lambda: work(side))  # noqa: B023


def show(found: Found, console: Console) -> None:
    """Print who is faster at what, and how each grows."""
    ours, theirs = found.stands
    table = Table("messages a second", ours, theirs, f"{theirs} of {ours}", title="Writing")
    for size, rates in found.rates.items():
        of = [median(rates[name]) for name in (ours, theirs)]
        table.add_row(
            f"{size:,} a commit", *(f"{rate:,.0f}" for rate in of), f"{of[1] / of[0]:.1f}"
        )
    console.print(table)
    table = Table("what became of them", ours, theirs)
    for what in ("events", "identifiers", "persons", "largest"):
        table.add_row(what, *(f"{getattr(found.stands[name], what):,}" for name in (ours, theirs)))
    console.print(table)
    journeys = f"Reading; journeys of {found.longest} touchpoints in the middle"
    table = Table("ms", ours, theirs, f"{ours} of {theirs}", title=journeys)
    for what in (PROFILE, JOURNEY, WHY):
        table.add_row(f"{what}, median", *_two(found.reads, what, ours, theirs))
    console.print(table)
    for what in (BASELINE, *KINDS, PROFILE):
        table = Table("identifiers", ours, theirs, f"{ours} of {theirs}", title=f"ms, {what}")
        for size, times in found.growth.items():
            table.add_row(f"{size:,}", *_two(times, what, ours, theirs))
        first, last = (found.growth[edge(found.growth)] for edge in (min, max))
        growth = [last[name].median(what) / first[name].median(what) for name in (ours, theirs)]
        table.add_row("last to first", *(f"{one:.2f}" for one in growth), "")
        console.print(table)


def _two(times: dict[str, Times], what: str, ours: str, theirs: str) -> tuple[str, str, str]:
    a, b = times[ours].median(what), times[theirs].median(what)
    return f"{1_000 * a:.2f}", f"{1_000 * b:.2f}", f"{a / b:.1f}"
