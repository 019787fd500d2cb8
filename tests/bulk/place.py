"""Where bulk loads are tried: a home with a Neo4j of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console

from service import embedded
from service.bulk.loading import Loaded, Loader, Wanted, Watch
from service.embedded.installation import Installation
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph, connect

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
_CONSOLE = Console(stderr=True)
_TEXT_BYTES = 32_768


@dataclass(frozen=True, slots=True)
class Place:
    """A home with a Neo4j that is started and stopped again and again, never two at once."""

    settings: Settings
    # Hundreds of paths, which would hide all else that a failing test prints.
    installation: Installation = field(repr=False)

    @asynccontextmanager
    async def graph(self) -> AsyncIterator[Graph]:
        """Its graph, while the block runs."""
        async with (
            embedded.running_neo4j(self.settings, self.installation) as server,
            connect(server.bolt_uri, server.user, server.password, "neo4j") as graph,
        ):
            yield graph

    async def load(self, rules: Rules, wanted: Sequence[Wanted]) -> Loaded:
        """Load files in bulk, in pieces so small that there are many."""
        loader = Loader(
            self.settings, self.installation, rules, Watch(), _CONSOLE, BEGAN, _TEXT_BYTES
        )
        return await loader.load(wanted)
