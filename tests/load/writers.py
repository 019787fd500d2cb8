"""Writers and analysts at work on one graph, several processes of them at once."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from neo4j import AsyncManagedTransaction
from neo4j.exceptions import ClientError, Neo4jError, TransientError

from service.errors import UnavailableError
from service.identity import by_hand
from service.ingest.record import record
from service.store.graph import Graph, Transaction, connect
from tests.load.people import RULES, Load, Sent

Result = TypeVar("Result")
Pair = tuple[str, str]

_OVERTAKEN = "Neo.ClientError.Statement.EntityNotFound"
_ACTS_A_BATCH = 0.4


@dataclass(frozen=True, slots=True)
class Place:
    """Where the graph is."""

    uri: str
    user: str
    password: str


@dataclass(slots=True)
class Done:
    """What writers did, beside the messages that they sent."""

    new: int = 0
    """Messages that the service said were new."""
    commits: int = 0
    again: Counter[str] = field(default_factory=Counter)
    """Why a transaction was run again, by the error's code."""
    refused: int = 0
    """How often the service said to come back later, and an analyst's client gave up."""
    linked: dict[str, Pair] = field(default_factory=dict)
    separated: dict[str, Pair] = field(default_factory=dict)
    withdrawn: dict[str, str] = field(default_factory=dict)
    """The change that took back, by the one that was taken back."""
    seconds: float = 0.0

    def add(self, other: Done) -> None:
        """Take in what another writer did."""
        self.new += other.new
        self.commits += other.commits
        self.again += other.again
        self.refused += other.refused
        self.linked |= other.linked
        self.separated |= other.separated
        assert self.withdrawn.keys().isdisjoint(other.withdrawn), "taken back twice"
        self.withdrawn |= other.withdrawn
        self.seconds = max(self.seconds, other.seconds)


async def send_all(
    place: Place, load: Load, *, processes: int, analysts: int, seconds: float, seed: int
) -> Done:
    """Have every writer of the load send what is its own; `analysts` of them act by hand too.

    Raises:
        TimeoutError: they were not done in time.
    """
    await _plan_first(place)
    loop = asyncio.get_running_loop()
    writers = [(number, number < analysts, turns) for number, turns in enumerate(load.turns)]
    with pool_of(processes) as pool:
        parts = await asyncio.gather(
            *(
                loop.run_in_executor(pool, _work, place, writers[number::processes], seconds, seed)
                for number in range(processes)
            )
        )
    done = Done()
    for part in parts:
        done.add(part)
    return done


