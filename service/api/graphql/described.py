"""What `/graphql` takes and answers, as `/openapi.json` tells programs.

What can be asked there is told by the GraphQL schema.
"""

from __future__ import annotations

from typing import Any, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from service.api.described import API_KEY, Answers, Json, refusals

_GRAPHQL_JSON = "application/graphql-response+json"


@with_config(ConfigDict(extra="allow"))
class GraphQLErrorDetails(TypedDict):
    """What programs go by."""

    code: str


@with_config(ConfigDict(extra="forbid"))
class GraphQLLocation(TypedDict):
    """A place in the query."""

    line: int
    column: int


@with_config(ConfigDict(extra="forbid"))
class GraphQLError(TypedDict):
    """What went wrong, where, and its code."""

    message: str
    locations: NotRequired[list[GraphQLLocation]]
    path: NotRequired[list[str | int]]
    extensions: GraphQLErrorDetails


@with_config(ConfigDict(extra="forbid"))
class Cost(TypedDict):
    """In points."""

    requested: int
    left: int | None


@with_config(ConfigDict(extra="forbid"))
class GraphQLAnswerDetails(TypedDict):
    """Beside what was asked for."""

    cost: NotRequired[Cost]


@with_config(ConfigDict(extra="forbid"))
class GraphQLAnswer(TypedDict):
    """What was asked for, and what went wrong. What was never run has no data."""

    data: NotRequired[dict[str, Any] | None]
    errors: NotRequired[list[GraphQLError]]
    extensions: NotRequired[GraphQLAnswerDetails]


_SCHEMA = {"schema": {"$ref": f"#/components/schemas/{GraphQLAnswer.__name__}"}}
_PAGE = {"schema": {"type": "string"}}


def _answers(*statuses: int, **kinds: Json) -> Answers:
    """An answer of either kind of JSON, or of other `kinds` where it is what was asked for."""
    done = {"description": "The answer; `errors` says what went wrong.", "model": GraphQLAnswer}
    told = {200: done, **refusals(*statuses, model=GraphQLAnswer)}
    for one in told.values():
        one["content"] = {_GRAPHQL_JSON: _SCHEMA}
    done["content"] = {_GRAPHQL_JSON: _SCHEMA, **kinds}
    # What nobody foresaw is told as at any other door.
    return {**told, **refusals(500)}


ANSWERS = _answers(400, 401, 403, 406, 413, 415, 429, 503, 504)
ANSWERS_IN_URL = _answers(400, 401, 403, 405, 406, 429, 503, 504, **{"text/html": _PAGE})

_TEXT = {"type": ["string", "null"]}
_TABLE = {"type": ["object", "null"]}
_PARAMETERS: dict[str, Json] = {
    "query": {**_TEXT, "description": "A query; or give a documentId."},
    "variables": _TABLE,
    "operationName": {**_TEXT, "description": "Which of several operations to run."},
    "extensions": _TABLE,
    "documentId": {**_TEXT, "description": "The id of a trusted document."},
}
_EXAMPLE = {
    "query": "query Person($id: ID!) { profile(id: $id) { id person { name } } }",
    "variables": {"id": "0199a2b4-0000-7000-8000-000000000000"},
}
_BODY = {"type": "object", "properties": _PARAMETERS}
ASKED = {
    "security": [API_KEY],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _BODY, "example": _EXAMPLE}},
    },
}


def _in_url(name: str, schema: Json) -> Json:
    if schema is _TABLE:
        return {"name": name, "in": "query", "content": {"application/json": {"schema": schema}}}
    return {"name": name, "in": "query", "schema": {**schema, "type": "string"}}


ASKED_IN_URL = {
    # A person who wants to see the page needs none.
    "security": [API_KEY, {}],
    "parameters": [_in_url(name, schema) for name, schema in _PARAMETERS.items()],
}
