"""The ASGI application: its doors, and what holds at all of them."""

from __future__ import annotations

import time

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import __version__, metrics
from service.access import Keys
from service.api.bearers import Bearers
from service.api.described import Described, Health, refusals
from service.api.graphql.callers import Callers
from service.api.graphql.http import graphql_routes
from service.api.graphql.websocket import websocket_routes
from service.api.origins import OtherOrigins
from service.api.pages import page_routes
from service.api.rates import Rate
from service.api.refusals import HTTP_CODE, headers_of, status_of
from service.api.traced import Traced
from service.api.tracking import Tracking, tracking_routes
from service.audit import audit_log
from service.errors import InvalidMessageError, KnoopError
from service.identity.rules import Rules
from service.ingest.group_commit import GroupCommit
from service.settings import Settings
from service.store.graph import Graph
from service.tokens import tokens_of

_log = structlog.get_logger()

# Over how long a source's messages are counted, so that it may send a batch at once.
_BURST_SECONDS = 10


def build_app(graph: Graph, rules: Rules, settings: Settings) -> FastAPI:
    """The service over one graph.

    Raises:
        SettingsError: the settings of tokens are not whole, trusted documents are wrong, or the
            audit log cannot be written.
    """
    app = Described(
        title="knoop",
        version=__version__,
        summary="Which identifiers are one person, and why.",
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # `Traced` is in its place.
    )
    keys = Keys(graph)
    rate = Rate(_BURST_SECONDS * settings.messages_per_second, _BURST_SECONDS, "messages")
    app.include_router(tracking_routes(Tracking(GroupCommit(graph, rules), rules, keys, rate)))
    app.include_router(page_routes(settings.cache))
    audit = audit_log(settings)
    callers = Callers(graph, rules, Bearers(keys, tokens_of(settings)), audit, settings)
    app.include_router(graphql_routes(callers))
    app.include_router(websocket_routes(callers, settings.graphql_origins))

    @app.get("/health/live", tags=["operation"], operation_id="live")
    async def live() -> Health:
        """Whether this process runs."""
        return {"status": "live"}

    @app.get(
        "/health/ready", tags=["operation"], operation_id="ready", responses=refusals(500, 503)
    )
    async def ready() -> Health:
        """Whether the database answers, so that a message can be committed."""
        await graph.check()
        return {"status": "ready"}

    @app.get(
        "/metrics",
        tags=["operation"],
        operation_id="metrics",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics_page() -> Response:
        """What Prometheus wants to know."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    app.add_exception_handler(KnoopError, _known_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unknown_error)
    app.add_middleware(_Measured)
    app.add_middleware(OtherOrigins, may_ask=settings.graphql_origins)
    app.add_middleware(Traced)
    return app


class _Measured:
    """Times every request, by its route's template."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            metrics.REQUESTS.labels(scope["method"], route, status).observe(
                time.perf_counter() - begun
            )


async def _known_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, KnoopError)  # noqa: S101
    answer = {"success": False, "code": error.code, "message": str(error)}
    if isinstance(error, InvalidMessageError):
        answer["field"] = error.field
        metrics.REFUSED.inc()
    return JSONResponse(answer, status_code=status_of(error), headers=headers_of(error))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    answer = {"success": False, "code": HTTP_CODE, "message": str(error.detail)}
    return JSONResponse(answer, status_code=error.status_code, headers=error.headers)


async def _unknown_error(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the whole story in the log, and nothing of it to the caller."""
    _log.error("request_failed", path=request.url.path, exc_info=error)
    answer = {
        "success": False,
        "code": KnoopError.code,
        "message": "something went wrong here; it is in the service's log",
    }
    return JSONResponse(answer, status_code=500)
