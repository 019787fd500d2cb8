"""Profiles by what is known of them, a page at a time, in the order of their ids.

An id is the one thing of a profile that stays while data comes in, so a cursor is the id of the
profile before. One round trip finds the ids of a page and one reads their profiles.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from service.errors import InvalidQueryError
from service.profile.reading import ProfileRow
from service.store.graph import Graph
from service.store.procedures import procedure

MOST = 10_000
"""What finds fewer is gathered and put in order. What finds more is as good as everywhere."""
REACH = 10_000
"""So many profiles are looked at for a page where all conditions find so much."""
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What has to hold of a profile; what is None need not.

    `trait` comes with `values`, one of which it has, or with `prefix`, with which it begins.
    `words` are queries of the full-text index, each of which has to find something.
    """

    key: str | None = None
    namespace: str | None = None
    account: str | None = None
    trait: str | None = None
    values: Sequence[Any] = ()
    prefix: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some profiles, and whether there may be more after them."""

    profiles: list[ProfileRow]
    has_next: bool
    end_cursor: str | None
    """Where to go on: not always at the last profile, and there may be none."""


@dataclass(frozen=True, slots=True)
class _Found:
    ids: list[str]
    reached: str | None
    too_common: list[int]


@dataclass(frozen=True, slots=True)
class _Members:
    account: str
    ids: list[str]


_MEMBERS = procedure("account_members", _Members)
_FIND = procedure("find_profiles", _Found)
_PROFILES = procedure("profiles", ProfileRow)


async def find_page(
    graph: Graph, conditions: Conditions | None, *, first: int, after: str | None = None
) -> Page:
    """The next profiles for which all conditions hold; without conditions, none.

    Raises:
        InvalidQueryError: `after` is not a cursor, or a word is in the values of too many.
    """
    begin = "" if after is None else _read_cursor(after)
    if conditions is None:
        return Page([], has_next=False, end_cursor=None)
    ids, end = await _find_ids(graph, conditions, first, begin)
    profiles = await graph.read(_PROFILES, ids=ids) if ids else []
    profiles.sort(key=lambda row: row.id)
    if end is not None:
        return Page(profiles, has_next=True, end_cursor=cursor_of(end))
    return Page(profiles, has_next=False, end_cursor=cursor_of(ids[-1]) if ids else None)


async def find_all(
    graph: Graph, conditions: Conditions | None, *, at_once: int
) -> AsyncIterator[list[str]]:
    """The ids of all profiles for which the conditions hold, so many at once at most.

    Raises:
        InvalidQueryError: a word is in the values of too many.
    """
    after: str | None = "" if conditions is not None else None
    while conditions is not None and after is not None:
        ids, after = await _find_ids(graph, conditions, at_once, after)
        if ids:
            yield ids


async def _find_ids(
    graph: Graph, conditions: Conditions, first: int, after: str
) -> tuple[list[str], str | None]:
    """The next ids, and after which one to go on; None after the last."""
    given = asdict(conditions)
    given |= {"words": list(conditions.words), "values": list(conditions.values)}
    if conditions.until is not None or conditions.since is not None:
        given |= {"since": conditions.since or _BEGINNING, "until": conditions.until or _END}
    [found] = await graph.read(
        _FIND,
        **given,
        after=after,
        first=first + 1,
        most=MOST,
        reach=first + 1 if conditions == Conditions() else REACH,
    )
    if found.too_common:
        raise InvalidQueryError(
            f"filter.text: word {found.too_common[0] + 1} is in {MOST} values or more; make it "
            "longer, or leave it out"
        )
    ids = found.ids[:first]
    return ids, ids[-1] if len(found.ids) > first else found.reached


async def find_members(
    graph: Graph, accounts: Sequence[str], *, first: int, after: str | None = None
) -> list[Page]:
    """For each account, by its key, the next profiles that hold it or belong to it.

    Raises:
        InvalidQueryError: `after` is not a cursor.
    """
    begin = "" if after is None else _read_cursor(after)
    rows = await graph.read(_MEMBERS, accounts=list(accounts), after=begin, first=first + 1)
    ids = {row.account: row.ids for row in rows}
    wanted = sorted({id_ for some in ids.values() for id_ in some[:first]})
    read = await graph.read(_PROFILES, ids=wanted) if wanted else []
    profiles = {row.id: row for row in read}
    return [
        Page(
            # One that was merged away between the two reads is in another one now.
            [profiles[id_] for id_ in ids[account][:first] if id_ in profiles],
            has_next=len(ids[account]) > first,
            end_cursor=cursor_of(ids[account][:first][-1]) if ids[account] else None,
        )
        for account in accounts
    ]


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    await find_page(graph, Conditions(), first=1)


def cursor_of(profile_id: str) -> str:
    """Where a profile stands."""
    return base64.urlsafe_b64encode(orjson.dumps([profile_id])).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    try:
        [profile_id] = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        profile_id = None
    if not isinstance(profile_id, str):
        raise InvalidQueryError("after: is not a cursor; use the endCursor of a page")
    return profile_id
