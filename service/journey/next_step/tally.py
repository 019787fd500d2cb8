"""What is counted of many journeys, in bounded memory, and added up from parts.

An entry is a context with what followed on it. What is counted belongs to a stretch of time: that
in which it came to be known. So the tally of two stretches, or of two halves of all people, is the
sum of two tallies, to the last digit; and what came later was never looked at.

Where there are too many contexts, the rarest are told by one touchpoint less: their counts go to
the context that is left. That is lossy counting (Manku and Motwani 2002, "Approximate frequency
counts over data streams"), but nothing is lost to shorter contexts, and to the base rates.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from service.errors import InvalidQueryError
from service.journey.next_step.journey import DAY, Context, Journey, State, states

OTHER = "(other)"
"""The name of all touchpoints that came after there were `most_names`."""

_FORMAT = 1
_LEFT = 0.75


@dataclass(frozen=True, slots=True)
class Plan:
    """What is counted, and how much is remembered.

    Attributes:
        conversions: The names of the conversions that are predicted.
        order: How many touchpoints a context has at most.
        days: The ends of the intervals, in days after a moment, in which conversions are counted.
        most_contexts: How many contexts are remembered at most.
        most_names: How many names of touchpoints are told from each other at most.
    """

    conversions: tuple[str, ...]
    order: int = 4
    days: tuple[float, ...] = (1, 3, 7, 14, 30, 60, 90)
    most_contexts: int = 20_000
    most_names: int = 500

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InvalidQueryError: one of them is out of its range.
        """
        for name, least in (("order", 1), ("most_contexts", 2), ("most_names", 1)):
            if getattr(self, name) < least:
                raise InvalidQueryError(f"{name}: is less than {least}")
        if not self.days or sorted({0.0, *self.days}) != [0.0, *self.days]:
            raise InvalidQueryError("days: are not one after the other, and after 0")

    @property
    def cells(self) -> int:
        """How many counts an entry has of those at risk: one a conversion and interval."""
        return len(self.conversions) * len(self.days)


@dataclass(slots=True)
class Entry:
    """What followed on one context.

    `following` counts the next touchpoints by name, once each time somebody came into the context.
    Whoever stays in it is looked at again and again: of each conversion (one after the other) and
    each interval after a look, `risk` counts those that had not converted when it began, and `won`
    those of them that converted in it: a life table. In `came` of the looks of the first interval
    somebody had just come into the context; the others tell much the same once more.
    """

    following: dict[str, int]
    risk: list[int]
    won: list[int]
    came: int = 0

    @property
    def times(self) -> int:
        """How often a next touchpoint was seen."""
        return sum(self.following.values())

    @property
    def weight(self) -> int:
        """No count in it is more."""
        return max(self.times, *self.risk, 0)

    @property
    def own(self) -> float:
        """How much of a look counts: as many as came, whatever the number of looks."""
        return self.came / self.risk[0] if self.risk and self.risk[0] else 0.0

    def add(self, other: Entry) -> None:
        for name, times in other.following.items():
            self.following[name] = self.following.get(name, 0) + times
        self.risk = [one + more for one, more in zip(self.risk, other.risk, strict=True)]
        self.won = [one + more for one, more in zip(self.won, other.won, strict=True)]
        self.came += other.came


