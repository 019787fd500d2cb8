"""Messages that arrive at once share a commit, what waits is bounded, and each stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from neo4j.exceptions import Neo4jError, ServiceUnavailable

from service.errors import BusyError, UnavailableError
from service.identity.rules import Rules
from service.ingest.group_commit import MAX_WAITING, GroupCommit
from service.ingest.message import Message
from service.ingest.rows import Received
from service.store.graph import Graph, Transaction
from service.store.procedures import Procedure
from tests.integration.locks import holding_profile, until_waiting
from tests.seeding import add_web_source, message

Result = TypeVar("Result")
Row = TypeVar("Row")


class _Counting(Graph):
    """The graph, how many transactions were asked of it, and how many at once."""

    def __init__(self, inner: Graph) -> None:
        super().__init__(inner.driver, inner.database)
        self.commits = self.at_once = self.most_at_once = 0

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        self.commits += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return await super().transact(work)
        finally:
            self.at_once -= 1


def _page(number: int, identifiers: int = 1) -> Message:
    ids = [{"type": "x", "id": f"{number}-{one}"} for one in range(identifiers - 1)]
    return message(
        type="page", messageId=f"m{number}", userId=f"u{number}", context={"externalIds": ids}
    )


def _received(*messages: Message) -> list[Received]:
    return [Received(one, "web", "web") for one in messages]


@pytest.fixture
async def counting(graph: Graph) -> _Counting:
    await add_web_source(graph)
    return _Counting(graph)


async def _events(graph: Graph) -> int:
    [row] = await graph.run("MATCH (e:Event)-[:BY]->() RETURN count(*) AS events")
    return int(row["events"])


async def test_what_arrives_during_a_commit_is_the_next_one(
    counting: _Counting, rules: Rules
) -> None:
    commits = GroupCommit(counting, rules)
    written = await asyncio.gather(*(commits.write(_received(_page(n))) for n in range(50)))
    assert [one.new for one in written] == [{f"m{n}"} for n in range(50)]
    assert await _events(counting) == 50
    assert counting.commits == 1  # They were all there before the first could begin.


async def test_the_writer_goes_to_sleep_and_wakes_up(counting: _Counting, rules: Rules) -> None:
    commits = GroupCommit(counting, rules)
    for number in range(3):
        await commits.write(_received(_page(number)))
    assert counting.commits == 3
    assert await _events(counting) == 3


class _Telling(Graph):
    """The graph, and a future that is done as soon as a transaction is, before anything else is."""

    def __init__(self, inner: Graph) -> None:
        super().__init__(inner.driver, inner.database)
        self.done = asyncio.get_running_loop().create_future()

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        result = await super().transact(work)
        if not self.done.done():
            self.done.set_result(None)
        return result


async def test_a_message_that_comes_just_as_the_writer_ends_is_not_left_waiting(
    counting: _Counting, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ingest.group_commit.WRITERS", 1)
    telling = _Telling(counting)
    commits = GroupCommit(telling, rules)

    async def late() -> set[str]:
        await telling.done
        return (await commits.write(_received(_page(2)))).new

    waiting = asyncio.ensure_future(late())
    assert (await commits.write(_received(_page(1)))).new == {"m1"}
    assert await asyncio.wait_for(waiting, 15) == {"m2"}


async def test_a_batch_full_of_identifiers_is_divided_and_nothing_is_left_out(
    counting: _Counting, rules: Rules
) -> None:
    # 100 identifiers are 4,950 pairs, of which two fit into a commit.
    batch = [_page(number, 100 if number in (3, 4, 5, 9) else 1) for number in range(20)]
    written = await GroupCommit(counting, rules).write(_received(*batch))
    assert written.new == {f"m{number}" for number in range(20)}
    assert counting.commits == 2


@pytest.mark.parametrize(("people", "at_once"), [(1, 1), (2, 1), (20, 2)])
async def test_commits_that_are_on_their_way_have_no_identifier_in_common(
    counting: _Counting, rules: Rules, monkeypatch: pytest.MonkeyPatch, people: int, at_once: int
) -> None:
    monkeypatch.setattr("service.ingest.group_commit.MAX_MESSAGES", 4)
    commits = GroupCommit(counting, rules)
    sent = [
        message(type="page", messageId=f"m{number}", userId=f"u{number % people}")
        for number in range(40)
    ]
    await asyncio.gather(*(commits.write(_received(one)) for one in sent))
    assert await _events(counting) == 40
    assert counting.most_at_once == at_once


class _HaltingTransaction(Transaction):
    """Before it asks for the profiles of what it holds, it waits until somebody wants that."""

    def __init__(self, inner: Transaction, graph: _Halted) -> None:
        super().__init__(inner._transaction)  # noqa: SLF001
        self._graph = graph

    async def call(self, procedure: Procedure[Row], **parameters: Any) -> list[Row]:
        if procedure.name == "touch_profiles":
            self._graph.halts.set()
            await until_waiting(self._graph, 1)
        return await super().call(procedure, **parameters)


class _Halted(Graph):
    """A graph whose transactions halt the first time, and say when they are tried again."""

    def __init__(self, inner: Graph) -> None:
        super().__init__(inner.driver, inner.database)
        self.halts = asyncio.Event()
        self.again = asyncio.Event()

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        halted = False

        async def halting(transaction: Transaction) -> Result:
            nonlocal halted
            if halted:
                self.again.set()
                return await work(transaction)
            halted = True
            return await work(_HaltingTransaction(transaction, self))

        return await super().transact(halting)


async def test_a_commit_that_is_tried_again_has_the_database_to_itself(
    graph: Graph, rules: Rules
) -> None:
    await add_web_source(graph)
    await GroupCommit(graph, rules).write(_received(_page(1)))
    halted = _Halted(graph)
    commits = GroupCommit(halted, rules)
    both = message(type="page", messageId="both", userId="u1", anonymousId="a1")
    first = asyncio.ensure_future(commits.write(_received(both)))
    await halted.halts.wait()
    async with holding_profile(graph, "user_id:u1") as lock_identifier:
        await lock_identifier()  # Waits for the commit, which waits for the profile: it is ended.
        await halted.again.wait()
        second = asyncio.ensure_future(commits.write(_received(_page(2))))
        done, _ = await asyncio.wait({first, second}, timeout=0.5)
        assert not done
    assert (await first).new == {"both"}
    assert (await second).new == {"m2"}


async def test_one_message_sent_twice_at_once_is_stored_once(
    counting: _Counting, rules: Rules
) -> None:
    commits = GroupCommit(counting, rules)
    await asyncio.gather(*(commits.write(_received(_page(1), _page(1))) for _ in range(5)))
    assert await _events(counting) == 1


async def test_too_much_at_once_is_sent_back_and_what_was_taken_is_stored(
    counting: _Counting, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ingest.group_commit.MAX_WAITING", 10)
    commits = GroupCommit(counting, rules)
    results = await asyncio.gather(
        *(commits.write(_received(_page(n), _page(n + 100))) for n in range(8)),
        return_exceptions=True,
    )
    assert [isinstance(one, BusyError) for one in results] == [False] * 5 + [True] * 3
    assert await _events(counting) == 10
    # One that is larger than all that may wait is taken when nothing else does.
    await commits.write(_received(*(_page(n) for n in range(200, 215))))
    assert await _events(counting) == 25
    assert MAX_WAITING > 500 * 1024 // 100  # the least messages that fill a request


async def test_a_sender_that_is_gone_takes_nobody_along(counting: _Counting, rules: Rules) -> None:
    commits = GroupCommit(counting, rules)
    gone = asyncio.ensure_future(commits.write(_received(_page(1))))
    stays = asyncio.ensure_future(commits.write(_received(_page(2))))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).new == {"m2"}


class _Frail(Graph):
    """A graph that bears only so many messages at once, or none while it is away."""

    def __init__(self, inner: Graph, bears: int) -> None:
        super().__init__(inner.driver, inner.database)
        self.bears = bears
        self.away = False
        self.tried: list[int] = []

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        async def counted(transaction: Transaction) -> Result:
            return await work(_Counted(transaction, self))

        return await super().transact(counted)


class _Counted(Transaction):
    def __init__(self, inner: Transaction, graph: _Frail) -> None:
        super().__init__(inner._transaction)  # noqa: SLF001
        self._graph = graph

    async def call(self, procedure: Procedure[Row], **parameters: Any) -> list[Row]:
        if procedure.name == "claim":
            count = len(parameters["events"])
            self._graph.tried.append(count)
            if self._graph.away:
                raise ServiceUnavailable("it died of it")
            if count > self._graph.bears:
                code = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"
                raise Neo4jError._hydrate_neo4j(code=code, message="too much")  # noqa: SLF001
        return await super().call(procedure, **parameters)


@pytest.fixture
async def frail(graph: Graph) -> _Frail:
    await add_web_source(graph)
    return _Frail(graph, bears=10)


async def test_what_is_too_much_for_the_memory_is_written_in_parts_and_is_no_dead_letter(
    frail: _Frail, rules: Rules
) -> None:
    written = await GroupCommit(frail, rules).write(_received(*(_page(n) for n in range(64))))
    assert written.new == {f"m{number}" for number in range(64)}
    assert not written.refused
    assert await _events(frail) == 64
    # Each size is tried once: a second time it would take as much.
    assert frail.tried == [64, 32, 16, 8, 8, 16, 8, 8, 32, 16, 8, 8, 16, 8, 8]


async def test_one_message_that_is_too_much_is_to_be_sent_again_later(
    frail: _Frail, rules: Rules
) -> None:
    frail.bears = 0
    with pytest.raises(UnavailableError, match="heap"):
        await GroupCommit(frail, rules).write(_received(_page(1)))
    assert not await frail.run("MATCH (d:DeadLetter) RETURN d.message_id")


async def test_after_a_failure_less_is_tried_at_once_and_then_more_again(
    frail: _Frail, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ingest.group_commit.LEAST_AT_ONCE", 5)
    frail.bears = 1_000
    frail.away = True
    commits = GroupCommit(frail, rules)
    batch = _received(*(_page(n) for n in range(40)))
    with pytest.raises(UnavailableError):
        await commits.write(batch)
    frail.away = False
    frail.tried.clear()
    await commits.write(batch)
    assert frail.tried == [20, 20]
    frail.tried.clear()
    await commits.write(_received(*(_page(n) for n in range(100, 200))))
    assert frail.tried == [80, 20]
