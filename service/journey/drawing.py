"""One person's journey as a picture for the terminal: sessions, and what happened in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text
from rich.tree import Tree

from service.store.graph import Graph
from service.store.procedures import procedure

_ALL = 2**31 - 1
_SHOWN = 12
"""Of a long session the first half of these, and the last."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session, as the columns of `sessions`."""

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
    message_ids: list[str]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, as the columns of `journey`."""

    at: datetime
    type: str
    name: str | None
    channel: str | None
    source: str
    device: dict[str, Any] | None
    identifier: str
    message_id: str
    properties: dict[str, Any]


_SESSIONS = procedure("sessions", Session)
_JOURNEY = procedure("journey", Happened)


async def read_journey(
    graph: Graph, person: str, since: datetime | None, until: datetime | None
) -> list[tuple[Session, list[Happened]]]:
    """The sessions that began between the two times, each with what happened in it.

    `person` is an identifier or the id of a profile.
    """
    given = {"identifier": person, "since": since, "until": until, "first": _ALL}
    sessions = await graph.read(_SESSIONS, **given)
    # A session that began in time may have ended later.
    events = await graph.read(_JOURNEY, **given | {"until": None})
    by_id = {one.message_id: one for one in events}
    return [(one, [by_id[id_] for id_ in one.message_ids if id_ in by_id]) for one in sessions]


def draw_journey(person: str, sessions: Sequence[tuple[Session, Sequence[Happened]]]) -> Tree:
    """The oldest session first."""
    tree = Tree(Text(person, "bold"), guide_style="dim")
    for session, events in sessions:
        branch = tree.add(_heading(session))
        for one in _shown(events):
            branch.add(_line(one) if one else Text("…", "dim"))
    return tree


def _heading(session: Session) -> Text:
    heading = Text(f"{session.started_at:%Y-%m-%d %H:%M}", "bold cyan")
    heading.append(f"  {session.channel or session.source}", "bold")
    came = [session.traffic_source, session.traffic_medium, session.traffic_campaign]
    if any(came):
        heading.append(f"  {' / '.join(one for one in came if one)}", "default")
    for device in session.devices:
        heading.append(f"  {device.get('model') or device.get('kind') or ''}", "dim")
    return heading


def _shown(events: Sequence[Happened]) -> list[Happened | None]:
    if len(events) <= _SHOWN:
        return list(events)
    return [*events[: _SHOWN // 2], None, *events[-_SHOWN // 2 :]]


def _line(one: Happened) -> Text:
    line = Text(f"{one.at:%H:%M:%S}  ", "dim")
    line.append(one.name or one.type, "default")
    return line
