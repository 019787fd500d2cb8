"""What Neo4j says of itself is not held against a message; what it says of a message is."""

from __future__ import annotations

import pytest
from neo4j.exceptions import DatabaseError, Neo4jError

from service.errors import TooLittleMemoryError, UnavailableError
from service.store.graph import unavailable_when_away


def _error(code: str, text: str = "x") -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code=code, message=text)  # noqa: SLF001


@pytest.mark.parametrize(
    ("code", "text"),
    [
        # Seen with a full disk: of the commit that found no room, and of all that came after it.
        ("Neo.DatabaseError.Transaction.TransactionLogError", "Could not append transaction"),
        ("Neo.DatabaseError.Transaction.TransactionStartFailed", "critical error"),
        ("Neo.DatabaseError.Transaction.TransactionCommitFailed", "x"),
        ("Neo.DatabaseError.General.UnknownError", "java.io.IOException: No space left on device"),
        ("Neo.TransientError.Database.DatabaseUnavailable", "x"),
        ("Neo.TransientError.Transaction.DeadlockDetected", "x"),
    ],
)
def test_a_database_that_cannot_is_away(code: str, text: str) -> None:
    with pytest.raises(UnavailableError), unavailable_when_away():
        raise _error(code, text)


@pytest.mark.parametrize("kind", ["MemoryPoolOutOfMemoryError", "OutOfMemoryError"])
def test_too_little_memory_is_told_as_such(kind: str) -> None:
    with pytest.raises(TooLittleMemoryError), unavailable_when_away():
        raise _error(f"Neo.TransientError.General.{kind}")


def test_what_a_statement_does_wrong_is_not_the_databases_fault() -> None:
    with pytest.raises(DatabaseError), unavailable_when_away():
        raise _error("Neo.DatabaseError.Statement.ExecutionFailed")
