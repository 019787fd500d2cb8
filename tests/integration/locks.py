"""Somebody else's transaction, for which others have to wait, and who waits in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from service.store.graph import Graph

_PATIENCE = 10.0
_LOCK = "MATCH (i:Identifier) SET i.held = true"
_PROFILE = """
MATCH (:Identifier {key: $key})-[:IDENTIFIES]->(p)
UNWIND range(1, 200) AS n
CREATE (held:Held)
SET p.held = true
"""
_IDENTIFIER = "MATCH (i:Identifier {key: $key}) SET i.held = true"
_WAITING = """
SHOW TRANSACTIONS YIELD status, currentQuery
WHERE status STARTS WITH 'Blocked' RETURN currentQuery
"""


@asynccontextmanager
async def all_locked(graph: Graph) -> AsyncIterator[None]:
    """Lock every identifier while the block runs; nothing is changed by it."""
    async with graph.session() as session, await session.begin_transaction() as transaction:
        await (await transaction.run(_LOCK)).consume()
        yield
        await transaction.rollback()


@asynccontextmanager
async def holding_profile(graph: Graph, key: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Lock the profile of an identifier while the block runs; gives what locks that one, too.

    It has many locks: of transactions that wait for each other, Neo4j ends the one with fewest.
    """
    async with graph.session() as session, await session.begin_transaction() as transaction:

        async def lock_identifier() -> None:
            await (await transaction.run(_IDENTIFIER, key=key)).consume()

        await (await transaction.run(_PROFILE, key=key)).consume()
        yield lock_identifier
        await transaction.rollback()


async def until_waiting(graph: Graph, count: int) -> None:
    """Wait until so many transactions wait for a lock in the database."""
    async with asyncio.timeout(_PATIENCE):
        while len(await graph.run(_WAITING)) != count:
            await asyncio.sleep(0.05)


async def until_nothing_runs(graph: Graph) -> None:
    """Wait until nobody but whoever looks has a transaction in the database."""
    async with asyncio.timeout(_PATIENCE):
        while len(await graph.run("SHOW TRANSACTIONS")) > 1:
            await asyncio.sleep(0.05)
