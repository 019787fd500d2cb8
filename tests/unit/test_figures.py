"""The arithmetic of the benchmarks."""

from __future__ import annotations

from bench.latency import percentile


def test_a_percentile_is_a_time_that_was_measured() -> None:
    seconds = [0.4, 0.1, 0.3, 0.2]
    assert [percentile(seconds, percent) for percent in (0, 25, 50, 51, 99, 100)] == [
        *(0.1, 0.1, 0.2, 0.3, 0.4, 0.4)
    ]
