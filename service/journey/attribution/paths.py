"""Paths of touchpoints in columns: what every model reads, in a few operations on whole arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidQueryError

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

UNTOUCHED = "(no touchpoint)"
"""What is credited where a path has no touchpoint; nothing in a path may bear this name."""

# A table of all possible keys is made as long as it is not much larger than the keys.
_ROOM = 4
_NUMBERS = 2**63


class Path(NamedTuple):
    """One path, or several that are equal.

    `touches` are the names of its touchpoints, oldest first; `before` the seconds from each of them
    to the path's end, if they are known. Of the people who took it, it led `conversions` times to a
    conversion, and `losses` times to none. `value` is that of all its conversions together.
    """

    touches: Sequence[str]
    before: Sequence[float] | None = None
    conversions: int = 1
    losses: int = 0
    value: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Many paths. The arrays cannot be written to.

    `touches` are indices into `names`, path after path, oldest first. `before` is the seconds from
    each touch to its path's end, 0 or more; None where the times are not known. Path i has the
    touches from `starts[i]` up to, and without, `starts[i + 1]`. The other columns are one entry a
    path, as in `Path`. A name that nothing touches is allowed, and gets nothing.
    """

    names: tuple[str, ...]
    touches: Ints
    before: Floats | None
    starts: Ints
    conversions: Ints
    losses: Ints
    value: Floats
    converted: Ints = field(init=False)
    """The numbers of the paths that converted: in most data few, and all that many models read."""

    @classmethod
    def read(cls, rows: Iterable[Path], names: Iterable[str] = ()) -> Self:
        """Take the paths in, in one pass. `names` are those that shall be there in any case.

        Raises:
            InvalidQueryError: a path is not as `Path` says, or only some have times.
        """
        index = _Index({name: number for number, name in enumerate(dict.fromkeys(names))})
        touches, before, lengths = array("q"), array("d"), array("q")
        conversions, losses, value = array("q"), array("q"), array("d")
        timed = untimed = 0
        for row in rows:
            touches.extend(map(index.__getitem__, row.touches))
            if row.before is None:
                untimed += bool(row.touches)
            elif len(row.before) != len(row.touches):
                raise InvalidQueryError(
                    f"before: of path {len(lengths)} has {len(row.before)} times "
                    f"for {len(row.touches)} touches"
                )
            else:
                timed += bool(row.touches)
                before.extend(row.before)
            lengths.append(len(row.touches))
            conversions.append(row.conversions)
            losses.append(row.losses)
            value.append(row.value)
        if timed and untimed:
            raise InvalidQueryError(f"before: {timed} paths have times and {untimed} have none")
        return cls(
            tuple(index),
            _ints(touches),
            None if untimed else _floats(before),
            _offsets(_ints(lengths)),
            _ints(conversions),
            _ints(losses),
            _floats(value),
        )

    def __post_init__(self) -> None:
        """Check everything, and let nobody write to it.

        Raises:
            InvalidQueryError: the columns do not fit together, or an entry is impossible.
        """
        for column, kind in _COLUMNS.items():
            given = getattr(self, column)
            if given is not None:
                kept = np.asarray(given, dtype=kind).view()
                kept.flags.writeable = False
                object.__setattr__(self, column, kept)
        self._check_shape()
        self._check_entries()
        converted = np.flatnonzero(self.conversions)
        converted.flags.writeable = False
        object.__setattr__(self, "converted", converted)

    def __len__(self) -> int:
        """How many paths."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """How many touches each path has."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Ints:
        """Of each touch, the path that it is of."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def named(self, name: str) -> Flags:
        """Of each touch, whether it has this name."""
        if name not in self.names:
            return np.zeros(len(self.touches), dtype=np.bool_)
        flags: Flags = self.touches == self.names.index(name)
        return flags

    def keep(self, kept: Flags) -> Self:
        """The same paths with only those touches for which the flag is set."""
        # How many are kept before each touch, and in all.
        passed = np.concatenate([[0], np.cumsum(kept)])
        return replace(
            self,
            touches=self.touches[kept],
            before=None if self.before is None else self.before[kept],
            starts=passed[self.starts],
        )

    def only(self, chosen: Ints) -> Self:
        """Those paths alone, given by their numbers, in that order."""
        lengths = self.lengths[chosen]
        starts = _offsets(lengths)
        touches = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return replace(
            self,
            touches=self.touches[touches],
            before=None if self.before is None else self.before[touches],
            starts=starts,
            conversions=self.conversions[chosen],
            losses=self.losses[chosen],
            value=self.value[chosen],
        )

    def grouped(self) -> Self:
        """Equal paths as one, without times, in the order in which each is first met.

        What a model makes of it is the same, if it asks for no times.
        """
        lengths = self.lengths
        in_order = np.argsort(lengths, kind="stable")
        firsts, members = [], np.empty(len(self), dtype=np.int64)
        # Paths of one length are rows of a table; there are at most sqrt(2 * touches) lengths.
        for those in np.split(in_order, np.flatnonzero(np.diff(lengths[in_order])) + 1):
            within = np.arange(lengths[those[:1]].sum())
            rows = self.touches[self.starts[those, np.newaxis] + within]
            found, inverse = _equal_rows(rows, len(self.names))
            members[those] = those[found][inverse]
            firsts.append(those[found])
        kept = np.sort(np.concatenate(firsts))
        group = np.searchsorted(kept, members)
        return replace(
            replace(self, before=None).only(kept),
            conversions=_sums(group, self.conversions, len(kept)),
            losses=_sums(group, self.losses, len(kept)),
            value=totals(group, self.value, len(kept)),
        )

    def _check_shape(self) -> None:
        starts = self.starts
        if len(starts) == 0 or starts[0] != 0 or starts[-1] != len(self.touches):
            raise InvalidQueryError("starts: do not begin at 0 and end where the touches end")
        if np.any(np.diff(starts) < 0):
            raise InvalidQueryError("starts: go back")
        for column in ("conversions", "losses", "value"):
            if len(getattr(self, column)) != len(self):
                raise InvalidQueryError(f"{column}: is not one entry for each of {len(self)} paths")
        if self.before is not None and len(self.before) != len(self.touches):
            raise InvalidQueryError("before: is not one entry for each touch")
        if UNTOUCHED in self.names:
            raise InvalidQueryError(f"names: {UNTOUCHED} is kept for paths without a touchpoint")
        if len(set(self.names)) != len(self.names):
            raise InvalidQueryError("names: one is there twice")
        if self.touches.min(initial=0) < 0 or self.touches.max(initial=-1) >= len(self.names):
            raise InvalidQueryError("touches: one has no name")

    def _check_entries(self) -> None:
        _check("conversions", self.conversions, self.conversions < 0, "is less than 0")
        _check("losses", self.losses, self.losses < 0, "is less than 0")
        wrong = ~(np.isfinite(self.value) & (self.value >= 0))
        _check("value", self.value, wrong, "is not a number of 0 or more")
        worthless = (self.conversions == 0) & (self.value > 0)
        _check("value", self.value, worthless, "is more than 0 though nothing converted")
        if self.before is not None:
            wrong = ~(np.isfinite(self.before) & (self.before >= 0))
            _check("before", self.before, wrong, "is not a number of 0 or more", self)
            later = np.diff(self.before, prepend=np.inf) > 0
            later[self.starts[:-1][self.lengths > 0]] = False
            _check("before", self.before, later, "stands after a touch that was later", self)


def distinct(keys: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """The different keys in order, where each key stands among them, and how often each is there.

    The keys are from 0 up to, and without, `size`. As `np.unique`, without sorting where a table of
    all that could be there is small.
    """
    if size > _ROOM * len(keys):
        values, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return values, inverse, counts
    counts = np.bincount(keys, minlength=size)
    values = np.flatnonzero(counts)
    ranks = np.empty(size, dtype=np.int64)
    ranks[values] = np.arange(len(values))
    return values, ranks[keys], counts[values]


def totals(keys: Ints, amounts: Floats, size: int) -> Floats:
    """Of each key, from 0 up to, and without, `size`, the sum of the amounts that belong to it."""
    return np.bincount(keys, weights=amounts, minlength=size).astype(np.float64, copy=False)


class _Index(dict[str, int]):
    """The number of each name: of a new one, how many there were."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


