"""Journeys as the graph grows: pages of one person's, and everybody's paths and their credits.

The paths stand beside the plainest read of the same events, of which nothing is made, and beside
DuckDB, which works out the last touch of each conversion from the same events in a table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from bench.scratch import BenchmarkError, Scratch, scratch
from bench.seeding import CONVERSION, VALUE, check_likeness, journeys, people
from bench.statements import sql, statement
from bench.timing import BASELINE, Times
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.journey.attributing import gather_paths
from service.journey.attribution.attribute import attribute
from service.journey.attribution.credit import Credits
from service.journey.attribution.models import MODELS, LastTouch
from service.journey.attribution.paths import Paths
from service.journey.paths import EVERYBODY, Wanted, everybody
from service.journey.reading import PageWanted, read_page
from service.journey.sessions import read_sessions
from service.store.graph import Graph

TOUCHPOINTS_A_PERSON = 20
PAGE = "the last 50 touchpoints of one person"
SESSIONS = "the last 20 sessions of one person"
PLAIN = "everybody's events, read plainly"
PATHS = "everybody's paths"
CREDITS = "credits by all models"
IN_DUCKDB = "DuckDB: last touch, from a table of the events"

_EVENTS = statement("events_of")
_LAST_TOUCH = sql("last_touch").decode()
_COLUMNS = (
    *("profile", "moment", "message_id", "type", "name", "channel", "traffic_source"),
    *("traffic_medium", "traffic_campaign", VALUE),
)
_WANTED = Wanted(conversion=CONVERSION, value=VALUE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many touchpoints there are, and how often each thing is asked."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """In the graph, of people who have twenty each."""
    long: tuple[int, ...] = (100, 100_000)
    """Of one person."""
    rounds: int = 3
    pages: int = 60
    warm_ups: int = 4


@dataclass(slots=True)
class Found:
    """Seconds of everything, by the size of the graph, and by the length of one journey."""

    plan: Plan
    of: dict[int, Times] = field(default_factory=dict)
    long: dict[int, Times] = field(default_factory=dict)

    def a_touchpoint(self, name: str, size: int) -> float:
        """Seconds that each touchpoint of the graph took."""
        return self.of[size].median(name) / size


async def measure(plan: Plan, console: Console) -> Found:
    """Let one graph grow, and read journeys at each size.

    Raises:
        KnoopError: something could not be started, or two ways do not tell the same.
    """
    rules = load_rules()
    found = Found(plan)
    async with scratch(console, heap="2g", page_cache="2g") as there:
        await check_likeness(there, rules, touchpoints=16)
        await there.empty()
        await publish(there.graph, rules)
        there_are = 1
        for size in plan.sizes:
            wanted = size // TOUCHPOINTS_A_PERSON
            with console.status(f"Writing {size:,} touchpoints"):
                await people(there, there_are, wanted)
                await journeys(there, rules, there_are, wanted, TOUCHPOINTS_A_PERSON)
                await there.graph.run("CALL db.awaitIndexes(600)")
            there_are = wanted + 1
            with console.status(f"Reading {size:,} touchpoints"):
                found.of[size] = await _read(there.graph, plan, wanted)
            console.print(_line(size, found), highlight=False)
        with console.status("Reading long journeys"):
            for number, touchpoints in enumerate(plan.long):
                one = there_are + number
                await _write_long(there, rules, one, touchpoints)
                found.long[touchpoints] = await _read_pages(there.graph, plan, [one])
    return found


async def _write_long(there: Scratch, rules: Rules, number: int, touchpoints: int) -> None:
    await people(there, number, number)
    between = timedelta(minutes=45)
    await journeys(there, rules, number, number, touchpoints, between)


async def _read(graph: Graph, plan: Plan, count: int) -> Times:
    times = await _read_pages(graph, plan, range(1, count + 1))
    warm_ups = plan.warm_ups if count < 10_000 else 1  # noqa: PLR2004  (so much warms by itself)
    for number in range(warm_ups + plan.rounds):
        took = Times() if number < warm_ups else times
        events = await took.take(PLAIN, partial(_plainly, graph))
        paths, _ = await took.take(PATHS, partial(gather_paths, graph, _WANTED, EVERYBODY))
        await took.take(CREDITS, partial(_credit, paths))
        table = await asyncio.to_thread(_table, events)
        _compare(paths, await took.take(IN_DUCKDB, partial(_ask_duckdb, table)))
    return times


async def _read_pages(graph: Graph, plan: Plan, numbers: Sequence[int]) -> Times:
    """Pages of people drawn at random, each in turn with the smallest commit."""
    chance = Random(1)  # noqa: S311
    newest = PageWanted(first=50, newest_first=True)
    times = Times()
    for turn in range(2 * plan.pages):
        number = chance.choice(numbers)
        keys = [f"{one}:s{number}" for one in ("user_id", "anonymous_id")]
        keys.append(f"email:s{number}@example.com")
        took = Times() if turn < plan.pages else times
        await took.take_baseline(graph)
        await took.take(PAGE, partial(read_page, graph, keys, newest))
        await took.take(SESSIONS, partial(read_sessions, graph, [keys], first=20))
    return times


async def _plainly(graph: Graph) -> list[list[Any]]:
    """All events, as many at once as the paths are read."""
    waiting = iter([list(ids) async for ids in everybody(graph)])
    rows: list[list[Any]] = []

    async def work() -> None:
        for ids in waiting:
            [page] = await graph.run(_EVENTS, profiles=ids)
            rows.extend(page["events"])

    await asyncio.gather(*(work() for _ in range(EVERYBODY.at_once)))
    return rows


async def _credit(paths: Paths) -> list[Credits]:
    models = [model() for model in MODELS.values()]
    return await asyncio.to_thread(attribute, paths, models)


def _table(rows: list[list[Any]]) -> duckdb.DuckDBPyConnection:
    """The events as a table of DuckDB's own."""
    events = pl.DataFrame(rows, schema=_COLUMNS, orient="row", infer_schema_length=None).to_arrow()
    connection = duckdb.connect()
    connection.register("given", events)
    connection.execute("CREATE TABLE events AS SELECT * FROM given")
    connection.unregister("given")
    return connection


