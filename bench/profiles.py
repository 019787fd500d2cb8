"""What decisions cost as profiles grow: merges, contested neighbourhoods, and one very large one.

Limits are raised out of the way. Each kind of work is done in turn with the others, each time on
profiles that were not touched before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from rich.console import Console
from rich.table import Table

from bench.scratch import Scratch, scratch
from bench.seeding import received, stars
from bench.timing import Times
from service.identity import by_hand
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.ingest.record import record
from service.profile.reading import read_profile

_WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes, and how often each is measured."""

    merges: tuple[tuple[int, int], ...] = (
        *((1, 10), (1, 100), (1, 1_000)),
        *((10, 10), (10, 100), (10, 1_000)),
        *((100, 100), (100, 1_000)),
    )
    contested: tuple[int, ...] = (10, 50, 200)
    large: tuple[int, int] = (5, 5_000)
    rounds: int = 10
    rounds_by_hand: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """The times of each part, by a name that has the size in it."""

    plan: Plan
    merges: Times
    contested: Times
    large: Times


async def measure(plan: Plan, console: Console) -> Found:
    """Do all three, one after the other, on one graph."""
    rules = raised(load_rules())
    found = Found(plan, Times(), Times(), Times())
    async with scratch(console, heap="2g") as there:
        await publish(there.graph, rules)
        bench = _Bench(there, rules, count())
        with console.status("Merging profiles"):
            await bench.merges(found)
        with console.status("Sending to contested neighbourhoods"):
            await bench.contested(found)
        with console.status("Working on a very large profile"):
            await bench.large(found)
    return found


def raised(rules: Rules) -> Rules:
    """The rules with their limits out of the way."""
    told = rules.model_dump()
    told["profile"]["max_identifiers"] = 20_000
    told["namespaces"]["email"]["max_per_profile"] = None
    return Rules.model_validate(told)


@dataclass(frozen=True, slots=True)
class _Bench:
    there: Scratch
    rules: Rules
    numbers: Iterator[int]

    async def send(self, *keys: str, cookie: str | None = None) -> None:
        """Record one message that names these."""
        ids = [dict(zip(("type", "id"), key.split(":"), strict=True)) for key in keys]
        message = received(
            self.rules,
            messageId=f"p{next(self.numbers)}",
            anonymousId=cookie,
            context={"externalIds": ids},
        )
        await record(self.there.graph, self.rules, [message])

    async def merges(self, found: Found) -> None:
        """Two profiles that were never seen together, and one message that names both."""
        for small, large in found.plan.merges:
            for side, size in (("small", small), ("large", large)):
                rounds = found.plan.rounds + _WARM_UPS
                await stars(self.there.graph, f"{side}{small}of{large}", rounds, size)
        for number in range(1, found.plan.rounds + _WARM_UPS + 1):
            times = Times() if number <= _WARM_UPS else found.merges
            await times.take_baseline(self.there.graph)
            for small, large in found.plan.merges:
                ends = [_hub(f"{side}{small}of{large}", number) for side in ("small", "large")]
                await times.take(f"{small} to {large}", partial(self.send, *ends))

    async def contested(self, found: Found) -> None:
        """A tablet of four people, so that it is decided again who has it at each message."""
        people = 4
        for size in found.plan.contested:
            await stars(self.there.graph, f"tablet{size}", people, size // people)
            await stars(self.there.graph, f"calm{size}", 1, size)
            for number in range(1, people + 1):
                await self.send(_hub(f"tablet{size}", number), f"device.id:tablet{size}")
        for number in range(found.plan.rounds + _WARM_UPS):
            times = Times() if number < _WARM_UPS else found.contested
            await times.take_baseline(self.there.graph)
            for size in found.plan.contested:
                for name in (f"tablet{size}", f"calm{size}"):
                    known = partial(self.send, _hub(name, 1), cookie=f"{name}-1-1")
                    await times.take(name, known)

    async def large(self, found: Found) -> None:
        """The same work on a small profile and on a very large one."""
        graph, rounds = self.there.graph, found.plan.rounds
        for size in found.plan.large:
            await stars(graph, f"one{size}", 1, size)
            for name in ("guest", "host"):
                await stars(
                    graph, f"{name}{size}", rounds + _WARM_UPS + found.plan.rounds_by_hand, 5
                )
        for number in range(1, rounds + _WARM_UPS + 1):
            times = Times() if number <= _WARM_UPS else found.large
            await times.take_baseline(graph)
            for size in found.plan.large:
                hub = _hub(f"one{size}", 1)
                new = partial(self.send, hub, cookie=f"new{size}-{number}")
                await times.take(f"a new cookie {size}", new)
                await times.take(f"a read {size}", partial(read_profile, graph, hub))
                # Small ones are merged beside it, so that it stays small.
                host = hub if size == max(found.plan.large) else _hub(f"host{size}", number)
                guest = _hub(f"guest{size}", number)
                await times.take(f"a merge {size}", partial(self.send, host, guest))
        for turn in range(found.plan.rounds_by_hand):
            for size in found.plan.large:
                ends = _hub(f"one{size}", 1), _hub(f"guest{size}", rounds + _WARM_UPS + turn + 1)
                act = partial(by_hand.link, graph, *ends, "a benchmark", "bench")
                await found.large.take(f"a link by hand {size}", act)


def _hub(name: str, number: int) -> str:
    return f"email:{name}-{number}@example.com"


def show(found: Found, console: Console) -> None:
    """Print each part's times, and the ratios to its smallest."""
    plan = found.plan
    console.print(_table("a merge of", found.merges, [f"{a} to {b}" for a, b in plan.merges]))
    contested = _table(
        "a known pair of", found.contested, [f"tablet{size}" for size in plan.contested]
    )
    for size in plan.contested:
        contested.add_row(f"calm{size}", *_figures(found.contested, f"calm{size}", "calm10"))
    console.print(contested)
    small, large = plan.large
    table = Table(
        "", f"ms, {small} identifiers", f"ms, {large:,}", "ratio", title="A large profile"
    )
    for name in ("a new cookie", "a merge", "a read", "a link by hand"):
        of = [found.large.median(f"{name} {size}") for size in (small, large)]
        table.add_row(name, *(f"{1_000 * one:.1f}" for one in of), f"{of[1] / of[0]:.1f}")
    console.print(table)


def _table(title: str, times: Times, names: Sequence[str]) -> Table:
    table = Table(title, "ms", "of the first", "in smallest commits")
    for name in names:
        table.add_row(name, *_figures(times, name, names[0]))
    return table


def _figures(times: Times, name: str, first: str) -> tuple[str, str, str]:
    median = times.median(name)
    return f"{1_000 * median:.1f}", f"{median / times.median(first):.2f}", f"{times.cost(name):.2f}"
