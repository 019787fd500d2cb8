"""What one person did, and how a moment of it is told to the model: as a context.

Moments are seconds since 1970, in UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf, isfinite
from typing import NamedTuple, TypeAlias

from service.errors import InvalidQueryError

DAY = 86_400.0

Context: TypeAlias = tuple[str, ...]
"""How long somebody has been silent, and then their touchpoints, the newest first."""

# The longer nobody came, the less is to be expected: the words of a context for it.
_HOUR, _WEEK = DAY / 24, 7 * DAY
_SILENCES = (_HOUR, DAY, _WEEK, 30 * DAY, 90 * DAY)
JUST_NOW = "just now"
_SILENT = (JUST_NOW, "an hour ago", "a day ago", "a week ago", "a month ago", "long ago")
_LOOKS = (*_SILENCES, 2 * DAY, 4 * DAY)
_LAST = "\U0010ffff"
_CONVERTED = " → "


@dataclass(frozen=True, slots=True)
class Journey:
    """One person's touchpoints and conversions, each the oldest first.

    `touches` are the names of the touchpoints, and `at` their moments. `conversions` are the
    moments of each conversion, by its name. `zone` is the person's time zone, as in the IANA's
    database: it says what hour it is for them.
    """

    touches: Sequence[str]
    at: Sequence[float]
    conversions: Mapping[str, Sequence[float]] = field(default_factory=dict)
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Check the moments.

        Raises:
            InvalidQueryError: a touch has none, or they are out of order.
        """
        if len(self.touches) != len(self.at):
            raise InvalidQueryError(
                f"at: has {len(self.at)} moments for {len(self.touches)} touches"
            )
        for name, moments in (("at", self.at), *self.conversions.items()):
            ordered = all(one <= other for one, other in pairwise(moments))
            if not (ordered and all(map(isfinite, moments))):
                raise InvalidQueryError(f"{name}: is not in order of time")


class State(NamedTuple):
    """At this moment the person is in this context; `touch` is the number of their last touchpoint.

    `fresh` is whether they came into the context then, and were not only looked at again.
    """

    at: float
    context: Context
    touch: int
    fresh: bool


def states(
    journey: Journey, conversions: Sequence[str], order: int, since: float, until: float
) -> Iterator[State]:
    """The contexts in which a person was, one after the other, `order` touchpoints long.

    Somebody is looked at when a touchpoint or a conversion comes, when they have been silent for
    an hour, a day, a week, a month or three, and else once a week: so whoever is silent for long
    counts for as long. Looks from `until` on are left out, and those before `since` that are not
    fresh, or after which another touchpoint came before `since`.
    """
    won = _won(journey, conversions)
    past: Context = ()
    for touch, (name, begin) in enumerate(zip(journey.touches, journey.at, strict=True)):
        end = journey.at[touch + 1] if touch + 1 < len(journey.at) else inf
        first, last = bisect_left(won, (begin, "")), bisect_left(won, (end, ""))
        if end >= since:
            before = None
            for moment in _looks(begin, won[first:last], min(end, until), since):
                done = bisect_right(won, (moment, _LAST), first, last)
                word = _word(name, won[first:done])
                context = (_silent(moment - begin), word, *past)[: order + 1]
                if moment >= since or context != before:
                    yield State(moment, context, touch, context != before)
                before = context
        past = (_word(name, won[first:last]), *past)[: order - 1]


def state_at(journey: Journey, conversions: Sequence[str], order: int, now: float) -> State | None:
    """The state in which a person is by what had happened until then; None before they came."""
    last = bisect_right(journey.at, now) - 1
    if last < 0:
        return None
    won = _won(journey, conversions)
    stop, context = bisect_right(won, (now, _LAST)), [_silent(now - journey.at[last])]
    for touch in range(last, max(-1, last - order), -1):
        begin = bisect_left(won, (journey.at[touch], ""))
        context.append(_word(journey.touches[touch], won[begin:stop]))
        stop = begin
    return State(now, tuple(context), last, fresh=False)


def _won(journey: Journey, conversions: Sequence[str]) -> list[tuple[float, str]]:
    return sorted((at, name) for name in conversions for at in journey.conversions.get(name, ()))


def _looks(
    begin: float, won: Sequence[tuple[float, str]], end: float, since: float
) -> Iterable[float]:
    """When somebody who came at `begin`, and not again before `end`, is looked at."""
    weeks = max(2, ceil((since - begin) / _WEEK))
    weekly = range(weeks, max(weeks, ceil((end - begin) / _WEEK)))
    looks = {begin, *(begin + one for one in _LOOKS), *(begin + _WEEK * one for one in weekly)}
    return sorted(one for one in looks.union(at for at, _ in won) if one < end)


def _silent(seconds: float) -> str:
    return _SILENT[bisect_right(_SILENCES, seconds)]


def _word(name: str, won: Sequence[tuple[float, str]]) -> str:
    """Whoever has just converted is not who has not: so a touchpoint's word tells it."""
    return name + _CONVERTED + won[-1][1] if won else name
