"""What a query may take before it is stopped: points, by what it asks for, and time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult
from strawberry.types.graphql import OperationType

from service.api.graphql.caller import Caller
from service.api.graphql.cost import MAX_COST, cost_of
from service.errors import TimedOutError, TooCostlyError


class Budget(SchemaExtension):
    """Refuses what costs too much, and ends what takes too long.

    Whatever is ended while it asks the database hangs up on it, and that ends the transaction.
    """

    _cost: int | None = None

    async def on_execute(self) -> AsyncIterator[None]:
        """Take the cost of a query from what its key has, then give it its time."""
        # One hook for both: what a hook of this kind has begun is not ended when the next one
        # raises as it begins.
        self._cost = self._worked_out()
        most = min(MAX_COST, self._caller.points.amount or MAX_COST)
        if self._cost > most:
            raise TooCostlyError(
                f"the query may cost {self._cost:,} points, and one may cost {most:,}; ask for "
                "smaller pages (first), or for fewer things in each object"
            )
        await self._caller.points.take(self._who, self._cost)
        seconds = self._caller.query_seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise TimedOutError(
                f"the query took more than {seconds:g} seconds and was stopped; ask for less at "
                "once. A mutation may have been done: ask again with its idempotencyKey"
            ) from None

    async def on_stream_result(self, result: StreamExecutionResult) -> AsyncIterator[None]:
        """Let what a subscription tells wait until its key has points for it."""
        is_told = getattr(result, "data", None) is not None
        if is_told and self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            await self._caller.points.wait(self._who, self._cost or 0)
        yield

    async def get_results(self) -> dict[str, Any]:
        """What is told in `extensions` of the answer."""
        if self._cost is None:
            return {}
        left = await self._caller.points.left(self._who)
        return {"cost": {"requested": self._cost, "left": left}}

    @property
    def _caller(self) -> Caller:
        return cast("Caller", self.execution_context.context)

    @property
    def _who(self) -> str:
        return f"the key {self._caller.key.name}"

    def _worked_out(self) -> int:
        asked = self.execution_context
        if asked.graphql_document is None:
            return 0
        return cost_of(
            asked.schema._schema,  # noqa: SLF001  (there is no other way to it)
            asked.graphql_document,
            asked.operation_name,
            asked.variables,
        )
