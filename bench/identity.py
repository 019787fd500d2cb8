"""What one message costs as the graph grows: the same work at 10,000 identifiers and at a million.

Sizes come one after the other, and a machine may be slower by then: so each time is told in turn
with the smallest commit that there is, and compared as a multiple of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from rich.console import Console
from rich.table import Table

from bench.plot import chart
from bench.scratch import Scratch, scratch
from bench.seeding import IDENTIFIERS_A_PERSON, check_likeness, people, received
from bench.timing import BASELINE, Times
from service.identity.rules import Rules, load_rules
from service.ingest.record import record
from service.ingest.rows import Received

COOKIE = "a new cookie of a known person"
KNOWN = "an event of a known pair"
PERSON = "a new person"
KINDS = (COOKIE, KNOWN, PERSON)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes, and how often each kind of message is sent."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    commits: int = 40
    batches: int = 5
    warm_ups: int = 60


Found = dict[int, Times]


async def measure(plan: Plan, console: Console) -> Found:
    """Let one graph grow, and measure at each size."""
    rules = load_rules()
    found: Found = {}
    async with scratch(console, heap="2g", page_cache="2g") as there:
        await check_likeness(there, rules)
        sender, there_are = _Sender(there, rules), 1
        for size in plan.sizes:
            wanted = size // IDENTIFIERS_A_PERSON
            with console.status(f"Writing {size:,} identifiers"):
                await people(there, there_are, wanted)
                await there.graph.run("CALL db.awaitIndexes(600)")
            there_are = wanted + 1
            with console.status(f"Measuring at {size:,} identifiers"):
                warm_up = Times()
                for _ in range(plan.warm_ups if found else 3 * plan.warm_ups):
                    await sender.round(warm_up, wanted, 1)
                for _ in range(2):
                    await sender.round(warm_up, wanted, _BATCH)
                found[size] = Times()
                for number in range(plan.commits):
                    await sender.round(found[size], wanted, 1)
                    if number % (plan.commits // plan.batches) == 0:
                        await sender.round(found[size], wanted, _BATCH)
            console.print(_line(size, found[size]), highlight=False)
    return found


class Arrivals:
    """Messages of each kind, each another one."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._chance = Random(1)  # noqa: S311
        self._numbers: Iterator[int] = count()

    def one(self, kind: str, people: int) -> Received:
        """The next message of or about one of so many people."""
        number, person = next(self._numbers), self._chance.randint(1, people)
        user, cookie = {
            COOKIE: (f"s{person}", f"new-{number}"),
            KNOWN: (f"s{person}", f"s{person}"),
            PERSON: (f"new-{number}", f"new-{number}"),
        }[kind]
        return received(self._rules, messageId=f"b{number}", userId=user, anonymousId=cookie)


class _Sender:
    def __init__(self, there: Scratch, rules: Rules) -> None:
        self._graph = there.graph
        self._rules = rules
        self._arrivals = Arrivals(rules)

    async def round(self, times: Times, people: int, size: int) -> None:
        """One commit of each kind, and the smallest."""
        await times.take_baseline(self._graph)
        for kind in KINDS:
            batch = [self._arrivals.one(kind, people) for _ in range(size)]
            name = kind if size == 1 else batched(kind)
            await times.take(name, lambda: record(self._graph, self._rules, batch))  # noqa: B023


def batched(kind: str) -> str:
    """The name of the same in batches."""
    return f"{kind}, {_BATCH} in one commit"


def show(found: Found, console: Console) -> None:
    """Print each size's times, and what growing cost."""
    first, *_, last = found
    for name in (*KINDS, *map(batched, KINDS)):
        table = Table("identifiers", "ms", "in smallest commits", "of the first", title=name)
        for size, times in found.items():
            table.add_row(
                f"{size:,}",
                f"{1_000 * times.median(name):.1f}",
                f"{times.cost(name):.2f}",
                f"{times.cost(name) / found[first].cost(name):.2f}",
            )
        console.print(table)
    console.print(
        f"the smallest commit: {1_000 * found[first].median(BASELINE):.1f} ms at first, "
        f"{1_000 * found[last].median(BASELINE):.1f} ms at last",
        highlight=False,
    )


def draw(found: Found) -> str:
    """The cost of each kind of message over the size of the graph, as SVG."""
    return chart(
        "What one message costs as the graph grows",
        "identifiers in the graph",
        "median time, in smallest commits",
        {kind: [(size, times.cost(kind)) for size, times in found.items()] for kind in KINDS},
    )


def _line(size: int, times: Times) -> str:
    kinds = ", ".join(f"{kind} {1_000 * times.median(kind):.1f} ms" for kind in times.each)
    return f"{size:,} identifiers: {kinds}"
