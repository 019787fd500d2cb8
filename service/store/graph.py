"""The way to Neo4j: one driver, one retry policy, and transactions that call procedures.

A managed transaction is run again by the driver when the server says that it may be (a deadlock,
a leader that moved). So whatever is decided is decided inside it, from what it reads itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import neo4j
import neo4j.time
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DatabaseError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from service import tracing
from service.errors import ConflictError, SettingsError, TooLittleMemoryError, UnavailableError
from service.store.procedures import Procedure

Row = TypeVar("Row")
Result = TypeVar("Result")

# How long a transaction is tried again before the caller is told to come back later.
_RETRY_SECONDS = 5.0
_FIRST_RETRY_SECONDS = 0.02
_CONNECT_SECONDS = 3.0
# How long a question waits that must be answered now. A database that is paused, or behind a cut
# cable, takes connections and says nothing; the driver itself gives it two minutes.
PROMPT_SECONDS = 4.0
# While it waited for a lock, what it wanted to lock was deleted: a profile that is part of another
# one now. It has to look again.
_OVERTAKEN = "Neo.ClientError.Statement.EntityNotFound"
# What the database says of itself and not of what it was sent: it cannot begin, write down or end
# any transaction, since its disk is full, say. After that it often has to be started anew.
_ITS_OWN_FAULT = ("Neo.DatabaseError.Transaction.", "Neo.DatabaseError.Database.")
# A constraint that was to be made, and that something in the graph does not keep.
_NOT_KEPT = "Neo.DatabaseError.Schema.ConstraintCreationFailed"
# Two wrote what there can be once: the second finds it there when the first has committed.
_THERE_ALREADY = "Neo.ClientError.Schema.ConstraintValidationFailed"
_NO_ROOM = "No space left on device"


class Transaction:
    """One transaction, in which procedures are called."""

    def __init__(
        self,
        transaction: neo4j.AsyncManagedTransaction | neo4j.AsyncTransaction | neo4j.AsyncSession,
    ) -> None:
        """A session stands for a transaction of one statement."""
        self._transaction = transaction

    async def call(self, procedure: Procedure[Row], **parameters: object) -> list[Row]:
        """Run a procedure and give its rows."""
        if not tracing.is_traced():
            return await self._call(procedure, parameters)
        with tracing.procedure_span(procedure.name) as span:
            rows = await self._call(procedure, parameters)
            span.set_attribute("db.response.returned_rows", len(rows))
            return rows

    async def _call(self, procedure: Procedure[Row], parameters: dict[str, object]) -> list[Row]:
        given = procedure.given(parameters)
        try:
            result = await self._transaction.run(procedure.text, dict(given))
            records: list[Mapping[str, Any]] = [dict(record) async for record in result]
            return procedure.rows(_native(records) if procedure.header.has_times else records)
        finally:
            procedure.forget(given)


class Graph:
    """A connected graph. Build it with `connect`."""

    def __init__(
        self,
        driver: neo4j.AsyncDriver,
        database: str,
        bookmarks: neo4j.AsyncBookmarkManager | None = None,
    ) -> None:
        self.driver = driver
        self.database = database
        self.bookmarks = bookmarks

    def on_database(self, database: str) -> Graph:
        """The same connection, to another database of the same server."""
        return Graph(self.driver, database, self.bookmarks)

    def session(self, access: str = neo4j.WRITE_ACCESS) -> neo4j.AsyncSession:
        """A session that sees whatever was committed through this graph."""
        return self.driver.session(
            database=self.database, default_access_mode=access, bookmark_manager=self.bookmarks
        )

    async def read(self, procedure: Procedure[Row], **parameters: object) -> list[Row]:
        """Run one reading procedure in a transaction of its own.

        It is begun and ended by the statement itself, which takes one round trip and not three. If
        that fails as it may, the driver does it once more, and again.
        """

        async def work(transaction: Transaction) -> list[Row]:
            return await transaction.call(procedure, **parameters)

        with _measured(neo4j.READ_ACCESS), unavailable_when_away():
            try:
                async with self.session(neo4j.READ_ACCESS) as session:
                    return await _attempt(work, Transaction(session))
            except (Neo4jError, DriverError) as error:
                if not error.is_retryable():
                    raise
            return await self._run(work, neo4j.READ_ACCESS)

    async def write(self, procedure: Procedure[Row], **parameters: object) -> list[Row]:
        """Run one writing procedure in a transaction of its own.

        Raises:
            ConflictError: at this moment somebody else wrote what there can be once.
        """

        async def work(transaction: Transaction) -> list[Row]:
            return await transaction.call(procedure, **parameters)

        try:
            return await self.transact(work)
        except ClientError as error:
            if error.code != _THERE_ALREADY:
                raise
            raise ConflictError("somebody else did the same at this moment; ask again") from error

    async def transact(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Do `work` in one transaction: all of it is committed, or none.

        `work` may run more than once, so it must have no effect outside the transaction.

        Raises:
            UnavailableError: the database cannot be reached, or stays too busy.
        """
        with _measured(neo4j.WRITE_ACCESS), unavailable_when_away():
            return await self._run(work, neo4j.WRITE_ACCESS)

    async def _run(self, work: Callable[[Transaction], Awaitable[Result]], access: str) -> Result:
        async def managed(transaction: neo4j.AsyncManagedTransaction) -> Result:
            return await _attempt(work, Transaction(transaction))

        async with self.session(access) as session:
            if access == neo4j.READ_ACCESS:
                return await session.execute_read(managed)
            return await session.execute_write(managed)

    @asynccontextmanager
    async def hold(self, procedure: Procedure[Row], **parameters: object) -> AsyncIterator[None]:
        """Keep the locks that `procedure` takes until the block is left or this process dies."""
        with unavailable_when_away():
            async with (
                self.session() as session,
                await session.begin_transaction() as transaction,
            ):
                await Transaction(transaction).call(procedure, **parameters)
                yield

    async def run(self, statement: str, **parameters: object) -> list[dict[str, Any]]:
        """Run a statement of a migration or a question in a transaction of its own."""
        with unavailable_when_away():
            records, _, _ = await self.driver.execute_query(
                statement, parameters, database_=self.database, bookmark_manager_=self.bookmarks
            )
            return [record.data() for record in records]

    async def constrain(self, statement: str) -> None:
        """Make a constraint.

        Raises:
            ConflictError: something in the graph does not keep it; says what.
        """
        try:
            await self.run(statement)
        except (ClientError, DatabaseError) as error:
            if error.code != _NOT_KEPT:
                raise
            raise ConflictError(f"the graph does not keep {statement}: {error.message}") from error

    async def run_together(self, statements: Sequence[str]) -> None:
        """Run statements in one transaction: indexes, say, that are then filled in one go."""
        with unavailable_when_away():
            async with (
                self.session() as session,
                await session.begin_transaction() as transaction,
            ):
                for statement in statements:
                    await (await transaction.run(statement)).consume()
                await transaction.commit()

    async def check(self) -> None:
        """Make sure that the database answers now, with one short try.

        It is asked something: one that had no room to write on takes connections, and nothing else.

        Raises:
            UnavailableError: it does not.
        """
        with unavailable_when_away():
            async with (
                asyncio.timeout(PROMPT_SECONDS),
                self.session(neo4j.READ_ACCESS) as session,
            ):
                await (await session.run("RETURN 1")).consume()


