"""When to reach somebody, and on which channel: from when, and where, they responded.

People have habits, and most have been seen too seldom to know them. So what one person did is
added to what everybody does: with n responses of a person, n(x) of them in x, and q(x) of all
people's,

    p(x) = (n(x) + a q(x)) / (n + a),

the mean of a Dirichlet prior that weighs `a` responses. x is a channel, or an hour of the week in
the person's own time zone. How much everybody weighs is found: the `a` that makes what people did
most probable (MacKay and Peto 1995). Where people are alike it is large, and nobody's own few
responses are taken for a habit.

Whoever opens a mail at nine and comes to the site at ten had one occasion, not two: of a day only
the first response counts. Of hours, those beside count a little as well.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidQueryError
from service.journey.next_step.journey import Journey
from service.journey.next_step.model import most_probable

Floats: TypeAlias = NDArray[np.float64]

HOURS = 168
_HOUR = 3600
# A part of each hour's responses goes to the hours beside it.
_BESIDE = 0.25
_HALF = 0.5


@dataclass(slots=True)
class Habits:
    """By channel, how many responses there were in each hour of the week.

    Hour 0 begins on Monday at midnight, where the person is. Habits of other people, or of a later
    time, are added up by `add`. What everybody does weighs as much as so many responses of a
    person: `channel_weight`, `hour_weight`; `weigh` finds them.
    """

    hours: dict[str, list[int]] = field(default_factory=dict)
    channel_weight: float = 16.0
    hour_weight: float = 1024.0

    def take(self, journey: Journey, since: float, until: float) -> None:
        """Count the responses of one person from `since` up to, and without, `until`.

        Raises:
            InvalidQueryError: the person's time zone is unknown.
        """
        for one in occasions(journey, since, until):
            self.hours.setdefault(one.channel, [0] * HOURS)[one.hour] += 1

    def add(self, other: Habits) -> None:
        for name, hours in other.hours.items():
            mine = self.hours.setdefault(name, [0] * HOURS)
            self.hours[name] = [one + more for one, more in zip(mine, hours, strict=True)]


class Occasion(NamedTuple):
    """The first response of a day: on which channel, and in which hour of the week."""

    channel: str
    hour: int


@dataclass(frozen=True, slots=True)
class Moment:
    """An hour to reach somebody on a channel, beginning `at`, in their time zone.

    Of the responses of a week, `probability` is the part that is expected in this hour on this
    channel; `lift` is how many times as many as in the mean hour. `own` and `others` are how many
    responses of the person, and of everybody on this channel, that stands on.
    """

    at: datetime
    channel: str
    probability: float
    lift: float
    own: int
    others: int


def learn_habits(journeys: Iterable[Journey], since: float, until: float) -> Habits:
    """What everybody did when; a journey holds what counts as a response, and nothing else."""
    habits = Habits()
    for journey in journeys:
        habits.take(journey, since, until)
    return habits


def weigh(habits: Habits, journeys: Iterable[Journey], since: float, until: float) -> Habits:
    """The same habits, with the weights that these people's responses speak for.

    Some thousands of people are enough; with none of them, the weights stay what they are.
    """
    channels = {name: number for number, name in enumerate(sorted(habits.hours))}
    of_all = _counted(habits)
    rows = [
        (
            np.bincount([channels[one.channel] for one in there], minlength=len(channels)),
            np.bincount([one.hour for one in there], minlength=HOURS),
        )
        for journey in journeys
        if (there := [o for o in occasions(journey, since, until) if o.channel in channels])
    ]
    if not rows:
        return habits
    found = []
    for place, expected in enumerate((_shares(of_all.sum(axis=1)), _hours(of_all.sum(axis=0)))):
        times = np.stack([row[place] for row in rows]).astype(np.float64)
        parts = np.broadcast_to(expected, times.shape)
        some = times > 0
        ends = times.sum(axis=1)
        found.append(most_probable(times[some], parts[some], ends))
    return Habits(habits.hours, *found)


def best_moments(
    habits: Habits, journey: Journey, now: float, *, channels: Iterable[str] = (), most: int = 3
) -> list[Moment]:
    """The best hours of the coming week, the best first: of each channel the best one.

    Only hours that there are count: none that a change to summer time leaves out. `channels` are
    those on which one may reach the person; by default all on which anybody responded. Nothing that
    the person did later than now is looked at.

    Raises:
        InvalidQueryError: the person's time zone is unknown.
    """
    zone = zone_of(journey.zone)
    own = learn_habits([journey], float("-inf"), np.nextafter(now, np.inf))
    begin = (int(now) // _HOUR + 1) * _HOUR
    coming = [begin + _HOUR * number for number in range(HOURS)]
    hours = [hour_of_week(moment, zone) for moment in coming]
    parts = channel_chances(habits, own)
    found = []
    for channel in sorted((set(channels) or habits.hours.keys()) & parts.keys()):
        chances = hour_chances(habits, own, channel)[hours]
        best = int(np.argmax(chances))
        probability = parts[channel] * float(chances[best])
        found.append(
            Moment(
                datetime.fromtimestamp(coming[best], zone),
                channel,
                probability,
                float(chances[best]) * HOURS,
                int(_counted(own).sum()),
                sum(habits.hours.get(channel, ())),
            )
        )
    return sorted(found, key=lambda one: -one.probability)[:most]


def channel_chances(habits: Habits, own: Habits) -> dict[str, float]:
    """Of each channel the part of a person's responses that is expected on it."""
    names = sorted(habits.hours.keys() | own.hours.keys())
    mine = _of_channels(own, names)
    chances = _lean(mine, _shares(_of_channels(habits, names)), habits.channel_weight)
    return dict(zip(names, chances.tolist(), strict=True))


