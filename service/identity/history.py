"""What was decided about a person, and who that person was at an earlier time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.store.graph import Graph
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """The columns of `history` and `change`.

    `cause` is the id of a message or of a change by hand, or `rules:` and their checksum. Of each
    identifier there is what its profile was and became, where that changed.
    """

    id: str
    kind: str
    at: datetime
    actor: str | None
    cause: str | None
    rule: str | None
    reason: str | None
    profiles: list[str]
    identifiers: list[dict[str, Any]]
    withdraws: str | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True)
class PastRow:
    """The columns of `who_was`: a profile at an earlier time, with the keys that were in it."""

    profile_id: str
    identifiers: list[str]
    profile_id_now: str


_HISTORY = procedure("history", ChangeRow)
_CHANGE = procedure("change", ChangeRow)
_WHO_WAS = procedure("who_was", PastRow)


async def read_history(
    graph: Graph, identifier: str, *, first: int, after: str | None
) -> list[ChangeRow]:
    """A page of changes, the oldest first, from the one that comes after the change `after`."""
    return await graph.read(_HISTORY, identifier=identifier, first=first, after=after)


async def read_change(graph: Graph, change_id: str) -> ChangeRow | None:
    """One change, if there is one."""
    rows = await graph.read(_CHANGE, change_id=change_id)
    return rows[0] if rows else None


async def read_past(graph: Graph, identifier: str, at: datetime) -> PastRow | None:
    """Who an identifier was at `at`, a time in UTC; None where it was not there yet."""
    rows = await graph.read(_WHO_WAS, identifier=identifier, at=at)
    return rows[0] if rows else None
