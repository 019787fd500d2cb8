"""What was learned of everybody's journeys, and how the graph keeps it.

There is a node for each month that was counted, and one for what they add up to. They hold counts
by channels and conversions, and nobody's identifiers.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from service.journey.next_step.evaluate import Report, Score
from service.journey.next_step.model import Model, fit
from service.journey.next_step.moments import Habits
from service.journey.next_step.tally import Tally, read_tally
from service.store.graph import Graph
from service.store.procedures import procedure

WHOLE = "whole"
"""The name of what all months add up to; the others are named as in 2026-01."""


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better some predictions were than the best that one answer to all could do.

    As `evaluate.Score` has it: `skill` 1 is perfect, and 0 no better than the base rate.
    """

    questions: int
    skill: float
    skill_error: float
    calibration_error: float

    @classmethod
    def of(cls, score: Score) -> Self | None:
        """None where nothing was asked, or everything was answered alike."""
        if not score.questions or not score.base_brier:
            return None
        return cls(score.questions, score.skill, score.skill_error, score.calibration_error)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of predictions in the time after all that they were made of."""

    since: float
    until: float
    days: float
    next_touch: Gain | None
    conversions: Mapping[str, Gain | None]

    @classmethod
    def of(cls, report: Report, since: float, until: float) -> Self:
        conversions = {name: Gain.of(score) for name, score in report.conversions.items()}
        return cls(since, until, report.days, Gain.of(report.next_touch), conversions)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of everybody in a stretch of time."""

    tally: Tally
    habits: Habits
    measured: Measured | None = None

    def to_bytes(self) -> bytes:
        told = {
            "tally": orjson.Fragment(self.tally.to_bytes()),
            "habits": asdict(self.habits),
            "measured": None if self.measured is None else asdict(self.measured),
        }
        return zlib.compress(orjson.dumps(told))

    @classmethod
    def read(cls, written: bytes) -> Self:
        """The inverse of `to_bytes`."""
        told: dict[str, Any] = orjson.loads(zlib.decompress(written))
        return cls(
            read_tally(orjson.dumps(told["tally"])),
            Habits(**told["habits"]),
            told["measured"] and _measured(told["measured"]),
        )


def _measured(told: dict[str, Any]) -> Measured:
    def gain(one: dict[str, Any] | None) -> Gain | None:
        return None if one is None else Gain(**one)

    conversions = {name: gain(one) for name, one in told["conversions"].items()}
    return Measured(**told | {"next_touch": gain(told["next_touch"]), "conversions": conversions})


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What predictions are made of."""

    learned_at: datetime
    model: Model
    habits: Habits
    measured: Measured | None

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever seen to go on, or to wait."""
        everything = self.model.totals[()]
        return not everything.times and not any(everything.risk)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept under one name, as the columns of `learned_find`.

    `events` is how many there were when it was learned; `counted` is null where it was not wanted.
    """

    name: str
    learned_at: datetime
    subject: str
    events: int
    counted: bytes | None


@dataclass(frozen=True, slots=True)
class _KeptCount:
    kept: int


_FIND = procedure("learned_find", Kept)
_KEEP = procedure("learned_keep", _KeptCount)


async def find_kept(graph: Graph, names: Iterable[str], *, whole: bool = False) -> dict[str, Kept]:
    """What there is of these names, by name; with what was counted, if the whole is wanted."""
    rows = await graph.read(_FIND, names=list(names), whole=whole)
    return {row.name: row for row in rows}


async def keep(graph: Graph, holder: str, learned: Sequence[Kept], names: Sequence[str]) -> bool:
    """Keep all of this at once, and of what was kept before what is named.

    Returns:
        Whether it was kept: not if somebody else has begun to learn meanwhile.
    """
    rows = [asdict(one) for one in learned]
    [row] = await graph.write(_KEEP, holder=holder, learned=rows, names=list(names))
    return row.kept > 0


async def read_learned(graph: Graph) -> Learned | None:
    """What was learned last; None before anything was."""
    kept = (await find_kept(graph, [WHOLE], whole=True)).get(WHOLE)
    if kept is None or kept.counted is None:
        return None
    return await asyncio.to_thread(_learned, kept.learned_at, kept.counted)


def _learned(learned_at: datetime, written: bytes) -> Learned:
    counted = Counted.read(written)
    return Learned(learned_at, fit(counted.tally), counted.habits, counted.measured)
