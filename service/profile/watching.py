"""Who waits for a person to change is told, whichever process or machine wrote the change.

The graph is asked for all that are waited for at once, every half second, for as long as anybody
waits. Nothing is written for it, and messages take no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from service.errors import NotFoundError, UnavailableError
from service.store.graph import Graph
from service.store.procedures import procedure

_log = structlog.get_logger()

_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _State:
    id: str
    state: list[str]


class Watch:
    """What somebody waits with."""

    def __init__(self, id_: str, state: list[str]) -> None:
        self.id = id_
        self._state: list[str] | None = state
        self._changed = asyncio.Event()

    async def change(self) -> None:
        """Wait until the person is another. What changes while nobody waits is told once."""
        await self._changed.wait()
        self._changed.clear()

    def see(self, state: list[str] | None) -> None:
        """Look at the person again; None is nobody, which is told as a change, and the last one."""
        if self._state is not None and state != self._state:
            self._state = state
            self._changed.set()


_STATES = procedure("profile_states", _State)


class Watcher:
    """Looks for changes on behalf of everybody who waits in this process."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._watches: set[Watch] = set()
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watching(self, id_: str) -> AsyncIterator[Watch]:
        """Watch a person, by any id that they ever had, while the block runs.

        Raises:
            NotFoundError: nobody ever had this id.
            UnavailableError: the database is away. Later it is waited for.
        """
        states = await self._states([id_])
        if id_ not in states:
            raise NotFoundError("id: nobody has it; ask for a profile first, and take its id")
        watch = Watch(id_, states[id_])
        self._watches.add(watch)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            if not self._watches and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def warm_up(self) -> None:
        """Have Neo4j plan the question before somebody waits."""
        await self._states([])

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            # Who comes while the graph is asked was not asked for.
            watches = list(self._watches)
            try:
                states = await self._states({watch.id for watch in watches})
            except UnavailableError:
                continue  # What changes meanwhile shows when it is back.
            except Exception:  # noqa: BLE001  (those who wait would wait for ever)
                _log.exception("watching_failed")
                continue
            for watch in watches:
                watch.see(states.get(watch.id))

    async def _states(self, ids: Collection[str]) -> dict[str, list[str]]:
        rows = await self._graph.read(_STATES, ids=sorted(ids))
        return {row.id: row.state for row in rows}
