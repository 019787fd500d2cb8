"""GraphQL over HTTP, to the letter of https://graphql.github.io/graphql-over-http/draft/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import mimeparse  # type: ignore[import-untyped]
import orjson
import strawberry
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from service.access import Key, Keys
from service.api.body import read_json
from service.api.graphql.caller import Caller
from service.api.graphql.schema import build_schema
from service.api.pages import query_page
from service.api.refusals import HTTP_CODE, headers_of, status_of
from service.errors import (
    InvalidMessageError,
    InvalidQueryError,
    KnoopError,
    NotFoundError,
    UnauthorizedError,
)
from service.identity.rules import Rules
from service.store.graph import Graph

MAX_BODY_BYTES = 1024 * 1024
_JSON, _GRAPHQL_JSON, _HTML = "application/json", "application/graphql-response+json", "text/html"
# Of two that a client likes as much, the later one.
_ANSWERS = (_GRAPHQL_JSON, _JSON)
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
        if query is None:
            raise InvalidQueryError("query: is missing; send the text of a query")
        if not isinstance(query, str):
            raise InvalidQueryError("query: is not a text; send it in quotes")
        if not isinstance(variables, dict | None):
            raise InvalidQueryError("variables: is not an object of names and values")
        if not isinstance(operation_name, str | None):
            raise InvalidQueryError("operationName: is not a text; send it in quotes")
        if not isinstance(extensions, dict | None):
            raise InvalidQueryError("extensions: is not an object; leave it out")
        return cls(query, variables, operation_name)


def graphql_routes(graph: Graph, rules: Rules, keys: Keys) -> APIRouter:
    """`POST /graphql` and `GET /graphql`, which is a page for people."""
    router = APIRouter(tags=["graphql"])
    schema = build_schema()

    @router.api_route("/graphql", methods=["GET", "POST"], name="graphql")
    async def graphql(request: Request) -> Response:
        """Ask with a query, as JSON or, of queries alone, in the URL. Needs an API key."""
        if request.method == "GET" and _wants(request, (_HTML, *_ANSWERS)) == _HTML:
            return query_page()
        media_type = _wants(request, _ANSWERS)
        try:
            if not media_type:
                raise HTTPException(406, f"Accept: the answers here are {_GRAPHQL_JSON} or {_JSON}")
            asked = await _read(request)
            caller = Caller(graph, rules, await _key(request, keys))
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
    try:
        found: str = mimeparse.best_match(offered, request.headers.get("accept") or "*/*")
    except mimeparse.MimeTypeParseException:
        return ""
    return found


async def _read(request: Request) -> Asked:
    if request.method == "GET":
        return Asked.of(_of_url(request.query_params))
    content_type = request.headers.get("content-type", "")
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != _JSON or charset not in ("", "utf-8"):
        raise HTTPException(415, f"Content-Type: send {_JSON} in UTF-8")
    try:
        body, _ = await read_json(request, MAX_BODY_BYTES)
    except InvalidMessageError as error:
        raise InvalidQueryError(str(error)) from None
    return Asked.of(body)


def _of_url(parameters: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {
        name: parameters[name] for name in ("query", "operationName") if name in parameters
    }
    for name in ("variables", "extensions"):
        if name in parameters:
            try:
                asked[name] = orjson.loads(parameters[name])
            except orjson.JSONDecodeError as error:
                raise InvalidQueryError(f"{name}: is not JSON: {error}") from None
    return asked


async def _key(request: Request, keys: Keys) -> Key:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise UnauthorizedError("no API key; send Authorization: Bearer KEY", scheme="Bearer")
    try:
        key = await keys.find(secret.strip())
    except NotFoundError:
        raise UnauthorizedError(
            "the API key is not known; make one: knoop key add NAME --scope admin", scheme="Bearer"
        ) from None
    if key.has_expired(datetime.now(UTC)):
        raise UnauthorizedError(
            f"the API key {key.name} has expired; make another: knoop key add", scheme="Bearer"
        )
    return key


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
        raise InvalidQueryError("operationName: the query has no operation of this name") from None
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            raise InvalidQueryError("subscriptions need a WebSocket") from None
        raise HTTPException(405, "send mutations with POST", {"Allow": "POST"}) from None
    errors = [error.formatted for error in result.errors or ()]
    if isinstance(result, PreExecutionError):
        return 400, {"errors": errors}
    return 200, {"data": result.data, **({"errors": errors} if errors else {})}


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
        headers=headers,
        media_type=f"{media_type}; charset=utf-8",
    )