@contextmanager
def pool_of(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block. Of itself a pool waits for the work that it has begun."""
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    before = {child.pid for child in multiprocessing.active_children()}
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            if child.pid not in before:
                child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


async def _plan_first(place: Place) -> None:
    """Have Neo4j plan what analysts call, which takes it seconds: else all would have it plan."""
    async with connect(place.uri, place.user, place.password, "neo4j") as graph:
        writer = _Writer(_CountingGraph(graph), Random(0), acts=True)  # noqa: S311
        nobody = {"one": "ip:nobody", "other": "ip:nobody", "reason": "planning"}
        for name in ("link", "separate"):
            await writer.call(name, **nobody)
        await writer.call("withdraw", change_id="none", reason="planning")
        await by_hand.link(graph, **nobody, actor="ann")
        await by_hand.separate(graph, **nobody, actor="ann")
        await by_hand.withdraw(graph, "none", "planning", "ann")


def _work(place: Place, writers: list[Any], seconds: float, seed: int) -> Done:
    """One process."""
    logging.getLogger("neo4j").setLevel(logging.ERROR)  # each retry is a warning

    async def work() -> Done:
        done = Done()
        async with (
            asyncio.timeout(seconds),
            connect(place.uri, place.user, place.password, "neo4j") as graph,
        ):
            await graph.check()
            began = time.perf_counter()
            parts = await asyncio.gather(
                *(
                    _Writer(_CountingGraph(graph), Random(f"{seed} {number}"), acts).send(turns)  # noqa: S311
                    for number, acts, turns in writers
                )
            )
            for part in parts:
                done.add(part)
            done.seconds = time.perf_counter() - began
        return done

    return asyncio.run(work())


class _CountingGraph(Graph):
    """Counts the transactions, and how often one was run again, and why."""

    def __init__(self, inner: Graph) -> None:
        super().__init__(inner.driver, inner.database)
        self.done = Done()

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        async def counted(transaction: Transaction) -> Result:
            try:
                return await work(transaction)
            except Neo4jError as error:
                self.done.again[str(error.code)] += 1
                raise

        result = await super().transact(counted)
        self.done.commits += 1
        return result


class _Writer:
    def __init__(self, graph: _CountingGraph, chance: Random, acts: bool) -> None:
        self._graph = graph
        self._done = graph.done
        self._chance = chance
        self._acts = acts
        self._known: list[str] = []
        """The identifiers that it has sent, in the order of their people."""
        self._changes: list[str] = []

    async def send(self, turns: tuple[tuple[Sent, ...], ...]) -> Done:
        for batch in turns:
            received = [one.received() for one in batch]
            self._done.new += len(await self._insist(lambda: record(self._graph, RULES, received)))  # noqa: B023
            if self._acts:
                named = [[one.key for one in each.message.identifiers] for each in received]
                self._known += [key for keys in named for key in keys]
                if self._chance.random() < _ACTS_A_BATCH:
                    await self._act()
        return self._done

    async def _insist(self, send: Callable[[], Awaitable[Result]]) -> Result:
        while True:
            try:
                return await send()
            except UnavailableError:
                self._done.refused += 1
                await asyncio.sleep(self._chance.uniform(0.05, 0.3))

    async def _act(self) -> None:
        """Link or separate two of a village, or take something back; now and then twice."""
        drawn = self._chance.random()
        if drawn < 0.3 and self._changes:
            await self._withdraw(self._chance.choice(self._changes[-8:]))
            return
        one = self._chance.choice(self._known)
        near = [key for key in self._known[-400:] if key != one and _village(key) == _village(one)]
        if not near:
            return
        a, b = sorted((one, self._chance.choice(near)))
        by_call = self._chance.random() < 0.5
        name = "link" if drawn < 0.7 else "separate"
        if by_call:
            row = await self._insist(lambda: self.call(name, one=a, other=b, reason="seen"))
            outcome, change_id = row["outcome"], row["change_id"]
        elif name == "link":
            linked = await self._insist(lambda: by_hand.link(self._graph, a, b, "seen", "ann"))
            outcome, change_id = linked.outcome, linked.change_id
        else:
            apart = await self._insist(lambda: by_hand.separate(self._graph, b, a, "seen", "ann"))
            outcome, change_id = apart.outcome, apart.change_id
        assert change_id is not None, (name, a, b, outcome)
        if outcome in ("linked", "refused", "separated"):
            into = self._done.linked if name == "link" else self._done.separated
            into[change_id] = (a, b)
        else:
            assert outcome == f"already_{'linked' if name == 'link' else 'separated'}"
        self._changes.append(change_id)

    async def _withdraw(self, change_id: str) -> None:
        if self._chance.random() < 0.5:
            row = await self._insist(
                lambda: self.call("withdraw", change_id=change_id, reason="no")
            )
            outcome, taken_back_by = row["outcome"], row["change_id"]
        else:
            back = await self._insist(lambda: by_hand.withdraw(self._graph, change_id, "no", "bob"))
            outcome, taken_back_by = back.outcome, back.change_id
        if outcome == "withdrawn":
            self._done.withdrawn[change_id] = taken_back_by
        else:
            assert outcome == "already_withdrawn", outcome

    async def call(self, name: str, **given: str) -> dict[str, Any]:
        """As a client of Neo4j calls it, which knows of no retry but its driver's."""

        async def work(transaction: AsyncManagedTransaction) -> list[dict[str, Any]]:
            names = ", ".join(f"${one}" for one in given)
            result = await transaction.run(f"CALL custom.knoop.{name}({names})", given)
            return await result.data()

        try:
            async with self._graph.driver.session(database=self._graph.database) as session:
                rows = await session.execute_write(work)
        except (TransientError, ClientError) as error:
            if isinstance(error, ClientError) and error.code != _OVERTAKEN:
                raise
            self._done.again[f"called: {error.code}"] += 1
            raise UnavailableError("busy") from error
        if not rows:
            raise UnavailableError("busy")
        return rows[0]


def _village(key: str) -> int:
    """Where its people live; see `tests.load.people`."""
    own = key.partition(":")[2]
    digits = own[1:].partition("-")[0]
    if not digits.isdigit():
        return -1
    people_per = {"l": 2, "h": 4, "k": 12}.get(own[0], 1)
    return int(digits) * people_per // 12
