"""What came over HTTP: JSON, or one of the client's errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from service.client.errors import (
    ClientError,
    ForbiddenError,
    InvalidError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
)

_KINDS: Mapping[int, type[ClientError]] = {
    400: InvalidError,
    401: UnauthorizedError,
    403: ForbiddenError,
    413: TooLargeError,
}
_OK = 200
_PASSING = frozenset({429, 502, 503, 504})
_CODES: Mapping[str, type[ClientError]] = {
    "invalid_query": InvalidError,
    "too_costly": InvalidError,
    "unauthorized": UnauthorizedError,
    "forbidden": ForbiddenError,
}
_PASSING_CODES = frozenset({"unavailable", "busy"})


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to post: a message or a batch with the write key, or else a query."""

    path: str
    content: bytes
    is_query: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as any HTTP library has it."""

    status: int
    content: bytes
    retry_after: str | None = None


def read(request: Request, answer: Answer, now: datetime) -> dict[str, Any]:
    """What the service says to this request.

    The answer to a batch of which some messages were refused is no error here: it says of each
    message what became of it.

    Raises:
        ClientError: it refuses the request as a whole, or cannot be understood.
    """
    told = _json(answer.content)
    if request.is_query and answer.status != _OK:
        told = _refusal(told)
    if answer.status in _PASSING:
        raise UnavailableError(
            _text(told, "message") or f"the service answered {answer.status}",
            code=_text(told, "code"),
            status=answer.status,
            retry_after=seconds_to_wait(answer.retry_after, now),
        )
    if answer.status == _OK and told is not None:
        if request.is_query:
            return _data(told)
        if told.get("success") is True:
            return told
        raise UnexpectedAnswerError("this is not knoop: it does not say success", status=_OK)
    if told is not None and isinstance(told.get("errors"), list) and "accepted" in told:
        return told
    kind = _KINDS.get(answer.status)
    if kind is None:
        raise UnexpectedAnswerError(
            _text(told, "message") or f"the service answered {answer.status}, which is not JSON",
            code=_text(told, "code"),
            status=answer.status,
        )
    raise kind(
        _text(told, "message") or f"the service answered {answer.status}",
        code=_text(told, "code"),
        field=_text(told, "field"),
        status=answer.status,
    )


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """The seconds of a `Retry-After`, which is a number or a date; None where it is neither.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _refusal(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a query was refused with, as the other doors say it."""
    errors = told.get("errors") if told else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return told
    return {
        "message": errors[0].get("message"),
        "code": (errors[0].get("extensions") or {}).get("code"),
    }


def _data(told: dict[str, Any]) -> dict[str, Any]:
    """The data of a GraphQL answer, of which an error is an error."""
    errors = told.get("errors")
    if not errors:
        data: dict[str, Any] | None = told.get("data")
        if not isinstance(data, dict):
            raise UnexpectedAnswerError("the answer to the query has no data", status=200)
        return data
    message = str(errors[0].get("message"))
    code = str(errors[0].get("extensions", {}).get("code"))
    if code in _PASSING_CODES:
        raise UnavailableError(message, code=code, status=200)
    kind = _CODES.get(code, UnexpectedAnswerError)
    argument = message.partition(": ")[0] if kind is InvalidError and ": " in message else None
    raise kind(message, code=code, field=argument, status=200)


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


def _text(told: dict[str, Any] | None, name: str) -> str | None:
    value = told.get(name) if told else None
    return value if isinstance(value, str) else None
