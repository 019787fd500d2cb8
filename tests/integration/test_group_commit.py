"""Messages that arrive at once share a commit, what waits is bounded, and each stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from service.errors import BusyError
from service.identity.rules import Rules
from service.ingest.group_commit import MAX_WAITING, GroupCommit
from service.ingest.message import Message
from service.ingest.rows import Received
from service.store.graph import Graph, Transaction
from tests.seeding import add_web_source, message

Result = TypeVar("Result")


class _Counting(Graph):
    """The graph, and how many transactions were asked of it."""

    def __init__(self, inner: Graph) -> None:
        super().__init__(inner.driver, inner.database)
        self.commits = 0

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        self.commits += 1
        return await super().transact(work)


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


async def test_a_batch_full_of_identifiers_is_divided_and_nothing_is_left_out(
    counting: _Counting, rules: Rules
) -> None:
    # 100 identifiers are 4,950 pairs, of which two fit into a commit.
    batch = [_page(number, 100 if number in (3, 4, 5, 9) else 1) for number in range(20)]
    written = await GroupCommit(counting, rules).write(_received(*batch))
    assert written.new == {f"m{number}" for number in range(20)}
    assert counting.commits == 2


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