async def _attempt(
    work: Callable[[Transaction], Awaitable[Result]], transaction: Transaction
) -> Result:
    """Do it once, and say in the driver's words whether it is to be tried again."""
    try:
        return await work(transaction)
    except ClientError as error:
        if error.code == _OVERTAKEN:
            raise TransientError(error.message) from error
        raise
    except TransientError as error:
        if _is_about_memory(error):  # To try the same again would only take as much.
            raise _unavailable(error) from error
        raise


@asynccontextmanager
async def connect(uri: str, user: str, password: str, database: str) -> AsyncIterator[Graph]:
    """Open a driver; nothing is sent until the first call.

    To a cluster (`neo4j://`, `neo4j+s://`), each transaction carries bookmarks, so that a member
    that lags behind waits until it has what was committed before. A single server needs none, and
    would wait in vain for what it no longer has after a backup was restored.
    """
    bookmarks = neo4j.AsyncGraphDatabase.bookmark_manager() if _is_routed(uri) else None
    try:
        driver = neo4j.AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            max_transaction_retry_time=_RETRY_SECONDS,
            initial_retry_delay=_FIRST_RETRY_SECONDS,
            connection_timeout=_CONNECT_SECONDS,
            connection_acquisition_timeout=_RETRY_SECONDS,
            notifications_min_severity="OFF",
            user_agent="knoop",
        )
    except (ConfigurationError, ValueError) as error:
        raise SettingsError(
            f"KNOOP_NEO4J_URI: {uri} is not where a Neo4j can be; write it as bolt://localhost:7687"
        ) from error
    async with driver:
        yield Graph(driver, database, bookmarks)


