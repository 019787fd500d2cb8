"""GraphQL over HTTP, to the letter of https://graphql.github.io/graphql-over-http/draft/."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import mimeparse  # type: ignore[import-untyped]
import orjson
import strawberry
from fastapi import APIRouter, Request, Response
from graphql import GraphQLError, OperationDefinitionNode, parse
from starlette.exceptions import HTTPException
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from service.api.body import MAX_INFLOW, Inflow, read_json
from service.api.graphql.caller import Caller
from service.api.graphql.callers import Callers
from service.api.graphql.limits import MAX_TOKENS
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
from service.ingest.wire import parse_json

MAX_BODY_BYTES = 1024 * 1024
_JSON, _GRAPHQL_JSON, _HTML = "application/json", "application/graphql-response+json", "text/html"
# Of two that a client likes as much, the later one.
_ANSWERS = (_GRAPHQL_JSON, _JSON)
# More than any client sends; the time to take headers apart grows with their square.
_MAX_HEADER = 1_000
_UTF_8 = ("utf-8", "utf8")
_OPERATION = re.compile(r"\b(?:query|mutation|subscription)\b")
_MEDIA_TYPE = re.compile(r"\s*[\w*.+-]+/[\w*.+-]+\s*(;|$)")
# One URL is a page or somebody's data.
_HEADERS = {"Vary": "Accept", "Cache-Control": "no-store"}
_OPERATIONS = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request, each of the right type."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None

    @classmethod
    def of(cls, body: object) -> Asked:
        """Check them.

        Raises:
            InvalidQueryError: one is missing, or of another type.
        """
        if not isinstance(body, dict):
            raise InvalidQueryError("the body is not a JSON object that holds a query")
        query, variables = body.get("query"), body.get("variables")
        operation_name, extensions = body.get("operationName"), body.get("extensions")
        if query is None or query == "":
            raise InvalidQueryError("query: is missing; send the text of a query")
        if not isinstance(query, str):
            raise InvalidQueryError("query: is not a text; send it in quotes")
        if not isinstance(variables, dict | None):
            raise InvalidQueryError("variables: is not an object of names and values")
        if not isinstance(operation_name, str | None):
            raise InvalidQueryError("operationName: is not a text; send it in quotes")
        if not isinstance(extensions, dict | None):
            raise InvalidQueryError("extensions: is not an object; leave it out")
        if not operation_name and _has_several(query):
            raise InvalidQueryError("operationName: say which of the query's operations to run")
        return cls(query, variables, operation_name or None)


def _has_several(query: str) -> bool:
    """Whether there is a choice of operations, which is not ours to make."""
    if len(_OPERATION.findall(query)) < 2:  # noqa: PLR2004
        return False
    try:
        definitions = parse(query, max_tokens=MAX_TOKENS, no_location=True).definitions
    except GraphQLError:  # Which is told when it is run.
        return False
    return sum(isinstance(one, OperationDefinitionNode) for one in definitions) > 1


def graphql_routes(callers: Callers) -> APIRouter:
    """`POST /graphql` and `GET /graphql`, which is a page for people."""
    router = APIRouter(tags=["graphql"])
    inflow = Inflow(MAX_INFLOW)

    @router.get("/graphql", name="graphql_in_url")
    async def ask_in_url(request: Request) -> Response:
        """Ask with a query in the URL; or get a page for people. Needs an API key."""
        if _wants(request, (_HTML, *_ANSWERS)) == _HTML:
            return query_page(_HEADERS)
        return await answer_to(request)

    @router.post("/graphql", name="graphql")
    async def ask(request: Request) -> Response:
        """Ask with a query or a mutation, as JSON. Needs an API key."""
        return await answer_to(request)

    async def answer_to(request: Request) -> Response:
        media_type = _wants(request, _ANSWERS)
        try:
            if not media_type:
                raise HTTPException(406, f"Accept: the answers here are {_GRAPHQL_JSON} or {_JSON}")
            schema, caller = await callers.admit(request.headers.get("authorization", ""))
            with inflow.taking() as take:
                asked = await _read(request, take)
                async with _while_there(request):
                    status, answer = await _run(schema, asked, caller, request.method)
        except KnoopError as error:
            return _refuse(status_of(error), error.code, str(error), media_type, headers_of(error))
        except HTTPException as error:
            return _refuse(error.status_code, HTTP_CODE, error.detail, media_type, error.headers)
        # Whoever reads only plain JSON looks at the answer, and not at the status.
        return _answer(200 if media_type == _JSON else status, answer, media_type)

    return router


def _wants(request: Request, offered: tuple[str, ...]) -> str:
    """Which of these the client likes best; empty if none."""
    wanted = ",".join(request.headers.getlist("accept"))[:_MAX_HEADER]
    understood = [one for one in wanted.split(",") if _MEDIA_TYPE.match(one)]
    found: str = mimeparse.best_match(offered, ",".join(understood or ["*/*"]))
    return found


async def _read(request: Request, take: Callable[[int], None]) -> Asked:
    if request.method == "GET":
        return Asked.of(_of_url(request.query_params))
    if not _is_json(request.headers.get("content-type", "")):
        raise HTTPException(415, f"Content-Type: send {_JSON} in UTF-8")
    try:
        body, _ = await read_json(request, MAX_BODY_BYTES, take)
    except InvalidMessageError as error:
        raise InvalidQueryError(str(error)) from None
    return Asked.of(body)


def _is_json(content_type: str) -> bool:
    try:
        kind, subtype, parameters = mimeparse.parse_mime_type(content_type[:_MAX_HEADER])
    except mimeparse.MimeTypeParseException:
        return False
    charset = parameters.get("charset", "utf-8")
    return f"{kind}/{subtype}".lower() == _JSON and charset.lower() in _UTF_8


def _of_url(parameters: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {
        name: parameters[name] for name in ("query", "operationName") if name in parameters
    }
    for name in ("variables", "extensions"):
        if name in parameters:
            try:
                asked[name] = parse_json(parameters[name].encode())
            except orjson.JSONDecodeError as error:
                raise InvalidQueryError(f"{name}: is not JSON: {error}") from None
    return asked


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
