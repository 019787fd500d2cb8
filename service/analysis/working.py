"""Doing jobs: take the one that has waited longest, hold it while it is worked on, let go of it."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

import structlog

from service.analysis.asking import Told, analyse_gently
from service.analysis.jobs import ASKED, DAYS, TOLD, State
from service.errors import KnoopError, UnavailableError
from service.store.graph import Graph
from service.store.procedures import procedure

_log = structlog.get_logger()

HOLD_SECONDS = 30
"""How long a job is held at a time. What nobody holds any more waits again."""
_BEAT_SECONDS = 2.0
_TRIES = 3
_INTERRUPTED = f"what ran it ended {_TRIES} times without a word; see the service's log"


class LetGoError(Exception):
    """A job was cancelled, or somebody else has it: what was worked out for it is of no use."""


@dataclass(frozen=True, slots=True)
class _Look:
    waiting: int
    untidy: bool


@dataclass(frozen=True, slots=True)
class _Tidied:
    waiting: int
    failed: int
    forgotten: int


@dataclass(frozen=True, slots=True)
class _Taken:
    id: str
    asked: str


@dataclass(frozen=True, slots=True)
class _Id:
    id: str


_LOOK = procedure("job_look", _Look)
_TIDY = procedure("job_tidy", _Tidied)
_TAKE = procedure("job_take", _Taken)
_HOLD = procedure("job_hold", _Id)
_END = procedure("job_end", _Id)


async def count_waiting(graph: Graph) -> int:
    """How many jobs wait, when those that nobody holds wait again, and the oldest are forgotten."""
    [there] = await graph.read(_LOOK, days=DAYS)
    if not there.untidy:
        return there.waiting
    [tidied] = await graph.write(_TIDY, days=DAYS, tries=_TRIES, error=_INTERRUPTED)
    if tidied.waiting or tidied.failed:
        _log.warning("jobs_left_behind", waiting_again=tidied.waiting, failed=tidied.failed)
    return there.waiting + tidied.waiting


async def take_job(graph: Graph, seconds: int = HOLD_SECONDS) -> HeldJob | None:
    """Take the job that has waited longest, if one does, and hold it for so many seconds."""
    holder = str(uuid.uuid4())
    taken = await graph.write(_TAKE, holder=holder, seconds=seconds)
    return HeldJob(graph, taken[0].id, holder, taken[0].asked) if taken else None


async def do_next_job(graph: Graph) -> bool:
    """Do the job that has waited longest; whether there was one.

    Whoever is told to stop meanwhile (by being cancelled) gives it back.

    Raises:
        LetGoError: it is not ours any more.
        UnavailableError: the database is away. When nobody holds the job any more it waits again.
    """
    held = await take_job(graph)
    if held is None:
        return False
    try:
        told = await held.work()
    except asyncio.CancelledError:
        await held.end("waiting")
        raise
    except (LetGoError, UnavailableError):
        raise
    except KnoopError as error:
        await held.end("failed", error_code=error.code, error=str(error))
    except Exception as error:  # noqa: BLE001  (whatever it is, whoever waits is told)
        _log.error("job_failed", job=held.id, exc_info=error)
        problem = "something went wrong here; it is in the service's log"
        await held.end("failed", error_code=KnoopError.code, error=problem)
    else:
        await held.end("done", told=TOLD.dump_json(told).decode())
    return True


@dataclass(slots=True)
class HeldJob:
    """A job that is worked on here. `asked` is JSON."""

    graph: Graph
    id: str
    holder: str
    asked: str
    done: int = 0
    of: int | None = None

    async def work(self) -> Told:
        """Work it out, and tell the graph every few seconds that somebody does.

        Raises:
            LetGoError: it is not held any more.
        """
        asked = ASKED.validate_json(self.asked)

        def tell(done: int, of: int) -> None:
            self.done = min(done, of)
            # How many are in an audience is not known before all of them were found.
            self.of = of if asked.audience is None else None

        working = asyncio.create_task(analyse_gently(self.graph, asked, tell))
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=_BEAT_SECONDS)
                await self._hold()
            return await working
        finally:
            working.cancel()

    async def _hold(self) -> None:
        if not await self.graph.write(
            _HOLD,
            id=self.id,
            holder=self.holder,
            seconds=HOLD_SECONDS,
            done=self.done,
            of=self.of,
        ):
            raise LetGoError("the job was cancelled, or somebody else has it")

    async def end(
        self,
        state: State,
        *,
        told: str | None = None,
        error_code: str | None = None,
        error: str | None = None,
    ) -> None:
        """Let go of it; nothing happens where it is not held any more."""
        given: dict[str, Any] = {"told": told, "error_code": error_code, "error": error}
        await self.graph.write(_END, id=self.id, holder=self.holder, state=state, **given)
