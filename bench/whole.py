"""The whole graph at once: `knoop resolve` beside connected components over the same links.

Components know no limits, separations or devices, and have no ids to keep; and here they are only
found, not written: by SciPy, which has to read the links, and by Graph Data Science, which runs
within Neo4j. So it is what resolving can at best cost.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from bench.scratch import BenchmarkError, Scratch, scratch
from bench.seeding import IDENTIFIERS_A_PERSON, people, stars
from bench.statements import statement
from service.identity.publishing import publish
from service.identity.realignment import Report, realign
from service.identity.rules import Rules, load_rules
from service.store.procedures import procedure

_STAR = 30
_LEAST = 20
READING, JOINING = "SciPy: reading the links", "SciPy: connected_components"
PROJECTING, COMPONENTS = "Graph Data Science: project", "Graph Data Science: wcc"
DRY, SAME, SPLIT = "resolve --dry-run", "resolve, nothing changes", "resolve, 1 in 1,000 split"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the graph is."""

    identifiers: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of each way."""

    plan: Plan
    profiles: int
    split: int
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Link:
    a: str
    b: str


_LINKS = procedure("links_all", _Link)


async def measure(plan: Plan, console: Console) -> Found:
    """Seed a graph, and take each way once, on the same graph.

    Raises:
        BenchmarkError: they do not find the same.
    """
    rules = load_rules()
    persons = plan.identifiers // IDENTIFIERS_A_PERSON
    large = max(persons // 1_000, 1)
    found = Found(plan, persons + large, large)
    async with scratch(console, heap="2g", page_cache="2g", data_science=True) as there:
        with console.status(f"Writing {plan.identifiers:,} identifiers"):
            await people(there, 1, persons)
            await stars(there.graph, "star", large, _STAR)
            await there.graph.run("CALL db.awaitIndexes(600)")

        async def run(name: str, rules: Rules, *, dry_run: bool = False) -> Report:
            return await _timed(found, console, name, lambda: _realign(there, rules, dry_run))

        await publish(there.graph, rules)
        # Twice, because the first time is also that of the planner and of cold pages.
        for _ in range(2):
            report = await run(DRY, rules, dry_run=True)
        joined = await _timed(found, console, READING, lambda: _read(there, found))
        await _timed(found, console, PROJECTING, lambda: _run(there, "gds_project", "identifiers"))
        by_gds = await _timed(
            found, console, COMPONENTS, lambda: _run(there, "gds_components", "components")
        )
        if {joined, by_gds, report.profiles} != {found.profiles}:
            raise BenchmarkError(
                f"{joined} and {by_gds} components, {report.profiles} profiles: {found}"
            )
        await run(SAME, _limited(rules, 199))
        report = await run(SPLIT, _limited(rules, _LEAST))
        if report.splitting != large:
            raise BenchmarkError(f"{large} should have split: {report}")
    return found


async def _timed(
    found: Found, console: Console, name: str, work: Callable[[], Awaitable[Result]]
) -> Result:
    began = time.perf_counter()
    with console.status(name):
        result = await work()
    found.seconds[name] = (
        time.perf_counter() - began - (found.seconds[JOINING] if name == READING else 0)
    )
    console.print(f"{name}: {found.seconds[name]:.1f} s", highlight=False)
    return result


async def _run(there: Scratch, name: str, column: str) -> int:
    [row] = await there.graph.run(statement(name))
    return int(row[column])


async def _realign(there: Scratch, rules: Rules, dry_run: bool) -> Report:
    return await realign(there.graph, rules, dry_run=dry_run, on_page=lambda _done, _of: None)


async def _read(there: Scratch, found: Found) -> int:
    """Read every link, and count the components."""
    # Not above: it takes a while, and the other benchmarks do without.
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    number: dict[str, int] = {}
    ends: tuple[list[int], list[int]] = ([], [])
    for link in await there.graph.read(_LINKS):
        ends[0].append(number.setdefault(link.a, len(number)))
        ends[1].append(number.setdefault(link.b, len(number)))
    began = time.perf_counter()
    size = len(number)
    graph = coo_array(([True] * len(ends[0]), ends), shape=(size, size))
    components, _ = connected_components(graph, directed=False)
    found.seconds[JOINING] = time.perf_counter() - began
    return int(components)


def _limited(rules: Rules, max_identifiers: int) -> Rules:
    told = deepcopy(rules.model_dump())
    told["profile"]["max_identifiers"] = max_identifiers
    return Rules.model_validate(told)


def show(found: Found, console: Console) -> None:
    """Print the seconds, and each as a multiple of SciPy's."""
    scipy = found.seconds[READING] + found.seconds[JOINING]
    title = f"{found.plan.identifiers:,} identifiers, {found.profiles:,} profiles"
    table = Table("", "s", "of SciPy, with reading", title=title)
    for name, seconds in found.seconds.items():
        table.add_row(name, f"{seconds:.1f}", f"{seconds / scipy:.2f}")
    console.print(table)
