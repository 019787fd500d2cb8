"""What people did, read from the graph in the words of the next step.

A touchpoint is a session, told by its channel. Of channels only the company's own words are kept:
those of its rules and sources. Whatever else stands in a URL (`utm_medium` may hold anything) is
`(other)`, so what is learned holds nothing that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from service.errors import InvalidQueryError
from service.journey.next_step.journey import Journey
from service.journey.next_step.moments import zone_of
from service.journey.next_step.tally import OTHER
from service.journey.reading import BEGINNING
from service.store.graph import Graph
from service.store.procedures import procedure

UTC_NAME = "UTC"
_UNTOLD = frozenset({"direct", "(not set)"})
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """What is learned, as the rules say it.

    Attributes:
        conversions: The names of the events that are conversions.
        outbound: Those of events that tell of something sent to somebody: no responses.
        channels: The channels that the rules give.
    """

    conversions: tuple[str, ...]
    outbound: tuple[str, ...]
    channels: tuple[str, ...]

    def __str__(self) -> str:
        """Names it: what was learned of another subject is of no use."""
        return orjson.dumps(
            [_VERSION, self.conversions, self.outbound, sorted(set(self.channels))]
        ).decode()


@dataclass(frozen=True, slots=True)
class Person:
    """One person's touchpoints and conversions; and their responses alone, by channel.

    `zone` is the time zone that they said last, if it is one.
    """

    journey: Journey
    responses: Journey
    zone: str | None


NOBODY = Person(Journey([], []), Journey([], []), None)


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    channels: list[str]
    began: list[int]
    responded: list[int | None]
    won: list[dict[str, Any]]
    zone: str | None


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    channel: str | None
    keys: int


_JOURNEYS = procedure("next_step_journeys", _Row)
_SOURCES = procedure("source_list", _Source)


async def known_channels(graph: Graph, subject: Subject) -> frozenset[str]:
    """The words for touchpoints: the channels that rules and sources give."""
    sources = await graph.read(_SOURCES)
    return _UNTOLD.union(subject.channels, (one.channel for one in sources if one.channel))


async def read_people(
    graph: Graph,
    profiles: Sequence[str],
    subject: Subject,
    channels: frozenset[str],
    *,
    since: datetime,
    until: datetime,
    most: int,
) -> dict[int, Person]:
    """What these people did from `since` up to, and without, `until`; by their positions.

    Whoever did nothing is left out. Of each person no more than the last `most` events are read.
    """
    rows = await graph.read(
        _JOURNEYS,
        profiles=list(profiles),
        since=since,
        until=until,
        conversions=list(subject.conversions),
        outbound=list(subject.outbound),
        first=most,
    )
    return {row.position: _person(row, subject, channels) for row in rows if row.began}


async def warm_up(graph: Graph, subject: Subject) -> None:
    """Have Neo4j plan the long statement before somebody needs it."""
    await read_people(graph, [], subject, frozenset(), since=BEGINNING, until=BEGINNING, most=1)


def _person(row: _Row, subject: Subject, channels: frozenset[str]) -> Person:
    zone = _known_zone(row.zone)
    touches = [name if name in channels else OTHER for name in row.channels]
    won: dict[str, list[float]] = {name: [] for name in subject.conversions}
    for one in row.won:
        won[one["name"]].append(_seconds(one["at"]))
    responses = sorted(
        (_seconds(at), name)
        for at, name in zip(row.responded, touches, strict=True)
        if at is not None
    )
    clock = zone or UTC_NAME
    return Person(
        Journey(touches, list(map(_seconds, row.began)), won, clock),
        Journey([name for _, name in responses], [at for at, _ in responses], zone=clock),
        zone,
    )


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1_000


def _known_zone(said: str | None) -> str | None:
    """What somebody's browser sent as a time zone, if it is one."""
    if said is None:
        return None
    try:
        zone_of(said)
    except InvalidQueryError:
        return None
    return said
