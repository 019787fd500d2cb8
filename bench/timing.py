"""Times of single commits, in turn with the smallest commit that there is."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bench.statements import statement
from service.store.graph import Graph

T = TypeVar("T")

BASELINE_STATEMENT = statement("baseline")
BASELINE = "the smallest commit"


@dataclass(slots=True)
class Times:
    """Seconds of each kind of work, as often as it was done."""

    each: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def take(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do it once, keep how long it took, and give what it gave."""
        began = time.perf_counter()
        given = await work()
        self.each[name].append(time.perf_counter() - began)
        return given

    async def take_baseline(self, graph: Graph) -> None:
        """Commit next to nothing."""
        await self.take(BASELINE, lambda: graph.run(BASELINE_STATEMENT))

    def median(self, name: str) -> float:
        """Seconds, in the middle of all."""
        return statistics.median(self.each[name])

    def cost(self, name: str) -> float:
        """How many of the smallest commits it took as long as."""
        return self.median(name) / self.median(BASELINE)