async def _ask_duckdb(table: duckdb.DuckDBPyConnection) -> list[Any]:
    asked = {"conversion": CONVERSION}
    return await asyncio.to_thread(lambda: table.execute(_LAST_TOUCH, asked).fetchall())


def _compare(paths: Paths, told: list[Any]) -> None:
    """Make sure that both credit the same.

    Raises:
        BenchmarkError: they do not.
    """
    [ours] = attribute(paths, [LastTouch()])
    credited = {
        name: (round(float(ours.conversions[n]), 6), round(float(ours.value[n]), 2))
        for n, name in enumerate(ours.names)
        if ours.conversions[n]
    }
    theirs = {name: (round(float(one), 6), round(value, 2)) for name, one, value in told}
    if credited != theirs or not credited:
        raise BenchmarkError(f"last touch is {credited}, and by DuckDB {theirs}")


def show(found: Found, console: Console) -> None:
    """Print what a touchpoint and a page cost at each size."""
    sizes = list(found.of)
    everyone = Table("", *(f"{size:,}" for size in sizes), "growth", title="µs a touchpoint")
    for name in (PLAIN, PATHS, CREDITS, IN_DUCKDB):
        each = [found.a_touchpoint(name, size) for size in sizes]
        cells = (f"{1e6 * one:,.2f}" for one in each)
        everyone.add_row(name, *cells, f"{each[-1] / each[0]:.2f}")
    console.print(everyone)
    for title, of in (
        ("In a graph of so many touchpoints", found.of),
        ("Of one person who has so many touchpoints", found.long),
    ):
        pages = Table("ms, p50", *(f"{size:,}" for size in of), "growth", title=title)
        for name in (PAGE, SESSIONS, BASELINE):
            each = [times.median(name) for times in of.values()]
            pages.add_row(name, *(f"{1e3 * one:.1f}" for one in each), f"{each[-1] / each[0]:.2f}")
        console.print(pages)


def _line(size: int, found: Found) -> str:
    names = (PLAIN, PATHS, CREDITS, IN_DUCKDB)
    told = ", ".join(f"{name} {found.of[size].median(name):.2f} s" for name in names)
    return f"{size:,} touchpoints: {told}"