def _is_routed(uri: str) -> bool:
    return uri.startswith("neo4j")


def _native(value: Any) -> Any:
    """Neo4j's times as Python's own; knoop stores none that Python cannot hold."""
    kind = type(value)
    if kind is str or kind is int or value is None:  # Most are, and there are many of them.
        return value
    if kind is dict:
        return {name: _native(item) for name, item in value.items()}
    if kind is list:
        return [_native(item) for item in value]
    return value.to_native() if kind is neo4j.time.DateTime else value


@contextmanager
def unavailable_when_away() -> Iterator[None]:
    """Say in the family's words that the database is away or too busy."""
    try:
        yield
    except AuthError as error:
        raise UnavailableError(
            "Neo4j refuses the user or password: check KNOOP_NEO4J_USER and KNOOP_NEO4J_PASSWORD"
        ) from error
    except TransientError as error:
        raise _unavailable(error) from error
    except DatabaseError as error:
        if not _is_its_own_fault(error):
            raise
        raise UnavailableError(
            "the database cannot write or read now: is its disk full? see Neo4j's log"
        ) from error
    except (ServiceUnavailable, SessionExpired, TimeoutError, OSError) as error:
        raise UnavailableError("the database cannot be reached now; try again later") from error
    except ClientError:
        raise
    except DriverError as error:
        raise UnavailableError("the database did not answer in time; try again later") from error


@contextmanager
def _measured(access: str) -> Iterator[None]:
    """Time a transaction, and count it among those under way."""
    # Not at the top: the command line says whether several processes add their figures up, and
    # Prometheus' client wants to know when it is imported.
    from service import metrics  # noqa: PLC0415

    began, outcome = time.perf_counter(), "failed"
    try:
        with metrics.IN_TRANSACTION.track_inprogress():
            yield
        outcome = "done"
    finally:
        seconds = time.perf_counter() - began
        metrics.TRANSACTIONS.labels(access.lower(), outcome).observe(seconds)


def _is_about_memory(error: TransientError) -> bool:
    return "OutOfMemory" in (error.code or "")


def _is_its_own_fault(error: DatabaseError) -> bool:
    return (error.code or "").startswith(_ITS_OWN_FAULT) or _NO_ROOM in str(error)


def _unavailable(error: TransientError) -> UnavailableError:
    """What kept the server from doing it, however often it was tried."""
    if _is_about_memory(error):
        return TooLittleMemoryError(
            "the database has too little memory for this: give it a larger heap"
        )
    return UnavailableError("the database is too busy now; try again later")
