"""What a query may take before it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from strawberry.extensions import SchemaExtension

from service.api.graphql.caller import Caller
from service.errors import TimedOutError


class Budget(SchemaExtension):
    """Ends what takes too long.

    Whatever is ended while it asks the database hangs up on it, and that ends the transaction.
    """

    async def on_execute(self) -> AsyncIterator[None]:
        """Give a query its time."""
        seconds = cast("Caller", self.execution_context.context).query_seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise TimedOutError(
                f"the query took more than {seconds:g} seconds and was stopped; ask for less at "
                "once. Of a mutation it is not known whether it was done: read what is there"
            ) from None
