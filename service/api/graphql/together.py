"""One question to the database for what many objects of an answer want to know alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from service.store.graph import Graph

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together:
    """Gathers what is asked for one object each, and asks for all of them.

    So the number of round trips does not depend on how long the lists of an answer are. Nothing is
    remembered. One of these is for one query.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._gathering: dict[Hashable, DataLoader[Any, Any]] = {}
        self._asking: set[asyncio.Task[Any] | None] = set()

    async def ask(
        self,
        question: Callable[..., Awaitable[Sequence[Answer]]],
        about: Asked,
        **alike: Hashable,
    ) -> Answer:
        """The answer about one object, from `question(graph, objects, **alike)`.

        That gives an answer for each object, in their order. Objects that others ask about at the
        same time, in the same words, are among them.
        """
        words = (question, *alike.items())

        async def ask(objects: list[Asked]) -> Sequence[Answer]:
            del self._gathering[words]
            task = asyncio.current_task()
            self._asking.add(task)
            try:
                return await question(self._graph, objects, **alike)
            finally:
                self._asking.discard(task)

        if words not in self._gathering:
            self._gathering[words] = DataLoader(ask, cache=False)
        try:
            answer: Answer = await self._gathering[words].load(about)
        except asyncio.CancelledError:
            # Nobody waits for the query any more. What asks for all of them is not its task's own.
            for task in self._asking:
                if task is not None:
                    task.cancel()
            raise
        return answer
