"""From the graph to credits: paths are read, changed as wanted, and credited by several models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from service.errors import InvalidQueryError
from service.journey.attribution.attribute import attribute
from service.journey.attribution.credit import Credits
from service.journey.attribution.models import Model
from service.journey.attribution.paths import Path, Paths
from service.journey.attribution.transforms import (
    collapse_repeats,
    first_occurrences,
    with_counts,
    without_direct,
)
from service.journey.paths import PathRow, Tell, Wanted, read_paths, tell_nobody
from service.store.graph import Graph

TRANSFORMS: Mapping[str, Callable[[Paths], Paths]] = {
    "without_direct": without_direct,
    "collapsed": collapse_repeats,
    "first_occurrences": first_occurrences,
    "with_counts": with_counts,
}
"""What may be done to paths before anything is made of them, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Attributed:
    """What the models gave, on the same paths."""

    paths: Paths
    people: int
    """How many were looked at, with a path or without."""
    credits: list[Credits]

    @property
    def conversions(self) -> int:
        return int(self.paths.conversions.sum())

    @property
    def value(self) -> float:
        return float(self.paths.value.sum())


async def attribute_conversions(
    graph: Graph,
    wanted: Wanted,
    models: Sequence[Model],
    transforms: Sequence[str] = (),
    among: AsyncIterator[Sequence[str]] | None = None,
    tell: Tell = tell_nobody,
) -> Attributed:
    """What each model gives to each channel, source, campaign or device; as `read_paths` reads.

    Raises:
        InvalidQueryError: a transform is unknown, or a model cannot be applied.
    """
    paths, people = await gather_paths(graph, wanted, transforms, among, tell)
    credited = await asyncio.to_thread(partial(attribute, paths, models))
    return Attributed(paths, people, credited)


async def gather_paths(
    graph: Graph,
    wanted: Wanted,
    transforms: Sequence[str] = (),
    among: AsyncIterator[Sequence[str]] | None = None,
    tell: Tell = tell_nobody,
) -> tuple[Paths, int]:
    """The paths in columns, transformed in the order given, and how many people were looked at.

    Raises:
        InvalidQueryError: a transform is unknown.
    """
    for name in transforms:
        if name not in TRANSFORMS:
            raise InvalidQueryError(f"transform: {name} is none of {', '.join(TRANSFORMS)}")
    people = 0

    def count(looked_at: int, of: int) -> None:
        nonlocal people
        people = looked_at
        tell(looked_at, of)

    rows = [_path(row) async for row in read_paths(graph, wanted, among, count)]
    paths = await asyncio.to_thread(_in_columns, rows, transforms)
    return paths, people


def _in_columns(rows: Sequence[Path], transforms: Sequence[str]) -> Paths:
    paths = Paths.read(rows)
    for name in transforms:
        paths = TRANSFORMS[name](paths)
    return paths


def _path(row: PathRow) -> Path:
    return Path(
        row.touches,
        row.before,
        conversions=int(row.converted),
        losses=int(not row.converted),
        value=row.value or 0.0,
    )
