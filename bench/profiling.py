"""Where the time of a commit goes: each procedure's calls, timed from this side.

The service's code runs in this process here, one commit after the other, so that times add up.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from bench.workload import Workload, received
from service.identity.rules import Rules
from service.ingest.record import record
from service.store.graph import Graph, Transaction
from service.store.procedures import Procedure

Row = TypeVar("Row")
Result = TypeVar("Result")

PARSING = "parse, check and normalise"
DECIDING = "rows and decisions"
COMMITTING = "begin and commit"
# Not names of procedures, which are steps of their own.
_COMMIT, _TRANSACTION, _WORK = "a commit", "a transaction", "what it does"


@dataclass(slots=True)
class Spent:
    """What one step took: in all, and of it on this side's processor; the rest is Neo4j's."""

    calls: int = 0
    seconds: float = 0.0
    here: float = 0.0

    def add(self, seconds: float, here: float, calls: int = 1) -> None:
        """Count calls of the step."""
        self.calls += calls
        self.seconds += seconds
        self.here += here


@dataclass(frozen=True, slots=True)
class Profile:
    """The steps of so many commits."""

    commits: int
    steps: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what happens in the block."""
        began, here = time.perf_counter(), time.thread_time()
        yield
        self.steps[name].add(time.perf_counter() - began, time.thread_time() - here)

    def without(self, name: str, *parts: str) -> Spent:
        """Take the step `name` out, and give what it took beyond its parts."""
        whole = self.steps.pop(name)
        of = [self.steps[part] for part in parts]
        return Spent(
            whole.calls,
            whole.seconds - sum(part.seconds for part in of),
            whole.here - sum(part.here for part in of),
        )


class _TimedTransaction(Transaction):
    def __init__(self, inner: Transaction, profile: Profile) -> None:
        self._inner = inner
        self._profile = profile

    async def call(self, procedure: Procedure[Row], **parameters: object) -> list[Row]:
        with self._profile.step(procedure.name):
            return await self._inner.call(procedure, **parameters)


class _TimedGraph(Graph):
    def __init__(self, inner: Graph, profile: Profile) -> None:
        super().__init__(inner.driver, inner.database)
        self._profile = profile

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        async def timed(transaction: Transaction) -> Result:
            with self._profile.step(_WORK):
                return await work(_TimedTransaction(transaction, self._profile))

        with self._profile.step(_TRANSACTION):
            return await super().transact(timed)


async def profile_commits(graph: Graph, rules: Rules, workload: Workload, together: int) -> Profile:
    """Write everything, so many batches to a commit, one after the other, and time each step."""
    starts = range(0, len(workload.batches), together)
    profile = Profile(len(starts))
    timed = _TimedGraph(graph, profile)
    for start in starts:
        with profile.step(PARSING):
            batches = workload.batches[start : start + together]
            messages = [message for batch in batches for message in received(batch, rules)]
        with profile.step(_COMMIT):
            await record(timed, rules, messages)
    procedures = profile.steps.keys() - {PARSING, _COMMIT, _TRANSACTION, _WORK}
    outside = profile.without(_COMMIT, _TRANSACTION)
    profile.steps[COMMITTING] = profile.without(_TRANSACTION, _WORK)
    profile.steps[DECIDING] = profile.without(_WORK, *procedures)
    profile.steps[DECIDING].add(outside.seconds, outside.here, calls=0)
    return profile
