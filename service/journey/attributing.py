"""From the graph to credits: paths are read, and credited by several models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from service.journey.attribution.attribute import attribute
from service.journey.attribution.credit import Credits
from service.journey.attribution.models import Model
from service.journey.attribution.paths import Path, Paths
from service.journey.paths import EVERYBODY, PathRow, Reading, Wanted, read_paths
from service.store.graph import Graph


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
    reading: Reading = EVERYBODY,
) -> Attributed:
    """What each model gives to each channel, source, campaign or device; as `read_paths` reads.

    Raises:
        InvalidQueryError: a model cannot be applied.
    """
    paths, people = await gather_paths(graph, wanted, reading)
    credited = await asyncio.to_thread(partial(attribute, paths, models))
    return Attributed(paths, people, credited)


async def gather_paths(
    graph: Graph, wanted: Wanted, reading: Reading = EVERYBODY
) -> tuple[Paths, int]:
    """The paths in columns, and how many people were looked at."""
    people = 0

    def count(looked_at: int, of: int) -> None:
        nonlocal people
        people = looked_at
        reading.tell(looked_at, of)

    counted = replace(reading, tell=count)
    rows = [_path(row) async for row in read_paths(graph, wanted, counted)]
    return await asyncio.to_thread(Paths.read, rows), people


def _path(row: PathRow) -> Path:
    return Path(
        row.touches,
        row.before,
        conversions=int(row.converted),
        losses=int(not row.converted),
        value=row.value or 0.0,
    )
