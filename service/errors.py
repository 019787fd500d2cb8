"""The errors that knoop raises: one small family, each with a stable code.

A *decision* (a refused link, a dropped value) is a value and is never raised.
An error's text says what is wrong and what to do; it never holds personal data beyond the
field that the caller sent, and it is safe to show to the caller.
"""

from __future__ import annotations

from typing import ClassVar


class KnoopError(Exception):
    """What everything below is, so that a door can show any of them in one way."""

    code: ClassVar[str] = "internal"


class SettingsError(KnoopError):
    """A setting or the rules file is wrong. Names the file or variable, the key and the remedy."""

    code = "invalid_settings"


class InvalidMessageError(KnoopError):
    """A message cannot be accepted. `field` is its path in the message, as in `traits.email`."""

    code = "invalid_message"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


class ImportFileError(KnoopError):
    """A file cannot be imported, or no further. Names the file, the place in it, and the remedy."""

    code = "invalid_file"


class BulkLoadError(KnoopError):
    """A bulk load cannot be done, or came to nothing: the graph is as it was. Says what to do."""

    code = "bulk_load"


class InvalidQueryError(KnoopError):
    """An argument of a query is wrong. Names it, and says what to do."""

    code = "invalid_query"


class TooCostlyError(KnoopError):
    """A query may give or read more than one may. Names its cost, the limit, and what to do."""

    code = "too_costly"


class TimedOutError(KnoopError):
    """A query took longer than it may, and was stopped, in the database too."""

    code = "timed_out"


class HungUpError(KnoopError):
    """Whoever asked hung up before the answer. What ran for them was stopped."""

    code = "hung_up"


class UnknownDocumentError(KnoopError):
    """No trusted document has this id. The code is the one at which Apollo's clients send it."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class NoDocumentsError(UnknownDocumentError):
    """There are no trusted documents here. The code keeps Apollo's clients from asking again."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class UntrustedDocumentError(KnoopError):
    """Only trusted documents are run here, and this is none."""

    code = "untrusted_document"


class TooLargeError(KnoopError):
    """A message or a batch is over its size limit."""

    code = "too_large"


class UnauthorizedError(KnoopError):
    """No key, or one that nobody knows. `scheme` is how a key is sent at this door."""

    code = "unauthorized"

    def __init__(self, message: str, *, scheme: str = "Basic") -> None:
        super().__init__(message)
        self.scheme = scheme


class ForbiddenError(KnoopError):
    """The key is known and its scopes do not allow this."""

    code = "forbidden"


class NotFoundError(KnoopError):
    """What was named does not exist."""

    code = "not_found"


class ConflictError(KnoopError):
    """What was asked contradicts what is there."""

    code = "conflict"


class UnwritableError(KnoopError):
    """A message passed every check, and the database refused it. It is among the dead letters."""

    code = "unwritable"


class BusyError(KnoopError):
    """Too much is waiting already. Nothing was taken; send it again after `retry_after` s."""

    code = "busy"
    retry_after: ClassVar[int] = 1


class RateLimitedError(KnoopError):
    """Somebody has had what they may have in a while. Come again after `retry_after` s."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(KnoopError):
    """The database cannot be reached now. Nothing was lost; send it again after `retry_after` s."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLittleMemoryError(UnavailableError):
    """The database had not enough memory left for this. Less at once may do."""


class MigrationError(KnoopError):
    """The graph's schema and the migration files do not fit together."""

    code = "migration"


class ProcedureError(KnoopError):
    """A `.cypher` file's header does not fit its text."""

    code = "procedure"


class EmbeddedError(KnoopError):
    """A Neo4j of one's own cannot be fetched, started or stopped. Says what to do."""

    code = "embedded"
