"""What paths look like: the ones that most people took, and how long they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from itertools import pairwise

import numpy as np

from service.journey.attribution.paths import Floats, Ints, Paths


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


def top_paths(paths: Paths, most: int) -> list[TopPath]:
    """Those that led to the most conversions; of as many, those with the fewest losses."""
    same = paths.grouped()
    found = (
        TopPath(
            tuple(same.names[touch] for touch in same.touches[begin:end]),
            int(same.conversions[n]),
            int(same.losses[n]),
            float(same.value[n]),
        )
        for n, (begin, end) in enumerate(pairwise(same.starts.tolist()))
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


def _quartiles(numbers: Floats | Ints) -> tuple[float, float, float]:
    low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75]).tolist()
    return low, middle, high
