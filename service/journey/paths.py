"""What led people to a conversion, and what led others to none, read from the graph.

Paths are made when they are read, as sessions are: so they are right after every merge and split.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from service.errors import InvalidQueryError
from service.store.graph import Graph
from service.store.procedures import Procedure, Row, procedure

By = Literal["channel", "source", "campaign", "device"]
Comparison = Literal["equal", "in", "at_least", "below"]

TRANSFORMS = ("without_direct", "collapsed", "first_occurrences", "with_counts")
"""What may be done to paths before anything is made of them: `parts/transformed.cypher`."""

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
        transforms: What is done to each path, in this order.
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
    transforms: tuple[str, ...] = ()

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
        for one in self.transforms:
            if one not in TRANSFORMS:
                raise InvalidQueryError(f"transform: {one} is none of {', '.join(TRANSFORMS)}")

    def parameters(self) -> dict[str, Any]:
        """As the procedures take it; but for the value, which flows have none of."""
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
            "conditions": conditions,
            "consent": self.consent,
            "transforms": list(self.transforms),
            "first": _ALL,
        }


class PathRow(NamedTuple):
    """One path, as `path_rows` tells it; `at` is in ms since 1970, `before` in seconds."""

    profile_id: str
    converted: bool
    at: int
    value: float | None
    currency: str | None
    touches: list[str]
    before: list[int]


@dataclass(frozen=True, slots=True)
class _Rows:
    paths: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _Ids:
    ids: list[str]


@dataclass(frozen=True, slots=True)
class _Count:
    profiles: int


Tell = Callable[[int, int], None]
"""Hears at how many people somebody has looked, and how many there are in all."""


def tell_nobody(_people: int, _of: int) -> None:
    """Where nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Whose journeys are read, and how.

    Attributes:
        among: The ids of profiles, some hundred at a time; None for everybody.
        tell: Hears how far it is.
        at_once: How many pages are asked for at once: so many cores of the database are kept busy.
    """

    among: AsyncIterator[Sequence[str]] | None = None
    tell: Tell = tell_nobody
    at_once: int = 2


EVERYBODY = Reading()

_COUNT = procedure("profiles_count", _Count)
_PATHS = procedure("path_rows", _Rows)
_IDS = procedure("profile_ids", _Ids)


async def read_paths(
    graph: Graph, wanted: Wanted, reading: Reading = EVERYBODY
) -> AsyncIterator[PathRow]:
    """The paths of those whom one reads, by the ids of their profiles.

    Raises:
        InvalidQueryError: conversions have values in several currencies, or below 0.
    """
    currencies: set[str] = set()
    asked = wanted.parameters() | {"value": wanted.value}
    async with aclosing(ask_of_people(graph, _PATHS, asked, reading)) as pages:
        async for [page] in pages:
            for row in map(PathRow._make, page.paths):
                if row.value is not None:
                    _check_value(row, wanted)
                    currencies.add(row.currency or "")
                    if len(currencies) > 1:
                        raise InvalidQueryError(
                            f"currency: {' and '.join(sorted(map(repr, currencies)))} cannot be "
                            "added up; choose one"
                        )
                yield row


async def ask_of_people(
    graph: Graph, procedure_: Procedure[Row], asked: dict[str, Any], reading: Reading
) -> AsyncGenerator[list[Row], None]:
    """What a procedure gives for some hundred people, and for the next, and so on.

    So memory is bounded, it can be stopped, and messages are written all the while.
    """
    [there] = await graph.read(_COUNT)
    people = 0
    asking: deque[tuple[int, asyncio.Task[list[Row]]]] = deque()
    try:
        async for ids in everybody(graph) if reading.among is None else reading.among:
            page = graph.read(procedure_, **asked, profiles=list(ids))
            asking.append((len(ids), asyncio.create_task(page)))
            if len(asking) < reading.at_once:
                continue
            yield await asking[0][1]
            people += asking.popleft()[0]
            reading.tell(people, there.profiles)
        while asking:
            yield await asking[0][1]
            people += asking.popleft()[0]
            reading.tell(people, there.profiles)
    finally:
        for _, task in asking:
            task.cancel()


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    wanted = Wanted(conversion="")
    await graph.read(_PATHS, **wanted.parameters(), value=None, profiles=[])


async def everybody(graph: Graph) -> AsyncIterator[Sequence[str]]:
    """The ids of all profiles, some hundreds at a time."""
    after = ""
    while ids := (await graph.read(_IDS, after=after, size=PEOPLE_AT_ONCE))[0].ids:
        yield ids
        after = ids[-1]


def _check_value(row: PathRow, wanted: Wanted) -> None:
    if row.value is not None and not row.value >= 0:
        raise InvalidQueryError(
            f"value: {wanted.value} is {row.value} in a conversion of profile {row.profile_id}; "
            f"leave such out with a condition, as in {wanted.value} at least 0"
        )
