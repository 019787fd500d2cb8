"""Trusted documents: GraphQL texts that a build wrote down, and that callers ask for by their ids.

They ask with `documentId`, as the appendix on persisted documents of GraphQL over HTTP has it, or
as Apollo's clients do, with `extensions.persistedQuery.sha256Hash`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError, parse, specified_rules
from strawberry.schema.schema import validate_document

from service.api.graphql.limits import MAX_TOKENS, RULES
from service.errors import (
    InvalidQueryError,
    NoDocumentsError,
    SettingsError,
    UnknownDocumentError,
    UntrustedDocumentError,
)

_VARIABLE = "KNOOP_TRUSTED_DOCUMENTS"
_APOLLO = "apollo-persisted-query-manifest"
# Before the hash of a document's text. Some files have it and some clients send it.
_PREFIX = "sha256:"


@dataclass(frozen=True, slots=True)
class Documents:
    """What may be asked for by its id, and whether anything else may be asked."""

    texts: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    def resolve(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What was asked, with the text that an id stands for as its query.

        Raises:
            InvalidQueryError: the id is not a text.
            UnknownDocumentError: no document has this id, and there is no text to run in its place.
            UntrustedDocumentError: it is a text, and only documents are run.
        """
        id_, query = _id_in(asked), asked.get("query")
        if id_ is not None and id_ in self.texts:
            return {**asked, "query": self.texts[id_]}
        if self.only and query:
            raise UntrustedDocumentError(
                "only trusted documents are run here; ask for one by its documentId"
            )
        if id_ is None or query:  # Apollo's clients send both when the id was not known.
            return asked
        if not self.texts:
            raise NoDocumentsError("there are no trusted documents here; send the query itself")
        raise UnknownDocumentError("no trusted document has this id; was the file brought here?")


def load_documents(path: Path | None, *, only: bool, schema: strawberry.Schema) -> Documents:
    """Read a file of documents, each of which must fit the schema.

    It is an object of ids and texts, as Relay and GraphQL Code Generator write it, or Apollo's
    manifest.

    Raises:
        SettingsError: names what is wrong: the file, or a document's id and its first mistake.
    """
    if path is None:
        if only:
            raise SettingsError(f"{_VARIABLE}_ONLY: nothing would be run; name a {_VARIABLE}, too")
        return Documents()
    try:
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{_VARIABLE}: {path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{_VARIABLE}: {path} is not JSON: {error}") from None
    texts = _texts(path, told)
    for id_, text in texts.items():
        _check(path, id_, text, schema)
    return Documents(texts, only)


def _texts(path: Path, told: object) -> dict[str, str]:
    """The texts by their ids, without the prefix of a hash."""
    found: dict[Any, Any] = dict(told) if isinstance(told, dict) else {}
    if found.get("format") == _APOLLO:
        try:
            found = {one["id"]: one["body"] for one in found["operations"]}
        except (KeyError, TypeError):
            found = {}
    if not found or not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise SettingsError(
            f"{_VARIABLE}: {path} is neither an object of ids and texts nor Apollo's manifest, or "
            "there are no documents in it"
        )
    return {id_.removeprefix(_PREFIX): text for id_, text in found.items()}


def _check(path: Path, id_: str, text: str, schema: strawberry.Schema) -> None:
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        errors = validate_document(schema._schema, document, (*specified_rules, *RULES))  # noqa: SLF001
    except GraphQLError as error:
        errors = [error]
    if errors:
        raise SettingsError(f"{_VARIABLE}: {path}: the document {id_}: {errors[0].message}")


def _id_in(asked: Mapping[str, Any]) -> str | None:
    """The id that is asked for, be it in the specification's way or in Apollo's."""
    id_ = asked.get("documentId")
    if id_ is None:
        extensions = asked.get("extensions")
        persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        id_ = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if id_ is None:
        return None
    if not isinstance(id_, str):
        raise InvalidQueryError("documentId: is not a text; send it in quotes")
    return id_.removeprefix(_PREFIX)
