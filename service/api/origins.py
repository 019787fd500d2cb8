"""What a page on another origin may do here: send from anywhere, ask only from where it is allowed.

An origin is a page's scheme, host and port, which browsers tell and pages cannot forge. No cookie
is ever looked at, so nobody is let in by what a browser adds of itself: a page needs a key, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_SENDING = "/v1/"
_DAY = 86_400


class OtherOrigins:
    """Answers what browsers ask of a request to another origin (CORS)."""

    def __init__(self, app: ASGIApp, may_ask: Collection[str]) -> None:
        # SDKs send from any site, with the write key in the body or as user name.
        self._sending = _cors(app, ["*"])
        self._asking = _cors(app, may_ask)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_sending = scope["type"] == "http" and scope["path"].startswith(_SENDING)
        await (self._sending if is_sending else self._asking)(scope, receive, send)


def _cors(app: ASGIApp, origins: Collection[str]) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=["Retry-After"],
        max_age=_DAY,
    )


def may_open(headers: Mapping[str, str], may_ask: Collection[str]) -> bool:
    """Whether who asks for a WebSocket is no page, a page from here, or one that is allowed.

    Browsers do not ask before they open one (there is no CORS), so it is for us to look. The scheme
    of a page from here is left out: a proxy in front of us has it changed.
    """
    origin = headers.get("origin")
    if origin is None or origin in may_ask:
        return True
    return origin.partition("://")[2] == headers.get("host")