def hour_chances(habits: Habits, own: Habits, channel: str) -> Floats:
    """Of each hour of the week the part of the responses on a channel that is expected in it.

    A person has one day, whatever the channel: so all their responses count. Everybody's habits on
    the channel lean on everybody's on all channels, with a weight of one response for each hour.
    """
    there = _smooth(np.array(habits.hours.get(channel, [0] * HOURS), dtype=np.float64))
    expected = _lean(there, _hours(_counted(habits).sum(axis=0)), HOURS)
    return _lean(_smooth(_counted(own).sum(axis=0)), expected, habits.hour_weight)


def occasions(journey: Journey, since: float, until: float) -> Iterator[Occasion]:
    """The first response of each day, by the clocks where the person is.

    Raises:
        InvalidQueryError: the person's time zone is unknown.
    """
    zone = zone_of(journey.zone)
    first, last = bisect_left(journey.at, since), bisect_left(journey.at, until)
    day = None
    for number in range(first, last):
        local = datetime.fromtimestamp(journey.at[number], UTC).astimezone(zone)
        if local.date() != day:
            day = local.date()
            yield Occasion(journey.touches[number], 24 * local.weekday() + local.hour)


def hour_of_week(moment: float, zone: ZoneInfo) -> int:
    """From 0, Monday from midnight to one, to 167, by the clocks of the zone."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return 24 * local.weekday() + local.hour


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name in the IANA's database.

    Raises:
        InvalidQueryError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidQueryError(
            f"zone: {name!r} is no time zone; ask for one as Europe/Amsterdam"
        ) from error


def _counted(habits: Habits) -> Floats:
    """A row a channel, in their order, and a column an hour."""
    rows = [habits.hours[name] for name in sorted(habits.hours)]
    return np.array(rows, dtype=np.float64).reshape(-1, HOURS)


def _of_channels(habits: Habits, names: Sequence[str]) -> Floats:
    return np.array([sum(habits.hours.get(name, ())) for name in names], dtype=np.float64)


def _hours(counts: Floats) -> Floats:
    return _shares(_smooth(counts))


def _shares(counts: Floats) -> Floats:
    """As parts of 1; of each, half an observation more than there is."""
    shares: Floats = (counts + _HALF) / (counts.sum() + _HALF * len(counts))
    return shares


def _lean(mine: Floats, expected: Floats, weight: float) -> Floats:
    leant: Floats = (mine + weight * expected) / (mine.sum() + weight)
    return leant


def _smooth(hours: Floats) -> Floats:
    beside = np.roll(hours, 1) + np.roll(hours, -1)
    return (1 - 2 * _BESIDE) * hours + _BESIDE * beside
