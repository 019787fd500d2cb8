"""How an error is told over HTTP: its status, and the headers that say what to do."""

from __future__ import annotations

from collections.abc import Mapping

from service.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    HungUpError,
    InvalidMessageError,
    InvalidQueryError,
    KnoopError,
    NotFoundError,
    RateLimitedError,
    TimedOutError,
    TooCostlyError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnknownDocumentError,
    UntrustedDocumentError,
    UnwritableError,
)

HTTP_CODE = "http"
"""The code of what HTTP itself forbids: a wrong method, path or media type."""

_STATUS: Mapping[type[KnoopError], int] = {
    InvalidMessageError: 400,
    InvalidQueryError: 400,
    TooCostlyError: 400,
    UnknownDocumentError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    UntrustedDocumentError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TooLargeError: 413,
    UnwritableError: 400,
    BusyError: 429,
    RateLimitedError: 429,
    HungUpError: 499,  # As nginx has it in its log; nobody reads it.
    UnavailableError: 503,
    TimedOutError: 504,
}


def status_of(error: KnoopError) -> int:
    """The status of an answer that tells this error."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def headers_of(error: KnoopError) -> dict[str, str]:
    """When to come back, or with what kind of key."""
    headers = {}
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = f'{error.scheme} realm="knoop"'
    if isinstance(error, BusyError | RateLimitedError | UnavailableError):
        headers["Retry-After"] = str(error.retry_after)
    return headers
