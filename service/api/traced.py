"""A span for each HTTP request, in the trace of whoever sent it.

FastAPI and others have middleware for that, and put the URL's query into the span: in `/graphql`
that is what somebody asks, and whom about.
"""

from __future__ import annotations

from opentelemetry import propagate
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import tracing

_FAILED = 500
# Asked all the time, by programs that look after the service.
_UNTRACED = ("/health/", "/metrics")


class Traced:
    """Puts spans around requests, named by their routes, once somebody wants spans."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_untraced = scope["type"] != "http" or scope["path"].startswith(_UNTRACED)
        if is_untraced or not tracing.is_on():
            await self._app(scope, receive, send)
            return
        method: str = scope["method"]
        told = {"http.request.method": method, "url.scheme": scope["scheme"]}
        sent_with = propagate.extract(Headers(scope=scope))
        with tracing.span(method, SpanKind.SERVER, told, within=sent_with) as span:

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _FAILED:
                        span.set_attribute("error.type", str(message["status"]))
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, sending)
            finally:
                # Known by now; and the path of one that there is, which nobody chose to write.
                route = getattr(scope.get("route"), "path", None)
                if route is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attributes({"http.route": route, "url.path": route})
