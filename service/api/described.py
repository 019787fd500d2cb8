"""What the doors answer, as `/openapi.json` tells programs: statuses, bodies and headers.

Nothing here is run for a request. The end-to-end tests hold it against the running service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired

from fastapi import FastAPI
from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

Answers = dict[int | str, dict[str, Any]]
Json = dict[str, Any]

_SHOWN = {
    "writeKey": {
        "type": "http",
        "scheme": "basic",
        "description": "A source's write key as user name, and no password. It may stand in the "
        "body instead, as writeKey.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or a token of your identity provider.",
    },
}
WRITE_KEY, API_KEY = {"writeKey": list[str]()}, {"apiKey": list[str]()}


@with_config(ConfigDict(extra="forbid"))
class Warned(TypedDict):
    """What was kept, and does not count as its sender may think."""

    messageId: str
    warning: str


@with_config(ConfigDict(extra="forbid"))
class Committed(TypedDict):
    """Everything that was sent is in the database."""

    success: Literal[True]
    warnings: NotRequired[list[Warned]]


@with_config(ConfigDict(extra="forbid"))
class Refused(TypedDict):
    """Why nothing was done. Of a message that is wrong, `field` says where."""

    success: Literal[False]
    code: str
    message: str
    field: NotRequired[str]


@with_config(ConfigDict(extra="forbid"))
class RefusedMessage(TypedDict):
    """One of a batch that was not stored."""

    index: int
    messageId: str | None
    code: str
    message: str
    field: NotRequired[str]


@with_config(ConfigDict(extra="forbid"))
class PartlyRefused(TypedDict):
    """Some messages of a batch were not stored; all others were."""

    success: Literal[False]
    code: str
    message: str
    accepted: int
    errors: list[RefusedMessage]
    warnings: NotRequired[list[Warned]]


@with_config(ConfigDict(extra="forbid"))
class Health(TypedDict):
    """How it is."""

    status: Literal["live", "ready"]


_WHY: Mapping[int, str] = {
    400: "What was sent is wrong; the message says how. It is of no use to send it again.",
    401: "No key, or one that does not do here.",
    403: "Only trusted documents are run here.",
    405: "This has to be sent with POST.",
    406: "None of the media types that are wanted are spoken here.",
    413: "It is too large: send less at once.",
    415: "The body has to be application/json in UTF-8.",
    429: "Too much at once. Nothing was done; come again later.",
    500: "A mistake in knoop; it is in the service's log.",
    503: "The database cannot be reached now. It may have been done; ask or send again later.",
    504: "It took longer than it may, and was stopped.",
}
_SECONDS = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}
_TEXT = {"required": True, "schema": {"type": "string"}}
_HEADERS: Mapping[int, Json] = {
    401: {"WWW-Authenticate": {"description": "How a key is shown.", **_TEXT}},
    405: {"Allow": {"description": "What this may be sent with.", **_TEXT}},
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}


def refusals(*statuses: int, model: Any = Refused) -> Answers:
    """The answers of these statuses, with bodies like this."""
    return {
        status: {
            "description": _WHY[status],
            "model": model,
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


class Described(FastAPI):
    """Tells in `/openapi.json` how keys are shown, too."""

    def openapi(self) -> Json:
        """The description; made once."""
        told = super().openapi()
        told["components"]["securitySchemes"] = _SHOWN
        return told
