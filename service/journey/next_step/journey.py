"""What one person did, and how a moment of it is told to the model: as a context.

Moments are seconds since 1970, in UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import NamedTuple, TypeAlias

from service.errors import InvalidQueryError

DAY = 86_400.0

Context: TypeAlias = tuple[str, ...]
"""How long somebody has been silent, and then their touchpoints, the newest first."""

# The longer nobody came, the less is to be expected: the words of a context for it.
_SILENCES = (DAY, 7 * DAY, 30 * DAY, 90 * DAY)
_SILENT = ("just now", "a day ago", "a week ago", "a month ago", "long ago")
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
    """From `at` on, until the next state, the person is in this context; `touch` is their last."""

    at: float
    context: Context
    touch: int


def states(journey: Journey, conversions: Sequence[str], order: int) -> Iterator[State]:
    """All contexts in which a person was, one after the other, `order` touchpoints long.

    A state begins with a touchpoint, with a conversion after it, and when somebody has been silent
    for a day, a week, a month, or three.
    """
    won = _won(journey, conversions)
    past: Context = ()
    for touch, (name, begin) in enumerate(zip(journey.touches, journey.at, strict=True)):
        end = journey.at[touch + 1] if touch + 1 < len(journey.at) else float("inf")
        first = bisect_left(won, (begin, ""))
        here = won[first : bisect_left(won, (end, ""))]
        changes = {begin + silence for silence in _SILENCES} | {at for at, _ in here}
        before = None
        for moment in (begin, *sorted(one for one in changes if begin < one < end)):
            context = _context(name, begin, here, moment, past)[: order + 1]
            if context != before:
                yield State(moment, context, touch)
            before = context
        past = (_context(name, begin, here, end, ())[1], *past)[: order - 1]


def state_at(journey: Journey, conversions: Sequence[str], order: int, now: float) -> State | None:
    """The state in which a person is by what had happened until then; None before they came."""
    last = bisect_right(journey.at, now)
    known = Journey(
        journey.touches[max(0, last - order) : last],
        journey.at[max(0, last - order) : last],
        {
            name: moments[: bisect_right(moments, now)]
            for name, moments in journey.conversions.items()
        },
    )
    found = None
    for state in states(known, conversions, order):
        if state.at > now:
            break
        found = state
    return found and found._replace(touch=last - 1)


def _won(journey: Journey, conversions: Sequence[str]) -> list[tuple[float, str]]:
    return sorted((at, name) for name in conversions for at in journey.conversions.get(name, ()))


def _context(
    name: str, begin: float, here: Sequence[tuple[float, str]], moment: float, past: Context
) -> Context:
    """Whoever has just converted is not who has not: so a touchpoint's word tells it."""
    done = bisect_right(here, (moment, "\U0010ffff"))
    word = name + _CONVERTED + here[done - 1][1] if done else name
    return _SILENT[bisect_right(_SILENCES, moment - begin)], word, *past
