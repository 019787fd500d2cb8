"""Whose event is it, written from the model's section of that name alone: plain and slow.

Every sentence of the section is quoted where it is followed. Nothing here is shared with the
service but the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

from service.identity.rules import Rules

Person: TypeAlias = frozenset[str]

FROM_STRONG_TO_WEAK = ("person", "device", "cookie", "none")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: when, and the identifiers that it names. One it may be that contradicts itself."""

    message_id: str
    at: datetime
    names: tuple[str, ...]
    is_evidence: bool = True


@dataclass(frozen=True, slots=True)
class World:
    """Everything that happened, who is who, and which identifiers are shared."""

    events: tuple[Happened, ...]
    people: tuple[Person, ...]
    shared: frozenset[str]
    rules: Rules


def journeys(world: World) -> Mapping[Person, list[str]]:
    """Each profile's events in the order of time, by their message ids."""
    found: dict[Person, list[str]] = {person: [] for person in world.people}
    for event in sorted(world.events, key=when):
        found[owner(event, world)].append(event.message_id)
    return found


def owner(event: Happened, world: World) -> Person:
    """The one profile whose event it is."""
    # "An event belongs to its strongest identifier (by kind, then priority), and so to that
    # identifier's profile."
    own = profile_of(strongest(event, world), world)
    # "An event that names only devices or cookies which several people have used …" What is of
    # kind none is nobody's and no device: it does not count.
    counted = [name for name in event.names if kind(name, world) != "none"]
    if not counted or not all(used_by_several(name, world) for name in counted):
        return own
    places = [(place, somebody) for place in counted for somebody in recognitions(place, world)]
    # "On a shared identifier recognition lasts only as long as the visit."
    valid = [
        somebody
        for place, somebody in places
        if place not in world.shared or in_one_visit(place, event, somebody, world)
    ]
    # "… belongs to the person who was last recognised there before the event;"
    before = [one for one in valid if one.at <= event.at]
    if before:
        return profile_of(strongest(max(before, key=when), world), world)
    # "if nobody was yet, to the first one recognised after."
    if valid:
        return profile_of(strongest(min(valid, key=when), world), world)
    # "… and an event outside one belongs to the identifier alone." It has a profile of its own.
    return own


def used_by_several(name: str, world: World) -> bool:
    """Whether it is a device or cookie which several people have used."""
    if kind(name, world) not in ("device", "cookie"):
        return False
    if name in world.shared:
        return True
    users = {
        profile_of(other, world)
        for event in world.events
        if event.is_evidence and name in event.names
        for other in event.names
        if kind(other, world) == "person" and other not in world.shared
    }
    return len(users) > 1


def recognitions(place: str, world: World) -> list[Happened]:
    """Recognised means: an event that names it and an identifier of kind person."""
    return [
        event
        for event in world.events
        if place in event.names and any(kind(name, world) == "person" for name in event.names)
    ]


def in_one_visit(place: str, one: Happened, other: Happened, world: World) -> bool:
    """Whether no 30 minutes without an event lie between the two: these end a visit."""
    first, last = sorted((one.at, other.at))
    times = sorted({e.at for e in world.events if place in e.names and first <= e.at <= last})
    gaps = [after - before for before, after in pairwise(times)]
    return all(gap < timedelta(minutes=30) for gap in gaps)


def when(event: Happened) -> tuple[datetime, str]:
    """In order of time; of two at one time the one with the lesser message id is first."""
    return event.at, event.message_id


def strongest(event: Happened, world: World) -> str:
    return min(
        event.names,
        key=lambda name: (
            FROM_STRONG_TO_WEAK.index(kind(name, world)),
            priority(name, world),
            name,
        ),
    )


def profile_of(name: str, world: World) -> Person:
    [profile] = [person for person in world.people if name in person]
    return profile


def kind(name: str, world: World) -> str:
    """One that no rule knows is of kind none."""
    namespace = world.rules.namespaces.get(namespace_of(name))
    return "none" if namespace is None else namespace.kind


def priority(name: str, world: World) -> int:
    return world.rules.namespace(namespace_of(name)).priority


def namespace_of(name: str) -> str:
    return name.split(":", 1)[0]
