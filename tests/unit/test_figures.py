"""The arithmetic of the benchmarks."""

from __future__ import annotations

import os

from rich.console import Console

from bench.latency import percentile
from bench.memory import Resident


def test_a_percentile_is_a_time_that_was_measured() -> None:
    seconds = [0.4, 0.1, 0.3, 0.2]
    assert [percentile(seconds, percent) for percent in (0, 25, 50, 51, 99, 100)] == [
        *(0.1, 0.1, 0.2, 0.3, 0.4, 0.4)
    ]


def test_growth_is_told_without_the_warm_up() -> None:
    resident = Resident(os.getpid(), 10, Console(quiet=True))
    resident.samples = [(done, 1_000 * done + (5_000 if done < 3 else 0)) for done in range(11)]
    assert resident.slope() == 1_000
    resident.samples = [(done, 700 if done >= 3 else 0) for done in range(11)]
    assert resident.slope() == 0


def test_memory_is_looked_at_a_hundred_times() -> None:
    resident = Resident(os.getpid(), 1_000, Console(quiet=True))
    for done in range(1_001):
        resident.sample(done)
    assert [done for done, _ in resident.samples] == [*range(0, 1_001, 10)]
    assert all(there > 0 for _, there in resident.samples)
