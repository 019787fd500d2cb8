"""Times on the way to and from the graph, where there are many of them.

A *moment* is `[seconds since 1970 UTC, nanoseconds]`. The driver turns each time into an object of
its own, which costs more than everything else that is done with a message; Cypher turns a moment
into a time, by `datetime.fromepoch(moment[0], moment[1])`, for next to nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

Moment = list[int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400


def to_moment(time: datetime) -> Moment:
    """A time as a moment."""
    since = time - _EPOCH
    return [since.days * _DAY_SECONDS + since.seconds, since.microseconds * 1_000]


def from_moment(moment: Moment) -> datetime:
    """A moment as a time in UTC, to the microsecond."""
    return _EPOCH + timedelta(seconds=moment[0], microseconds=moment[1] // 1_000)
