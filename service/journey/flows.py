"""What paths look like: the ones that most people took, and the flows between touchpoints. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from itertools import pairwise

import numpy as np

from service.journey.attribution.paths import Floats, Ints, Paths

CONVERTED = "(converted)"
LOST = "(not converted)"


@dataclass(frozen=True, slots=True)
class TopPath:
    """A path, and what came of it. `value` is that of all its conversions."""

    touches: tuple[str, ...]
    conversions: int
    losses: int
    value: float


@dataclass(frozen=True, slots=True)
class Typical:
    """Of the paths that converted: how many touchpoints, and how many seconds from the first.

    Each is the quantile of a quarter, a half and three quarters of them; None where none converted.
    """

    touchpoints: tuple[float, float, float] | None
    seconds: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Flow:
    """How many paths went from one touchpoint to the next; `step` 1 is from the first touchpoint.

    Names are in each step of their own, so a diagram of them never goes back. Where a path ends,
    `to` is `CONVERTED` or `LOST`.
    """

    step: int
    from_: str
    to: str
    paths: int


def top_paths(paths: Paths, most: int) -> list[TopPath]:
    """Those that led to the most conversions; of as many, those with the fewest losses."""
    same = paths.grouped()
    found = (
        TopPath(names, int(same.conversions[n]), int(same.losses[n]), float(same.value[n]))
        for n, names in enumerate(_names(same))
    )
    return nsmallest(most, found, lambda one: (-one.conversions, one.losses, one.touches))


def typical(paths: Paths) -> Typical:
    """How long paths that converted are, in touchpoints and in time."""
    converted = paths.only(np.repeat(paths.converted, paths.conversions[paths.converted]))
    if not len(converted):
        return Typical(None, None)
    touched = converted.starts[:-1][converted.lengths > 0]
    seconds = None if converted.before is None else converted.before[touched]
    return Typical(
        _quartiles(converted.lengths),
        None if seconds is None or not len(seconds) else _quartiles(seconds),
    )


def flows(paths: Paths, steps: int) -> list[Flow]:
    """From touchpoint to touchpoint, `steps` of them from the beginning; the largest first.

    What a path does after so many steps is not told, but whether it converted: so each path is in
    one flow of each step that it has, and ends in one.
    """
    same = paths.grouped()
    counted: Counter[tuple[int, str, str]] = Counter()
    for n, taken in enumerate(_names(same)):
        names = taken[: steps + 1]
        conversions, losses = int(same.conversions[n]), int(same.losses[n])
        for step, (one, other) in enumerate(pairwise(names), 1):
            counted[step, one, other] += conversions + losses
        if names:
            counted[len(names), names[-1], CONVERTED] += conversions
            counted[len(names), names[-1], LOST] += losses
    return [
        Flow(step, one, other, number)
        for (step, one, other), number in sorted(
            counted.items(), key=lambda item: (item[0][0], -item[1], item[0])
        )
        if number
    ]


def _names(paths: Paths) -> Iterator[tuple[str, ...]]:
    """The touchpoints of each path, by their names."""
    for begin, end in pairwise(paths.starts.tolist()):
        yield tuple(paths.names[touch] for touch in paths.touches[begin:end])


def _quartiles(numbers: Floats | Ints) -> tuple[float, float, float]:
    low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75]).tolist()
    return low, middle, high
