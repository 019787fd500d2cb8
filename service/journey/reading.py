"""A page of a person's journey. The cost of a page does not depend on how far in it is.

Whose an event is on a device that several people used is worked out when it is read, from the
graph as it is then. Few people ever touched such a device: the smaller statement gives the pages of
all others, and of these it tells that they need the larger one.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

import orjson

from service.errors import InvalidQueryError
from service.profile.reading import ProfileRow
from service.store.graph import Graph
from service.store.moments import from_moment, to_moment
from service.store.procedures import procedure

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)
_ALL = 2**31 - 1


class Part(StrEnum):
    """What is read of a touchpoint only where somebody wants to see it."""

    SOURCE = "source"
    DEVICE = "device"
    PROPERTIES = "properties"


EVERY_PART = frozenset(Part)


class TouchpointRow(NamedTuple):
    """What `tell_touchpoint` tells: there are many, and nothing is done to one before it is needed.

    `stranger` is what is known of its identifier, where that is not one of the person's own. `node`
    are the properties of its event.
    """

    message_id: str
    type: str
    name: str | None
    seconds: int
    nanosecond: int
    channel: str | None
    identifier: str | None
    stranger: dict[str, Any] | None
    source: dict[str, Any] | None
    device: dict[str, Any] | None
    node: dict[str, Any] | None

    @property
    def at(self) -> datetime:
        """When it was."""
        return from_moment([self.seconds, self.nanosecond])

    def cursor(self) -> str:
        """Where this touchpoint stands: it stays right while others come in."""
        where = orjson.dumps([self.at.isoformat(), self.message_id])
        return base64.urlsafe_b64encode(where).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which touchpoints: from `since` up to, and without, `until`; None leaves nothing out."""

    since: datetime | None = None
    until: datetime | None = None
    names: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None

    def parameters(self) -> dict[str, Any]:
        """As the procedures take it."""
        return {
            "since": to_moment(self.since or BEGINNING),
            "until": to_moment(self.until or END),
            "names": None if self.names is None else list(self.names),
            "channels": None if self.channels is None else list(self.channels),
        }


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWanted:
    """Which page of a journey: the `first` that are selected, `after` a cursor."""

    selection: Selection = EVERYTHING
    first: int
    after: str | None = None
    newest_first: bool = False
    parts: frozenset[Part] = EVERY_PART

    def parameters(self) -> dict[str, Any]:
        """As the procedures take it. One more is read, which tells whether there are more.

        Raises:
            InvalidQueryError: `after` is not a cursor.
        """
        start = (END, "") if self.newest_first else (BEGINNING, "")
        after_at, after_id = start if self.after is None else read_cursor(self.after)
        return {
            "after_at": to_moment(after_at),
            "after_id": after_id,
            "first": self.first + 1,
            "parts": list(self.parts),
            **self.selection.parameters(),
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Some touchpoints, and whether there are more after them."""

    touchpoints: list[TouchpointRow]
    has_next: bool

    @classmethod
    def of(cls, told: list[list[Any]], first: int) -> Self:
        """From what was read for it: one more, where there are more."""
        return cls([TouchpointRow._make(one) for one in told[:first]], has_next=len(told) > first)


@dataclass(frozen=True, slots=True)
class _Told:
    position: int
    several: bool
    touchpoints: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _PersonTold:
    person: dict[str, Any]
    several: bool
    touchpoints: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _Shared:
    position: int
    touchpoints: list[list[Any]]


@dataclass(frozen=True, slots=True)
class _One:
    told: list[Any]


@dataclass(frozen=True, slots=True)
class _Counted:
    position: int
    several: bool
    touchpoints: int


@dataclass(frozen=True, slots=True)
class _SharedCounted:
    position: int
    touchpoints: int


# By whether the newest come first.
_PAGES = {
    False: procedure("touchpoints_asc", _Told),
    True: procedure("touchpoints_desc", _Told),
}
_SHARED_PAGES = {
    False: procedure("shared_touchpoints_asc", _Shared),
    True: procedure("shared_touchpoints_desc", _Shared),
}
_PEOPLE = {
    False: procedure("person_asc", _PersonTold),
    True: procedure("person_desc", _PersonTold),
}
_COUNT = procedure("touchpoints_count", _Counted)
_SHARED_COUNT = procedure("shared_touchpoints_count", _SharedCounted)
_TOUCHPOINT = procedure("touchpoint", _One)


async def read_pages(
    graph: Graph, profiles: Sequence[Sequence[str]], *, wanted: PageWanted
) -> list[Page]:
    """Some of what each of these people did; of a profile the keys of all its identifiers.

    Raises:
        InvalidQueryError: `after` is not a cursor.
    """
    given = wanted.parameters()
    asked = [list(keys) for keys in profiles]
    pages = await graph.read(_PAGES[wanted.newest_first], profiles=asked, **given)
    told = {page.position: page.touchpoints for page in pages}
    if several := sorted(page.position for page in pages if page.several):
        others = [asked[position] for position in several]
        shared = await graph.read(_SHARED_PAGES[wanted.newest_first], profiles=others, **given)
        told |= {several[page.position]: page.touchpoints for page in shared}
    return [Page.of(told[position], wanted.first) for position in range(len(asked))]


async def read_page(graph: Graph, keys: Sequence[str], wanted: PageWanted) -> Page:
    """Some of what one person did; as `read_pages`."""
    [page] = await read_pages(graph, [keys], wanted=wanted)
    return page


async def read_person(
    graph: Graph, identifier: str, wanted: PageWanted
) -> tuple[ProfileRow, Page | None] | None:
    """As `read_profile`, and a page of what the person did, in one round trip.

    None in its place where several people used one of their devices: `read_pages` has it.

    Raises:
        InvalidQueryError: `after` is not a cursor.
    """
    given = wanted.parameters()
    rows = await graph.read(_PEOPLE[wanted.newest_first], identifier=identifier, **given)
    if not rows:
        return None
    [told] = rows
    page = None if told.several else Page.of(told.touchpoints, wanted.first)
    return ProfileRow.of(told.person), page


async def count_touchpoints(
    graph: Graph, profiles: Sequence[Sequence[str]], selection: Selection = EVERYTHING
) -> list[int]:
    """How much each of these people did."""
    given = selection.parameters()
    asked = [list(keys) for keys in profiles]
    counted = await graph.read(_COUNT, profiles=asked, **given)
    counts = {one.position: one.touchpoints for one in counted}
    if several := sorted(one.position for one in counted if one.several):
        others = [asked[position] for position in several]
        shared = await graph.read(_SHARED_COUNT, profiles=others, **given, first=_ALL)
        counts |= {several[one.position]: one.touchpoints for one in shared}
    return [counts[position] for position in range(len(asked))]


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the large statements, which takes it seconds, before somebody needs them."""
    for newest_first in (False, True):
        wanted = PageWanted(first=1, newest_first=newest_first)
        await read_person(graph, "", wanted)
        await graph.read(_PAGES[newest_first], profiles=[], **wanted.parameters())
        await graph.read(_SHARED_PAGES[newest_first], profiles=[], **wanted.parameters())
    given: dict[str, Any] = {"profiles": [], **EVERYTHING.parameters()}
    await graph.read(_COUNT, **given)
    await graph.read(_SHARED_COUNT, **given, first=_ALL)


async def read_touchpoint(graph: Graph, message_id: str) -> TouchpointRow | None:
    """One touchpoint, if there is one."""
    rows = await graph.read(_TOUCHPOINT, message_id=message_id, parts=list(EVERY_PART))
    return TouchpointRow._make(rows[0].told) if rows else None


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """When the touchpoint of a cursor was, and its id; the inverse of `TouchpointRow.cursor`.

    Raises:
        InvalidQueryError: it is not a cursor.
    """
    try:
        told, message_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            raise ValueError("a time without an offset is none")
        return at, str(message_id)
    except (ValueError, TypeError) as error:
        raise InvalidQueryError("after: is not a cursor; use the endCursor of a page") from error