@dataclass(slots=True)
class Tally:
    """What was counted from `since` up to, and without, `until`.

    `entries` has each observation once, at the longest context that is remembered for it. `missed`
    is an upper bound: no count of a context, with all longer ones that begin with it, is short by
    more. It is 0 as long as nothing had to be shortened.
    """

    plan: Plan
    since: float
    until: float
    entries: dict[Context, Entry] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    missed: int = 0

    def take(self, journey: Journey) -> None:
        """Count what came to be known of a journey in the tally's time; each person once."""
        past = bisect_left(journey.at, self.until)
        touches = [self._name(name) for name in journey.touches[:past]]
        known = replace(journey, touches=touches, at=journey.at[:past])
        since = self.since - self.plan.days[-1] * DAY
        for state in states(known, self.plan.conversions, self.plan.order, since, self.until):
            if state.fresh:
                self._follow(known, state)
            self._wait(known, state)

    def to_bytes(self) -> bytes:
        """The same tally always gives the same bytes."""
        return orjson.dumps(
            {
                "format": _FORMAT,
                "plan": asdict(self.plan),
                "since": self.since,
                "until": self.until,
                "missed": self.missed,
                "names": sorted(self.names),
                "entries": [
                    [context, sorted(one.following.items()), one.risk, one.won, one.came]
                    for context, one in sorted(self.entries.items())
                ],
            }
        )

    def _follow(self, journey: Journey, state: State) -> None:
        following = state.touch + 1
        if following < len(journey.at) and self.since <= journey.at[following] < self.until:
            counts = self._entry(state.context).following
            name = journey.touches[following]
            counts[name] = counts.get(name, 0) + 1

    def _wait(self, journey: Journey, state: State) -> None:
        days = self.plan.days
        if not self.since - days[-1] * DAY <= state.at < self.until - days[0] * DAY:
            return
        entry = None
        for number, name in enumerate(self.plan.conversions):
            gap = wait(journey, name, state.at)
            began = 0.0
            for place, end in enumerate(days, number * len(days)):
                if gap <= began:
                    break
                if self.since <= state.at + end * DAY < self.until:
                    entry = entry or self._entry(state.context)
                    entry.risk[place] += 1
                    entry.won[place] += gap <= end
                    entry.came += state.fresh and place == 0
                began = end

    def _entry(self, context: Context) -> Entry:
        entry = self.entries.get(context)
        if entry is None:
            if len(self.entries) >= self.plan.most_contexts:
                self._shorten()  # Longer contexts may have become this one.
            cells = self.plan.cells
            entry = self.entries.setdefault(context, Entry({}, [0] * cells, [0] * cells))
        return entry

    def _shorten(self) -> None:
        """Tell the rarest contexts by one touchpoint less, until there is room."""
        left = int(self.plan.most_contexts * _LEFT)
        while (excess := len(self.entries) - left) > 0 and len(self.entries) > 1:
            weights = {context: one.weight for context, one in self.entries.items() if context}
            rarest = sorted(weights, key=lambda one: (weights[one], -len(one), one))[:excess]
            self.missed += weights[rarest[-1]]
            # What comes to a context that was itself shortened stays there until the next time.
            for context in sorted(rarest, key=len):
                entry = self.entries.pop(context)
                if shorter := self.entries.get(context[:-1]):
                    shorter.add(entry)
                else:
                    self.entries[context[:-1]] = entry

    def _name(self, name: str) -> str:
        if name not in self.names:
            if len(self.names) >= self.plan.most_names:
                return OTHER
            self.names.add(name)
        return name


def learn(plan: Plan, journeys: Iterable[Journey], since: float, until: float) -> Tally:
    """Count what came to be known of these people from `since` up to, and without, `until`.

    What they did before is the context of it. Nothing that they did later is looked at.
    """
    tally = Tally(plan, since, until)
    for journey in journeys:
        tally.take(journey)
    return tally


def merge(one: Tally, other: Tally) -> Tally:
    """Both in one: of other people in the same time, or of the same people in the time after.

    Raises:
        InvalidQueryError: they do not fit together.
    """
    if one.plan != other.plan:
        raise InvalidQueryError("plan: the two count other things")
    same = (one.since, one.until) == (other.since, other.until)
    if not same and other.since != one.until:
        raise InvalidQueryError(
            "since: the other tally is neither of the same time nor of that after"
        )
    both = Tally(one.plan, one.since, other.until, missed=one.missed + other.missed)
    for part in (one, other):
        names = {name: both._name(name) for name in sorted(part.names)}  # noqa: SLF001
        for context, entry in sorted(part.entries.items()):
            following: dict[str, int] = {}
            for name, times in entry.following.items():
                known = names.get(name, OTHER)
                following[known] = following.get(known, 0) + times
            both._entry(context).add(Entry(following, entry.risk, entry.won, entry.came))  # noqa: SLF001
    return both


def read_tally(written: bytes) -> Tally:
    """The inverse of `Tally.to_bytes`.

    Raises:
        ValueError: it is no tally, or one of another version.
    """
    told: dict[str, Any] = orjson.loads(written)
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise ValueError("this is no tally of this version; count again")
    plan = told["plan"]
    lists = {name: tuple(plan[name]) for name in ("conversions", "days")}
    return Tally(
        Plan(**plan | lists),
        told["since"],
        told["until"],
        {
            tuple(context): Entry(dict(following), *counts)
            for context, following, *counts in told["entries"]
        },
        set(told["names"]),
        told["missed"],
    )


def wait(journey: Journey, conversion: str, moment: float) -> float:
    """How many days after a moment the next conversion came; infinite if none did."""
    moments = journey.conversions.get(conversion, ())
    following = bisect_right(moments, moment)
    return (moments[following] - moment) / DAY if following < len(moments) else float("inf")
