"""What many objects of an answer want to know alike is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from service.api.graphql.together import Together
from service.store.graph import Graph

NO_GRAPH = cast("Graph", None)


class _Question:
    def __init__(self) -> None:
        self.asked: list[tuple[list[int], Any]] = []
        self.stopped = 0
        self.go_on = asyncio.Event()

    async def __call__(self, _: Graph, objects: Sequence[int], *, times: int = 1) -> Sequence[int]:
        self.asked.append((list(objects), times))
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return [one * times for one in objects]


async def test_what_is_asked_alike_at_one_time_is_one_question_and_each_has_its_answer() -> None:
    question, together = _Question(), Together(NO_GRAPH)
    question.go_on.set()
    alike = [together.ask(question, n, times=2) for n in (3, 1, 3)]
    answers = await asyncio.gather(*alike, together.ask(question, 1, times=3))
    assert answers == [6, 2, 6, 3]
    assert question.asked == [([3, 1, 3], 2), ([1], 3)]
    # Nothing is remembered.
    assert await together.ask(question, 3, times=2) == 6
    assert len(question.asked) == 3


async def test_a_question_that_fails_fails_for_all_and_the_next_is_another() -> None:
    async def fails(_: Graph, __: Sequence[int]) -> Sequence[int]:
        raise ValueError

    together = Together(NO_GRAPH)
    for _ in range(2):
        told = await asyncio.gather(
            *(together.ask(fails, n) for n in range(3)), return_exceptions=True
        )
        assert [type(one) for one in told] == [ValueError] * 3


async def test_when_nobody_waits_any_more_the_question_is_stopped() -> None:
    question, together = _Question(), Together(NO_GRAPH)

    async def query() -> None:
        await asyncio.gather(*(together.ask(question, n) for n in range(3)))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(query(), 0.05)
    await asyncio.sleep(0)
    assert question.asked == [([0, 1, 2], 1)]
    assert question.stopped == 1
