"""What may be done to paths before they are shown or credited. Leaving them as they are is one.

The set of transforms is that of Google's Fractribution. Each takes paths and gives paths; times,
conversions, losses and value stay with them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from service.errors import InvalidQueryError
from service.journey.attribution.models import DIRECT
from service.journey.attribution.paths import Flags, Ints, Paths, distinct


def collapse_repeats(paths: Paths) -> Paths:
    """A touchpoint that has the name of the one before it is left out: a a b a is a b a."""
    kept = np.ones(len(paths.touches), dtype=np.bool_)
    kept[1:] = paths.touches[1:] != paths.touches[:-1]
    kept[_first_touches(paths)] = True
    return paths.keep(kept)


def first_occurrences(paths: Paths) -> Paths:
    """Each name once, where it stood first: a a b a is a b."""
    return paths.keep(_first_of_its_name(paths)[0])


def with_counts(paths: Paths) -> Paths:
    """Each name once, where it stood first, and how often it is there: a a b a is a(3) b(1).

    What is then credited is a(3), not a.
    """
    first, counts = _first_of_its_name(paths)
    once = paths.keep(first)
    size = int(counts.max(initial=0)) + 1
    counted, touches, _ = distinct(once.touches * size + counts[first], len(paths.names) * size)
    names = tuple(f"{paths.names[key // size]}({key % size})" for key in counted.tolist())
    return replace(once, names=names, touches=touches)


def without_direct(paths: Paths, direct: str = DIRECT) -> Paths:
    """No direct visits, unless a path has nothing else. `direct` is what they are named."""
    is_direct = paths.named(direct)
    others = np.bincount(paths.owners, weights=~is_direct, minlength=len(paths))
    return paths.keep(~is_direct | (others == 0)[paths.owners])


def at_most(paths: Paths, touchpoints: int) -> Paths:
    """The last of each path: no more of them than `touchpoints`.

    Raises:
        InvalidQueryError: that is less than 1.
    """
    if touchpoints < 1:
        raise InvalidQueryError(f"touchpoints: {touchpoints} is not a whole number of 1 or more")
    left = np.repeat(paths.starts[1:], paths.lengths) - np.arange(len(paths.touches))
    return paths.keep(left <= touchpoints)


def _first_touches(paths: Paths) -> Ints:
    return paths.starts[:-1][paths.lengths > 0]


def _first_of_its_name(paths: Paths) -> tuple[Flags, Ints]:
    """Of each touch, whether it is the first of its name in its path, and how many there are."""
    names = len(paths.names)
    keys = paths.owners * names + paths.touches
    values, inverse, counts = distinct(keys, names * len(paths))
    # Backwards, so that the first is what stays.
    where = np.empty(len(values), dtype=np.int64)
    where[inverse[::-1]] = np.arange(len(keys))[::-1]
    first = np.zeros(len(keys), dtype=np.bool_)
    first[where] = True
    return first, counts[inverse]