_COLUMNS = {
    "touches": np.int64,
    "before": np.float64,
    "starts": np.int64,
    "conversions": np.int64,
    "losses": np.int64,
    "value": np.float64,
}


def _equal_rows(rows: Ints, names: int) -> tuple[Ints, Ints]:
    """Where each different row is met first, and which of these each row equals."""
    base, width = max(names, 1), rows.shape[1]
    lumps: NDArray[Any]
    if base**width < _NUMBERS:
        lumps = rows @ base ** np.arange(width)  # The names are the digits of one number.
    else:
        lumps = np.ascontiguousarray(rows).view(np.dtype((np.void, 8 * width))).ravel()
    _, found, inverse = np.unique(lumps, return_index=True, return_inverse=True)
    return found, inverse


def _check(
    column: str, entries: NDArray[Any], wrong: Flags, problem: str, of: Paths | None = None
) -> None:
    if np.any(wrong):
        first = int(np.argmax(wrong))
        path = first if of is None else int(of.owners[first])
        raise InvalidQueryError(f"{column}: {entries[first]} of path {path} {problem}")


def _sums(group: Ints, counts: Ints, groups: int) -> Ints:
    sums = np.zeros(groups, dtype=np.int64)
    np.add.at(sums, group, counts)
    return sums


def _offsets(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _ints(numbers: array[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


def _floats(numbers: array[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)
