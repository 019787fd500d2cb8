"""GraphQL over HTTP, to the letter of https://graphql.github.io/graphql-over-http/draft/."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import mimeparse  # type: ignore[import-untyped]
import orjson
import strawberry
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from service.api.body import MAX_INFLOW, Inflow, read_json
from service.api.graphql.asked import Asked, of_url
from service.api.graphql.caller import Caller
from service.api.graphql.callers import Callers
from service.api.graphql.described import ANSWERS, ANSWERS_IN_URL, ASKED, ASKED_IN_URL
from service.api.graphql.trusted_documents import Documents
from service.api.pages import query_page
from service.api.refusals import HTTP_CODE, headers_of, status_of
from service.errors import (
    HungUpError,
    InvalidMessageError,
    InvalidQueryError,
    KnoopError,
    RateLimitedError,
    TimedOutError,
)

MAX_BODY_BYTES = 1024 * 1024
_JSON, _GRAPHQL_JSON, _HTML = "application/json", "application/graphql-response+json", "text/html"
# Of two that a client likes as much, the later one.
_ANSWERS = (_GRAPHQL_JSON, _JSON)
# More than any client sends; the time to take headers apart grows with their square.
_MAX_HEADER = 1_000
_UTF_8 = ("utf-8", "utf8")
_MEDIA_TYPE = re.compile(r"\s*[\w*.+-]+/[\w*.+-]+\s*(;|$)")
# One URL is a page or somebody's data.
_HEADERS = {"Vary": "Accept", "Cache-Control": "no-store"}
_OPERATIONS = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}


def graphql_routes(callers: Callers) -> APIRouter:
    """`POST /graphql` and `GET /graphql`, which is a page for people."""
    router = APIRouter(tags=["graphql"])
    inflow = Inflow(MAX_INFLOW)

    @router.get(
        "/graphql",
        name="graphql_in_url",
        operation_id="graphql_in_url",
        responses=ANSWERS_IN_URL,
        openapi_extra=ASKED_IN_URL,
    )
    async def ask_in_url(request: Request) -> Response:
        """Ask with a query in the URL; or get a page for people. Needs an API key."""
        if _wants(request, (_HTML, *_ANSWERS)) == _HTML:
            return query_page(_HEADERS)
        return await answer_to(request)

    @router.post(
        "/graphql",
        name="graphql",
        operation_id="graphql",
        responses=ANSWERS,
        openapi_extra=ASKED,
    )
    async def ask(request: Request) -> Response:
        """Ask with a query or a mutation, as JSON. Needs an API key."""
        return await answer_to(request)

    async def answer_to(request: Request) -> Response:
        media_type = _wants(request, _ANSWERS)
        try:
            if not media_type:
                raise HTTPException(406, f"Accept: the answers here are {_GRAPHQL_JSON} or {_JSON}")
            schema, caller = await callers.admit(request.headers.get("authorization", ""), request)
            with inflow.taking() as take:
                asked = await _read(request, callers.documents, take)
                async with _while_there(request):
                    status, answer = await _run(schema, asked, caller, request.method)
        except KnoopError as error:
            return _refuse(status_of(error), error.code, str(error), media_type, headers_of(error))
        except HTTPException as error:
            return _refuse(error.status_code, HTTP_CODE, error.detail, media_type, error.headers)
        # Whoever reads only plain JSON looks at the answer, and not at the status.
        return _answer(200 if media_type == _JSON else status, answer, media_type)

    router.add_route("/graphql", _OtherMethods())  # type: ignore[arg-type]
    return router


class _OtherMethods:
    """Any other method. The router would tell the methods of the first route of this path alone."""

    async def __call__(self, _: Scope, __: Receive, ___: Send) -> None:
        raise HTTPException(405, "Method Not Allowed", {"Allow": "GET, POST"})


def _wants(request: Request, offered: tuple[str, ...]) -> str:
    """Which of these the client likes best; empty if none."""
    wanted = ",".join(request.headers.getlist("accept"))[:_MAX_HEADER]
    understood = [one for one in wanted.split(",") if _MEDIA_TYPE.match(one)]
    found: str = mimeparse.best_match(offered, ",".join(understood or ["*/*"]))
    return found


async def _read(request: Request, documents: Documents, take: Callable[[int], None]) -> Asked:
    if request.method == "GET":
        return Asked.of(of_url(request.query_params), documents)
    if not _is_json(request.headers.get("content-type", "")):
        raise HTTPException(415, f"Content-Type: send {_JSON} in UTF-8")
    try:
        body, _ = await read_json(request, MAX_BODY_BYTES, take)
    except InvalidMessageError as error:
        raise InvalidQueryError(str(error)) from None
    return Asked.of(body, documents)


def _is_json(content_type: str) -> bool:
    try:
        kind, subtype, parameters = mimeparse.parse_mime_type(content_type[:_MAX_HEADER])
    except mimeparse.MimeTypeParseException:
        return False
    charset = parameters.get("charset", "utf-8")
    return f"{kind}/{subtype}".lower() == _JSON and charset.lower() in _UTF_8


@asynccontextmanager
async def _while_there(request: Request) -> AsyncIterator[None]:
    """Cancel what runs in the block when the client hangs up.

    Raises:
        HungUpError: it did.
    """

    async def end_when_gone(end: asyncio.Timeout) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if not end.expired():
            end.reschedule(0)

    try:
        async with asyncio.timeout(None) as end:
            listening = asyncio.create_task(end_when_gone(end))
            try:
                yield
            finally:
                listening.cancel()
    except TimeoutError:
        raise HungUpError("the client hung up before the answer") from None


async def _run(
    schema: strawberry.Schema, asked: Asked, caller: Caller, method: str
) -> tuple[int, dict[str, Any]]:
    """The status and the answer. What was never run has no data."""
    try:
        result = await schema.execute(
            asked.query,
            variable_values=asked.variables,
            context_value=caller,
            operation_name=asked.operation_name,
            allowed_operation_types=_OPERATIONS[method],
        )
    except CannotGetOperationTypeError:
        raise InvalidQueryError(
            "operationName: give the name of one of the query's operations"
        ) from None
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            raise InvalidQueryError(
                "a subscription needs a WebSocket: graphql-transport-ws at this address"
            ) from None
        raise HTTPException(405, "send mutations with POST", {"Allow": "POST"}) from None
    errors = [error.formatted for error in result.errors or ()]
    answer: dict[str, Any] = {"errors": errors} if errors else {}
    if result.extensions:
        answer["extensions"] = result.extensions
    if isinstance(result, PreExecutionError):
        for told in result.errors or ():
            if isinstance(told.original_error, RateLimitedError | TimedOutError):
                raise told.original_error
        return 400, answer
    return 200, {"data": result.data, **answer}


def _refuse(
    status: int, code: str, message: str, media_type: str, headers: Mapping[str, str] | None
) -> Response:
    answer = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return _answer(status, answer, media_type or _JSON, headers)


def _answer(
    status: int,
    answer: Mapping[str, Any],
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        orjson.dumps(answer, default=str),
        status_code=status,
        headers={**_HEADERS, **(headers or {})},
        media_type=f"{media_type}; charset=utf-8",
    )
