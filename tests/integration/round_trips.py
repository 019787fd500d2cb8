"""Counting what is sent to the database, by whoever sends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import neo4j
import pytest


@dataclass(slots=True)
class RoundTrips:
    """The statements that were sent, in order. Each is a round trip."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)


@contextmanager
def counted_round_trips() -> Iterator[RoundTrips]:
    """Count while the block runs, through every session of this process."""
    trips = RoundTrips()

    def counting(run: Any) -> Any:
        async def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
            trips.statements.append(str(query))
            return await run(self, query, *args, **kwargs)

        return counted

    with pytest.MonkeyPatch.context() as patch:
        for sender in (neo4j.AsyncSession, neo4j.AsyncTransaction, neo4j.AsyncManagedTransaction):
            patch.setattr(sender, "run", counting(sender.run))
        yield trips
