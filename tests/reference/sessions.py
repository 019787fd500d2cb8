"""Sessions and paths the plainest way: one event after the other. Written from the words alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Happened:
    id: str
    at: datetime
    source: str
    type: str
    campaign: str | None
    device: str | None


@dataclass(slots=True)
class Session:
    """What happened in one place without a pause, and by which campaign it began."""

    place: str
    campaign: str | None
    events: list[Happened] = field(default_factory=list)

    @property
    def begins(self) -> tuple[datetime, str]:
        return self.events[0].at, self.events[0].id


def sessions_of(happened: Sequence[Happened], visited: Collection[str]) -> list[Session]:
    """The oldest first."""
    open_: dict[str, Session] = {}
    found: list[Session] = []
    for one in sorted(happened, key=lambda one: (one.at, one.id)):
        if one.type == "identify":
            continue
        place = "" if one.source in visited else one.source
        now = open_.get(place)
        if (
            now is None
            or one.at - now.events[-1].at >= PAUSE
            or (one.campaign is not None and one.campaign != now.campaign)
        ):
            now = open_[place] = Session(place, one.campaign)
            found.append(now)
        now.events.append(one)
    return sorted(found, key=lambda one: one.begins)


@dataclass(frozen=True, slots=True)
class Path:
    """The sessions that led to a conversion, or to none; by the ids of their first events."""

    conversion: str | None
    touches: list[str]


def paths_of(
    happened: Sequence[Happened],
    conversions: Collection[str],
    visited: Collection[str],
    lookback: timedelta,
) -> list[Path]:
    """In the order of the conversions, and last what led to none. `conversions` are ids."""
    visits = sessions_of(happened, visited)
    found: list[Path] = []
    previous: datetime | None = None
    for one in sorted(happened, key=lambda one: (one.at, one.id)):
        if one.id not in conversions:
            continue
        touches = [
            visit.events[0].id
            for visit in visits
            if one.at - lookback <= visit.events[0].at <= one.at
            and visit.events[0].id != one.id
            and (previous is None or visit.events[0].at > previous or visit.events[-1].at >= one.at)
        ]
        found.append(Path(one.id, touches))
        previous = one.at
    left = [v.events[0] for v in visits if previous is None or v.events[0].at > previous]
    if left:
        touches = [one.id for one in left if one.at >= left[-1].at - lookback]
        found.append(Path(None, touches))
    return found
