"""Neo4j and the service killed in turn, in the middle of a flood, again and again; then the checks.

The senders, the processes and what must be true at rest are those of the tests: `tests/faults`.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from service.access import add_source
from tests.faults.flood import Flood, Watch
from tests.faults.processes import Knoop, graph_of, knoop
from tests.faults.verdict import Verdict, judge
from tests.load.checks import check
from tests.load.people import SOURCES, Load, make_load
from tests.load.writers import Done

_KILL_NEO4J, _KILL_SERVICE, _PAUSE_NEO4J = "Neo4j killed", "service killed", "Neo4j paused"
# In turn; a pause takes long, so it is rare.
_TURNS = (_KILL_NEO4J, _KILL_SERVICE) * 5 + (_PAUSE_NEO4J,)
_PAUSE = 30.0
_PATIENCE = 300.0
# What has to come through before the next is broken: else there would be no flood to break.
_BETWEEN = 100
# More than comes through, so that the flood does not end before the faults do.
_MESSAGES_A_MINUTE = 12_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How often something is broken, and for how long."""

    kills: int
    minutes: float
    senders: int = 8
    seed: int = 1


@dataclass(slots=True)
class Found:
    """What came of it."""

    plan: Plan
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By fault, how long it took each time until it was ready and had accepted something new."""
    heard: Counter[str] = field(default_factory=Counter)
    slowest_health: float = 0.0
    verdict: Verdict | None = None
    mistake: str | None = None
    """What else is not as the pure rule has it."""


async def measure(plan: Plan, console: Console) -> Found:
    """Flood, break, and hold the graph against all that was accepted."""
    found = Found(plan)
    with tempfile.TemporaryDirectory(prefix="knoop-bench-") as name:
        folder = Path(name)
        async with (
            knoop("up", folder / "home", KNOOP_NEO4J_HEAP="1g") as up,
            graph_of(up) as graph,
        ):
            there = up.connection()
            async with knoop(
                "serve",
                folder / "serve",
                KNOOP_NEO4J_URI=there["neo4j_uri"],
                KNOOP_NEO4J_USER=there["neo4j_user"],
                KNOOP_NEO4J_PASSWORD=there["neo4j_password"],
            ) as serve:
                keys = {source: await add_source(graph, source) for source in SOURCES}
                messages = int(plan.minutes * _MESSAGES_A_MINUTE)
                load = make_load(Random(plan.seed), messages, plan.senders)  # noqa: S311
                flood = Flood(serve.url, keys, load)
                await _flood(flood, up, serve, found, console)
            found.heard = flood.heard
            with console.status("Holding the graph against what was accepted"):
                found.verdict = await judge(graph, flood.accepted.keys())
                accepted = Load(tuple(flood.accepted.values()), ())
                try:
                    await check(graph, accepted, Done(new=len(accepted.messages)))
                except AssertionError as error:
                    found.mistake = str(error)[:2_000] or "an assertion of tests/load/checks.py"
    return found


async def _flood(flood: Flood, up: Knoop, serve: Knoop, found: Found, console: Console) -> None:
    watch = Watch(serve.url)
    watching = asyncio.create_task(watch.run())
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood.send_all(60 * found.plan.minutes + 2 * _PATIENCE))
            await flood.reached(1)
            await _break_in_turn(flood, watch, up, serve, found, console)
            flood.is_over = True
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    found.slowest_health = watch.slowest


async def _break_in_turn(
    flood: Flood, watch: Watch, up: Knoop, serve: Knoop, found: Found, console: Console
) -> None:
    plan, chance = found.plan, Random(f"faults {found.plan.seed}")  # noqa: S311
    until = time.monotonic() + 60 * plan.minutes
    for number in range(plan.kills):
        if time.monotonic() > until or flood.is_done:
            return
        async with asyncio.timeout(_PATIENCE):
            await flood.reached(min(len(flood.accepted) + _BETWEEN, len(flood.load.messages)))
        await asyncio.sleep(chance.uniform(0.2, 3.0))
        fault = _TURNS[number % len(_TURNS)]
        began = time.monotonic()
        if fault == _KILL_SERVICE:
            await serve.kill()
            await serve.start()
        elif fault == _KILL_NEO4J:
            process = up.neo4j()
            process.kill()
        else:
            process = up.neo4j()
            process.suspend()
            await asyncio.sleep(_PAUSE)
            process.resume()
            began = time.monotonic()
        async with asyncio.timeout(_PATIENCE):
            await watch.ready(_PATIENCE)
            await flood.accepts()
        took = time.monotonic() - began
        found.seconds[fault].append(took)
        console.print(
            f"{number + 1}: {fault}, back after {took:.1f} s; {len(flood.accepted):,} accepted",
            highlight=False,
        )


def show(found: Found, console: Console) -> None:
    """Print what was accepted and found, and how long it was away each time."""
    times = Table("", "times", "median", "worst", title="Seconds until ready and accepting again")
    for fault, seconds in found.seconds.items():
        times.add_row(
            fault,
            str(len(seconds)),
            f"{statistics.median(seconds):.1f}",
            f"{max(seconds):.1f}",
        )
    console.print(times)
    table = Table("", "", title="Faults", show_header=False)
    verdict = found.verdict
    if verdict is not None:
        table.add_row("accepted (answered 200)", f"{verdict.accepted:,}")
        table.add_row("found", f"{verdict.found:,}")
        table.add_row("lost", f"{verdict.lost:,}")
        table.add_row("doubled", f"{verdict.doubled:,}")
        table.add_row("half merged", f"{verdict.half_merged:,}")
    for heard, count in found.heard.most_common():
        table.add_row(f"senders heard {heard}", f"{count:,}")
    table.add_row("slowest /health/ready", f"{found.slowest_health:.1f} s")
    console.print(table)
    console.print(found.mistake or "all else is as the pure rule has it", markup=False)
