"""What the service keeps of a million messages: how much memory it has as they come in.

The demo again and again, each time of other people: a cache that grows with them would show.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx
import psutil
from rich.console import Console

from bench.copies import MOST, copy, mark
from bench.scratch import BenchmarkError, scratch, serving
from bench.through_http import send
from bench.workload import in_batches
from service.demo.generate import generate

_MEGA = 1024 * 1024
# Until then pools fill, and what is loaded at the first use is loaded.
WARM_UP = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent."""

    messages: int = 1_000_000
    connections: int = 16
    batch: int = 100


@dataclass(slots=True)
class Resident:
    """The memory that a process and its children have, as work goes on: the resident set."""

    pid: int
    of: int
    """How much work there is in all."""
    console: Console
    samples: list[tuple[int, int]] = field(default_factory=list)
    """How much work was done, and how many bytes there were then: a hundred of these."""

    def sample(self, done: int) -> None:
        """Look, if a hundredth of the work was done since the last time; tell it every tenth."""
        if self.samples and done - self.samples[-1][0] < self.of / 100:
            return
        own = psutil.Process(self.pid)
        there = sum(one.memory_info().rss for one in (own, *own.children(recursive=True)))
        if 10 * done // self.of > (10 * self.samples[-1][0] // self.of if self.samples else -1):
            self.console.print(f"{done:,} done: {there / _MEGA:.1f} MiB", highlight=False)
        self.samples.append((done, there))

    def slope(self) -> float:
        """Bytes more for each piece of work, after the warm-up: least squares."""
        late = [one for one in self.samples if one[0] >= WARM_UP * self.of]
        done, there = zip(*late, strict=True)
        return float(statistics.linear_regression(done, there).slope)


async def measure(plan: Plan, console: Console) -> Resident:
    """Send all of it through HTTP.

    Raises:
        KnoopError: something could not be started, or was not accepted.
    """
    async with scratch(console, page_cache="512m") as there, serving(there) as service:
        resident = Resident(service.pid, plan.messages, console)
        done = 0
        waiting = _requests(plan)

        async def work(client: httpx.AsyncClient) -> None:
            nonlocal done
            for source, body, size in waiting:
                await send(client, body, there.write_keys[source])
                done += size
                resident.sample(done)

        limits = httpx.Limits(max_connections=plan.connections)
        resident.sample(0)
        with console.status(f"Sending {plan.messages:,} messages"):
            async with (
                httpx.AsyncClient(base_url=service.url, timeout=60, limits=limits) as client,
                asyncio.TaskGroup() as senders,
            ):
                for _ in range(plan.connections):
                    senders.create_task(work(client))
        if done < plan.messages:
            raise BenchmarkError(f"only {done:,} messages were sent")
    return resident


def _requests(plan: Plan) -> Iterator[tuple[str, bytes, int]]:
    """The source, the body and the messages of one request after the other."""
    demo = generate().messages
    marked = [replace(sent, body=body) for sent, body in zip(demo, mark(demo), strict=True)]
    batches = list(in_batches(marked, plan.batch))
    left = plan.messages
    for number in range(MOST):
        for batch in batches:
            yield batch.source, copy(batch.body, number), len(batch.messages)
            left -= len(batch.messages)
            if left <= 0:
                return


def show(resident: Resident, console: Console) -> None:
    """Print how fast it grows, past the warm-up."""
    console.print(
        f"after the first {WARM_UP:.0%}: {resident.slope():+,.1f} bytes a message", highlight=False
    )
