"""The parameters of a request, wherever they stand: in a body, a URL or a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, parse

from service.api.graphql.limits import MAX_TOKENS
from service.api.graphql.trusted_documents import Documents
from service.errors import InvalidQueryError
from service.ingest.wire import parse_json

_OPERATION = re.compile(r"\b(?:query|mutation|subscription)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request, each of the right type."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None

    @classmethod
    def of(cls, body: object, documents: Documents) -> Asked:
        """Check them; a document may be asked for by its id.

        Raises:
            InvalidQueryError: one is missing, or of another type.
            UnknownDocumentError: no document has this id.
            UntrustedDocumentError: it is not asked by an id, and has to be.
        """
        if not isinstance(body, dict):
            raise InvalidQueryError("the body is not a JSON object that holds a query")
        body = documents.resolve(body)
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


def of_url(parameters: Mapping[str, str]) -> dict[str, Any]:
    """What would stand in a body.

    Raises:
        InvalidQueryError: a parameter that has to be JSON is not.
    """
    texts = ("query", "documentId", "operationName")
    asked: dict[str, Any] = {name: parameters[name] for name in texts if name in parameters}
    for name in ("variables", "extensions"):
        if name in parameters:
            try:
                asked[name] = parse_json(parameters[name].encode())
            except orjson.JSONDecodeError as error:
                raise InvalidQueryError(f"{name}: is not JSON: {error}") from None
    return asked
