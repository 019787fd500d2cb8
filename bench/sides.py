"""The two sides of a comparison: what each can be asked to do, and the service's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.scratch import Scratch
from bench.seeding import people
from bench.statements import statement
from bench.timing import BASELINE_STATEMENT
from service.identity.explaining import explain
from service.identity.publishing import publish
from service.identity.rules import Rules
from service.ingest.record import record
from service.ingest.rows import Received
from service.journey.reading import PageWanted, read_page
from service.profile.reading import read_profile

# How many of a person's last touchpoints are read with the profile.
LAST = 50
_ALL = 1_000_000
_STANDS = statement("stands")


@dataclass(frozen=True, slots=True)
class Stands:
    """How many there are of each, and how many identifiers the largest person has."""

    events: int
    identifiers: int
    persons: int
    largest: int


class Side(Protocol):
    """The same work, done by whoever."""

    @property
    def name(self) -> str:
        """What it is called in the figures."""

    async def empty(self) -> None:
        """Take everything out."""

    async def stands(self) -> Stands:
        """What there is now."""

    async def commit_least(self) -> None:
        """The smallest commit that there is."""

    async def record(self, batch: Sequence[Received]) -> frozenset[str]:
        """Store messages in one commit. Gives the ids of those that were new."""

    async def read_profile(self, key: str) -> list[str]:
        """Read a person's traits and last touchpoints; gives the keys of the identifiers."""

    async def read_journey(self, key: str) -> int:
        """Read all that a person did, in the order of time: how much it was."""

    async def explain(self, key: str, other: str) -> bool:
        """Say why these are one person; whether it could."""

    async def seed(self, first: int, last: int) -> None:
        """Add the people with these numbers, three identifiers each."""


@dataclass(frozen=True, slots=True)
class Knoop:
    """The service, without its HTTP server."""

    there: Scratch
    rules: Rules
    name: str = "knoop"

    async def empty(self) -> None:
        """Take everything out but who may send, and the rules."""
        await self.there.empty()
        await publish(self.there.graph, self.rules)

    async def stands(self) -> Stands:
        """What there is now."""
        [row] = await self.there.graph.run(_STANDS)
        return Stands(**row)

    async def commit_least(self) -> None:
        """The smallest commit."""
        await self.there.graph.run(BASELINE_STATEMENT)

    async def record(self, batch: Sequence[Received]) -> frozenset[str]:
        """As the service does it once it has parsed them."""
        return await record(self.there.graph, self.rules, batch)

    async def read_profile(self, key: str) -> list[str]:
        """As GraphQL does it: the profile, and its touchpoints, in three round trips."""
        profile = await read_profile(self.there.graph, key)
        keys = profile.keys() if profile else []
        await read_page(self.there.graph, keys, PageWanted(first=LAST, newest_first=True))
        return keys

    async def read_journey(self, key: str) -> int:
        """The whole of it in one page."""
        profile = await read_profile(self.there.graph, key)
        keys = profile.keys() if profile else []
        return len((await read_page(self.there.graph, keys, PageWanted(first=_ALL))).touchpoints)

    async def explain(self, key: str, other: str) -> bool:
        """The strongest chain of evidence."""
        return bool((await explain(self.there.graph, key, other)).chain)

    async def seed(self, first: int, last: int) -> None:
        """Add the people with these numbers."""
        await people(self.there, first, last)
        await self.there.graph.run("CALL db.awaitIndexes(600)")
