"""Writers in several processes, on overlapping people, with analysts among them; then the checks.

What is sent, who sends it, and what must be true at rest, is that of the test: `tests/load`.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from rich.console import Console
from rich.table import Table

from bench.scratch import Scratch, scratch
from service.access import add_source
from service.identity.publishing import publish
from service.store.installation import install
from tests.load.checks import check
from tests.load.people import RULES, SOURCES, make_load
from tests.load.writers import Done, Place, send_all


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent, and by how many."""

    messages: int
    writers: int = 8
    processes: int = 4
    analysts: int = 4
    seed: int = 1
    minutes: float = 30.0
    """Gives up after this time."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it."""

    plan: Plan
    done: Done
    profiles: int
    contested: int
    identifiers: int
    checking: float
    """Seconds that the checks took."""

    @property
    def rate(self) -> float:
        """Messages a second: each counts once, however often it was sent."""
        return self.plan.messages / self.done.seconds


async def measure(plan: Plan, console: Console) -> Found:
    """Have them write, and hold the graph against what they wrote.

    Raises:
        AssertionError: something was lost, doubled, mixed or forgotten.
    """
    async with scratch(console) as there:
        await install(there.graph)
        return await one_round(there, plan, console)


async def one_round(there: Scratch, plan: Plan, console: Console) -> Found:
    """Do it once, on an empty graph."""
    await there.empty()
    await publish(there.graph, RULES)
    for source in SOURCES:
        await add_source(there.graph, source)
    load = make_load(Random(plan.seed), plan.messages, plan.writers)  # noqa: S311
    place = Place(there.server.bolt_uri, there.server.user, there.server.password)
    with console.status(f"{plan.writers} writers send {plan.messages:,} messages"):
        done = await send_all(
            place,
            load,
            processes=plan.processes,
            analysts=plan.analysts,
            seconds=60 * plan.minutes,
            seed=plan.seed,
        )
    began = time.monotonic()
    with console.status("Holding the graph against what was sent"):
        stands = await check(there.graph, load, done)
    return Found(
        plan=plan,
        done=done,
        profiles=len(stands.profiles),
        contested=len(stands.contested),
        identifiers=len(stands.stored),
        checking=time.monotonic() - began,
    )


def show(found: Found, console: Console) -> None:
    """Print the rate, and what stood in the way."""
    plan, done = found.plan, found.done
    table = Table("", "", title="Concurrency", show_header=False)
    acts = Counter(
        {"linked": len(done.linked), "separated": len(done.separated)}
        | {"withdrawn": len(done.withdrawn)}
    )
    for name, figure in (
        ("messages", f"{plan.messages:,}"),
        ("writers, processes, analysts", f"{plan.writers}, {plan.processes}, {plan.analysts}"),
        ("messages a second", f"{found.rate:,.0f}"),
        ("transactions", f"{done.commits:,}"),
        *((f"run again: {code}", f"{count:,}") for code, count in done.again.most_common()),
        ("told to come back later", f"{done.refused:,}"),
        *((f"by hand: {name}", f"{count:,}") for name, count in acts.items()),
        ("identifiers", f"{found.identifiers:,}"),
        ("profiles", f"{found.profiles:,}"),
        ("of them contested", f"{found.contested:,}"),
        ("seconds for the checks", f"{found.checking:,.0f}"),
    ):
        table.add_row(name, figure)
    console.print(table)
    console.print("nothing lost, doubled, mixed or forgotten", highlight=False)
