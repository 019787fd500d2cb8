"""A bulk load beside the front door: messages a second, where the time goes, and peak memory."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.copies import write_copies
from bench.scratch import BenchmarkError, scratch, serving
from bench.through_http import send_all
from bench.workload import make_workload
from service import embedded
from service.access import add_source
from service.bulk.loading import Loader, Wanted, Watch
from service.demo.truth import SOURCES
from service.identity.publishing import publish
from service.identity.rules import load_rules
from service.ingest.files.importing import ImportFile
from service.ingest.files.table import Format
from service.settings import Settings
from service.store.graph import connect
from service.store.migrations import migrate

_PAUSE_SECONDS = 0.25
_COUNT = "MATCH (e:Event) RETURN count(e) AS events"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured."""

    messages: int
    front_door: int = 10_000
    """How many messages the front door is sent, each round into an empty graph."""
    rounds: int = 3
    warm_ups: int = 2
    connections: int = 16
    batch: int = 100


@dataclass(slots=True)
class Found:
    """The figures of one run."""

    plan: Plan
    front_door: list[float] = field(default_factory=list)
    """Messages a second, a figure a round."""
    front_door_cpu: list[float] = field(default_factory=list)
    """Processor seconds a message, of all processes together, a figure a round."""
    cpu: float = 0.0
    """Processor seconds a message in bulk."""
    messages: int = 0
    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds, by step."""
    peak: int = 0
    """Bytes, of all processes together."""
    file_bytes: int = 0
    graph_bytes: int = 0

    @property
    def rate(self) -> float:
        """Messages a second in bulk."""
        return self.messages / self.seconds

    @property
    def ratio(self) -> float:
        """How many times the front door's rate that is."""
        return self.rate / statistics.median(self.front_door)


async def measure(plan: Plan, console: Console) -> Found:
    """Run both on this machine, one after the other.

    Raises:
        KnoopError: something could not be started, or was not written.
    """
    found = Found(plan)
    await _front_door(found, console)
    with tempfile.TemporaryDirectory(prefix="knoop-bench-") as folder:
        await _bulk(found, Path(folder), console)
    return found


async def _front_door(found: Found, console: Console) -> None:
    plan, rules = found.plan, load_rules()
    workload = await asyncio.to_thread(make_workload, plan.front_door, plan.batch, rules)
    async with scratch(console) as there, serving(there) as its:
        for number in range(plan.warm_ups + plan.rounds):
            await there.empty()
            used = _cpu_of_running()
            seconds = await send_all(its.url, there.write_keys, workload, plan.connections)
            used = _cpu_of_running() - used
            await there.holds(workload.size)
            rate = workload.size / seconds
            console.print(f"The front door, round {number + 1}: {rate:,.0f}", highlight=False)
            if number >= plan.warm_ups:
                found.front_door.append(rate)
                found.front_door_cpu.append(used / workload.size)


async def _bulk(found: Found, folder: Path, console: Console) -> None:
    settings = Settings(home=folder / "home", neo4j_bolt_port=0, neo4j_http_port=0)
    installation = embedded.fetch(settings.cache, console=console)
    rules = load_rules()
    async with (
        embedded.running_neo4j(settings, installation, console=console) as server,
        connect(server.bolt_uri, server.user, server.password, "neo4j") as graph,
    ):
        await migrate(graph)
        await publish(graph, rules)
        for source in SOURCES:
            await add_source(graph, source.id, channel=source.channel)
    with console.status("Writing files"):
        paths = await asyncio.to_thread(write_copies, folder, found.plan.messages)
    found.file_bytes = sum(path.stat().st_size for path in paths.values())
    wanted = [
        Wanted(ImportFile(str(path), Format.JSONL), source, folder / f"{source}.rejects")
        for source, path in paths.items()
    ]

    @contextmanager
    def step(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        found.steps[name] = time.perf_counter() - began
        console.print(f"{name}: {found.steps[name]:,.1f} s", highlight=False)

    loader = Loader(settings, installation, rules, Watch(step), console)
    with _peak_memory(found):
        began, used = time.perf_counter(), _cpu_of_ended()
        loaded = await loader.load(wanted)
        found.seconds = time.perf_counter() - began
    found.messages = loaded.rows
    found.cpu = (_cpu_of_ended() - used) / loaded.rows
    data = settings.home / "neo4j" / "data"
    found.graph_bytes = sum(one.stat().st_size for one in data.rglob("*") if one.is_file())
    async with (
        embedded.running_neo4j(settings, installation, console=console) as server,
        connect(server.bolt_uri, server.user, server.password, "neo4j") as graph,
    ):
        [there] = await graph.run(_COUNT)
        if there["events"] != loaded.new or loaded.rejected:
            raise BenchmarkError(f"there should be {loaded.new} events: {there['events']}")


def _cpu_of_running() -> float:
    """Processor seconds that this process and all that it started and that run have used."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _cpu_of_ended() -> float:
    """Processor seconds that this process and all that it started and that ended have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def _peak_memory(found: Found) -> Iterator[None]:
    """Look again and again how much memory this process and all that it started have together."""
    ended = threading.Event()

    def look() -> None:
        own = psutil.Process()
        while not ended.wait(_PAUSE_SECONDS):
            used = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    used += process.memory_info().rss
                except psutil.Error:
                    continue
            found.peak = max(found.peak, used)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def show(found: Found, console: Console) -> None:
    """Print the figures."""
    door = found.front_door
    table = Table("", "messages a second", "", title=f"{found.messages:,} messages")
    table.add_row(
        "the front door", f"{statistics.median(door):,.0f}", f"{min(door):,.0f} to {max(door):,.0f}"
    )
    table.add_row("in bulk", f"{found.rate:,.0f}", f"{found.seconds:,.0f} s")
    table.add_row("times", f"{found.ratio:.1f}", "")
    console.print(table)
    door_cpu = statistics.median(found.front_door_cpu)
    console.print(
        f"Processor time a message: {door_cpu * 1e6:,.0f} µs by the front door (its senders' "
        f"included), {found.cpu * 1e6:,.0f} µs in bulk: {door_cpu / found.cpu:.1f} times.",
        highlight=False,
    )
    steps = Table("step", "seconds", "share")
    for name, seconds in found.steps.items():
        steps.add_row(name, f"{seconds:,.1f}", f"{seconds / found.seconds:.2f}")
    console.print(steps)
    console.print(
        f"Peak memory of all processes: {found.peak / 2**30:.1f} GiB. Files: "
        f"{found.file_bytes / 1e9:.2f} GB; graph: {found.graph_bytes / 1e9:.2f} GB.",
        highlight=False,
    )
