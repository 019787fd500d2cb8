"""What led people to a conversion, and what led others to none, read from the graph.

Paths are made when they are read, as sessions are: so they are right after every merge and split.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.errors import InvalidQueryError
from service.store.graph import Graph
from service.store.procedures import procedure

By = Literal["channel", "source", "campaign", "device"]
Comparison = Literal["equal", "in", "at_least", "below"]

MAX_DAYS = 3_650
MAX_TOUCHPOINTS = 1_000
PEOPLE_AT_ONCE = 500
"""Enough that a round trip does not count, and few enough that a query can be stopped soon."""
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """What a property of a conversion has to be; `value` is a list for `in`."""

    name: str
    is_: Comparison
    value: Any

    def parameter(self) -> dict[str, Any]:
        """As the procedure takes it."""
        return {"name": self.name, "is": self.is_, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which paths: to conversions from `since` up to, and without, `until`; None is no limit.

    Attributes:
        conversion: The name of the events that are conversions.
        by: What a touchpoint is told by.
        lookback_days: How long before the conversion a touchpoint may be, in days.
        most: How many touchpoints a path has at most: the last ones.
        value: The property that holds what a conversion is worth; None where nobody asks.
        currency: Only conversions in this one; needed when there are several.
        conditions: What else has to hold of a conversion.
        consent: Only people whose last word on this purpose is yes; None for all.
    """

    conversion: str
    by: By = "channel"
    since: datetime | None = None
    until: datetime | None = None
    lookback_days: int = 30
    most: int = 100
    value: str | None = None
    currency: str | None = None
    conditions: tuple[Condition, ...] = ()
    consent: str | None = None

    def __post_init__(self) -> None:
        """Check what is wanted.

        Raises:
            InvalidQueryError: names the field.
        """
        for name, number, most in (
            ("lookbackDays", self.lookback_days, MAX_DAYS),
            ("most", self.most, MAX_TOUCHPOINTS),
        ):
            if not 1 <= number <= most:
                raise InvalidQueryError(f"{name}: is {number}; ask for 1 to {most:,}")
        if self.since and self.until and self.since >= self.until:
            raise InvalidQueryError("until: is not after since")

    def parameters(self) -> dict[str, Any]:
        """As the procedure takes it."""
        conditions = [one.parameter() for one in self.conditions]
        if self.currency is not None:
            conditions.append(Condition("currency", "equal", self.currency).parameter())
        return {
            "conversion": self.conversion,
            "by": self.by,
            "since": self.since,
            "until": self.until,
            "lookback_days": self.lookback_days,
            "most": self.most,
            "value": self.value,
            "conditions": conditions,
            "consent": self.consent,
        }


@dataclass(frozen=True, slots=True)
class PathRow:
    """One path, as the columns of `paths`."""

    profile_id: str
    converted: bool
    at: datetime
    value: float | None
    currency: str | None
    touches: list[str]
    before: list[int]


@dataclass(frozen=True, slots=True)
class _Id:
    id: str


@dataclass(frozen=True, slots=True)
class _Count:
    profiles: int


Tell = Callable[[int, int], None]
"""Hears at how many people somebody has looked, and how many there are in all."""

_COUNT = procedure("profiles_count", _Count)
_PATHS = procedure("paths", PathRow)
_IDS = procedure("profile_ids", _Id)


def tell_nobody(_people: int, _of: int) -> None:
    """Where nobody wants to hear."""


async def read_paths(
    graph: Graph,
    wanted: Wanted,
    among: AsyncIterator[Sequence[str]] | None = None,
    tell: Tell = tell_nobody,
) -> AsyncIterator[PathRow]:
    """The paths of everybody, or of those `among` whom one looks, by the ids of their profiles.

    Raises:
        InvalidQueryError: conversions have values in several currencies, or below 0.
    """
    [there] = await graph.read(_COUNT)
    people = 0
    currencies: set[str] = set()
    async for ids in everybody(graph) if among is None else among:
        for row in await graph.read(_PATHS, **wanted.parameters(), profiles=list(ids), first=_ALL):
            if row.value is not None:
                _check_value(row, wanted)
                currencies.add(row.currency or "")
                if len(currencies) > 1:
                    raise InvalidQueryError(
                        f"currency: {' and '.join(sorted(map(repr, currencies)))} cannot be added "
                        "up; choose one"
                    )
            yield row
        people += len(ids)
        tell(people, there.profiles)


async def everybody(graph: Graph) -> AsyncIterator[Sequence[str]]:
    """The ids of all profiles, some hundreds at a time."""
    after = ""
    while rows := await graph.read(_IDS, after=after, size=PEOPLE_AT_ONCE):
        yield [row.id for row in rows]
        after = rows[-1].id


def _check_value(row: PathRow, wanted: Wanted) -> None:
    if row.value is not None and not row.value >= 0:
        raise InvalidQueryError(
            f"value: {wanted.value} is {row.value} in a conversion of profile {row.profile_id}; "
            f"leave such out with a condition, as in {wanted.value} at least 0"
        )
