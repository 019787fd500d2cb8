"""What arrives in a person's journey, while somebody watches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from service.journey.reading import PageWanted, Selection, TouchpointRow, read_page
from service.store.graph import Graph
from service.store.procedures import procedure

# What was received before somebody began to watch may be committed afterwards, by a machine whose
# clock is another, too. A commit takes no longer than this.
_SKEW = timedelta(minutes=2)
_INSTANT = timedelta(microseconds=1)
_PAGE = 200


@dataclass(frozen=True, slots=True)
class _Arrived:
    message_id: str
    at: datetime
    received_at: datetime


_ARRIVED = procedure("arrived", _Arrived)


class Arriving:
    """Remembers what arrived already: what is there when it is made, and was received before."""

    def __init__(self, graph: Graph, began: datetime) -> None:
        self._graph = graph
        self._looked_at = began
        self._seen: set[str] = set()

    @classmethod
    async def since(cls, graph: Graph, began: datetime, keys: Sequence[str]) -> Self:
        """Begin with the person of these identifiers. What was received since, is yet to come."""
        arriving = cls(graph, began)
        there = await arriving._arrived(keys)
        arriving._seen.update(one.message_id for one in there if one.received_at < began)
        return arriving

    async def take(self, keys: Sequence[str]) -> list[TouchpointRow]:
        """What has arrived since the last time, the oldest first: of it what is this person's.

        `keys` are all identifiers of the profile by now.
        """
        looked_at = datetime.now(UTC)
        found = await self._arrived(keys)
        self._looked_at = looked_at
        new = {one.message_id: one.at for one in found if one.message_id not in self._seen}
        self._seen = {one.message_id for one in found}  # Others are too old to be found again.
        if not new:
            return []
        selection = Selection(since=min(new.values()), until=max(new.values()) + _INSTANT)
        taken: list[TouchpointRow] = []
        after = None
        while True:
            page = await read_page(
                self._graph, keys, PageWanted(selection=selection, first=_PAGE, after=after)
            )
            taken += [row for row in page.touchpoints if row.message_id in new]
            if not page.has_next or len(taken) == len(new):
                return taken
            after = page.touchpoints[-1].cursor()

    async def _arrived(self, keys: Sequence[str]) -> list[_Arrived]:
        since = self._looked_at - _SKEW
        return await self._graph.read(_ARRIVED, keys=list(keys), since=since)
