"""A page of a person's sessions, the newest first.

Sessions are made when they are read, so an event that comes late, a merge or a split finds them
right. They are read from the newest event backwards, and only as far as the page needs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from service.errors import InvalidQueryError
from service.journey.reading import END
from service.store.graph import Graph
from service.store.moments import from_moment
from service.store.procedures import procedure

# How many events are read at first, and how many times as many when these were too few.
_EVENTS = 500
_MORE = 8
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """What `tell_session` tells. `id` is that of the event with which the session began."""

    id: str
    started_at: datetime
    ended_at: datetime
    channel: str | None
    traffic_source: str | None
    traffic_medium: str | None
    traffic_campaign: str | None
    landing_page: str | None
    exit_page: str | None
    touchpoints: int
    source: str
    devices: list[dict[str, Any]]
    settled: bool

    @property
    def begins(self) -> tuple[datetime, str]:
        """Orders the sessions of a person."""
        return self.started_at, self.id


class SessionCursor(NamedTuple):
    """Where a page ended: its last session began then, and none before it went on later."""

    started_at: datetime
    id: str
    until: datetime

    def __str__(self) -> str:
        parts = [self.started_at.isoformat(), self.id, self.until.isoformat()]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some sessions, each with its cursor, and whether there are more after them."""

    sessions: list[tuple[SessionRow, SessionCursor]]
    has_next: bool


@dataclass(frozen=True, slots=True)
class _Told:
    position: int
    events: int
    sessions: list[dict[str, Any]]


_SESSIONS = procedure("sessions_desc", _Told)


async def read_sessions(
    graph: Graph, profiles: Sequence[Sequence[str]], *, first: int, after: str | None = None
) -> list[SessionPage]:
    """Some sessions of each of these people; of a profile the keys of all its identifiers.

    Raises:
        InvalidQueryError: `after` is not a cursor.
    """
    cursor = None if after is None else read_cursor(after)
    until = END if cursor is None else cursor.until
    pages: dict[int, SessionPage] = {}
    waiting = dict(enumerate(profiles))
    events = _EVENTS
    while waiting:
        asked = list(waiting)
        keys = [list(waiting[position]) for position in asked]
        for told in await graph.read(_SESSIONS, profiles=keys, until=until, first=events):
            there = [_row(one) for one in told.sessions]
            page = _page(there, cursor, first, is_all=told.events < events)
            if page is not None:
                position = asked[told.position]
                pages[position] = page
                del waiting[position]
        events *= _MORE
    return [pages[position] for position in range(len(profiles))]


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    await read_sessions(graph, [[]], first=1)


def _page(
    there: Sequence[SessionRow], after: SessionCursor | None, first: int, *, is_all: bool
) -> SessionPage | None:
    """The page, if what was read is enough for it."""
    known = sorted(there, key=lambda one: one.begins, reverse=True)
    if after is not None:
        known = [one for one in known if one.begins < (after.started_at, after.id)]
    final = known
    if not is_all:
        # What is not settled may have begun at any time before its end.
        unsure = [one.ended_at for one in known if not one.settled]
        final = [
            one
            for one in known
            if one.settled and one.started_at > max(unsure, default=one.started_at - _INSTANT)
        ]
        if len(final) <= first:
            return None
    taken = final[:first]
    return SessionPage(
        [(one, _cursor(one, known[number + 1 :])) for number, one in enumerate(taken)],
        has_next=len(final) > first,
    )


def _cursor(last: SessionRow, later: Sequence[SessionRow]) -> SessionCursor:
    """Sessions at a till and on the web overlap: one that began before may have ended after."""
    until = max([last.started_at, *(one.ended_at for one in later)]) + _INSTANT
    return SessionCursor(last.started_at, last.id, until)


def _row(told: dict[str, Any]) -> SessionRow:
    times = {name: from_moment(told[name]) for name in ("started_at", "ended_at")}
    return SessionRow(**told | times)


def read_cursor(cursor: str) -> SessionCursor:
    """The inverse of a cursor's text.

    Raises:
        InvalidQueryError: it is not a cursor.
    """
    try:
        started_at, id_, until = orjson.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        return SessionCursor(
            datetime.fromisoformat(started_at), str(id_), datetime.fromisoformat(until)
        )
    except (ValueError, TypeError) as error:
        raise InvalidQueryError("after: is not a cursor; use the endCursor of a page") from error
