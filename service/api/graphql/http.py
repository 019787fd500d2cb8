"""GraphQL over HTTP, and the page on which to try it."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from strawberry.fastapi import GraphQLRouter

from service.access import Keys
from service.api.graphql.caller import Caller
from service.api.graphql.schema import build_schema
from service.errors import InvalidQueryError, NotFoundError, UnauthorizedError
from service.identity.rules import Rules
from service.ingest.wire import parse_json
from service.store.graph import Graph


class _Router(GraphQLRouter[Any, None]):
    """Reads a body as the door for messages does."""

    def decode_json(self, data: str | bytes) -> object:
        try:
            body = parse_json(data if isinstance(data, bytes) else data.encode())
        except orjson.JSONDecodeError as error:
            raise InvalidQueryError(f"the body is not JSON: {error}") from None
        if not isinstance(body, dict):
            raise InvalidQueryError("the body is not a JSON object that holds a query")
        return body


def graphql_routes(graph: Graph, rules: Rules, keys: Keys) -> APIRouter:
    """`POST /graphql`."""

    async def caller(request: Request) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise UnauthorizedError("no API key; send Authorization: Bearer KEY", scheme="Bearer")
        try:
            key = await keys.find(secret.strip())
        except NotFoundError:
            raise UnauthorizedError(
                "the API key is not known; make one: knoop key add NAME --scope admin",
                scheme="Bearer",
            ) from None
        return Caller(graph, rules, key)

    return _Router(
        build_schema(),
        path="/graphql",
        context_getter=caller,
        graphql_ide=None,
        allow_queries_via_get=False,
    )
