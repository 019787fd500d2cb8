"""Files of trusted documents, and the ways in which one is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.api.graphql.schema import build_schema
from service.api.graphql.trusted_documents import Documents, load_documents
from service.errors import (
    InvalidQueryError,
    NoDocumentsError,
    SettingsError,
    UnknownDocumentError,
    UntrustedDocumentError,
)

_SCHEMA = build_schema()
_NAME = "{ __typename }"
_APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": "f00d", "name": "A", "type": "query", "body": _NAME}],
}


def load(tmp_path: Path, told: object, *, only: bool = False) -> Documents:
    path = tmp_path / "documents.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return load_documents(path, only=only, schema=_SCHEMA)


@pytest.mark.parametrize("told", [{"f00d": _NAME}, {"sha256:f00d": _NAME}, _APOLLO])
def test_every_format_is_read(tmp_path: Path, told: object) -> None:
    assert load(tmp_path, told).texts == {"f00d": _NAME}


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "is neither"),
        ({}, "is neither"),
        ({"a": 7}, "is neither"),
        ({"format": "apollo-persisted-query-manifest"}, "is neither"),
        ({"format": "apollo-persisted-query-manifest", "operations": [{"id": "x"}]}, "is neither"),
        ({"a": _NAME, "b": "{"}, "the document b: Syntax Error"),
        ({"b": "{ nobody }"}, "the document b: Cannot query field 'nobody'"),
        ({"b": "{ " + " ".join(f"a{n}: __typename" for n in range(21)) + " }"}, "20 aliases"),
        ({"b": "{ " + "__typename " * 2_000 + "}"}, "the document b: Syntax Error: Document"),
    ],
)
def test_what_is_wrong_is_told_at_the_start(tmp_path: Path, told: object, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as wrong:
        load(tmp_path, told)
    assert str(wrong.value).startswith("KNOOP_TRUSTED_DOCUMENTS: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_documents(tmp_path / "none.json", only=False, schema=_SCHEMA)


def test_nothing_but_documents_and_no_documents_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="KNOOP_TRUSTED_DOCUMENTS_ONLY"):
        load_documents(None, only=True, schema=_SCHEMA)
    assert load_documents(None, only=False, schema=_SCHEMA) == Documents()


def _apollo(hash_: object) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}


_ASKED: list[dict[str, Any]] = [
    {"documentId": "f00d"},
    {"documentId": "sha256:f00d"},
    _apollo("f00d"),
    # Whoever sends a text beside the id gets what the id stands for.
    {"documentId": "f00d", "query": "{ other }"},
]


@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize("asked", _ASKED)
def test_an_id_stands_for_its_text(asked: dict[str, Any], only: bool) -> None:
    documents = Documents({"f00d": _NAME}, only)
    assert documents.resolve({**asked, "variables": {"a": 1}}) == {
        **asked,
        "query": _NAME,
        "variables": {"a": 1},
    }


@pytest.mark.parametrize("asked", [{"documentId": "x"}, _apollo("x")])
def test_an_id_that_is_not_known(asked: dict[str, Any]) -> None:
    open_, closed = Documents({"f00d": _NAME}), Documents({"f00d": _NAME}, only=True)
    for documents in (open_, closed):
        with pytest.raises(UnknownDocumentError) as unknown:
            documents.resolve(asked)
        assert unknown.value.code == "PERSISTED_QUERY_NOT_FOUND"
    with pytest.raises(NoDocumentsError) as none:
        Documents().resolve(asked)
    assert none.value.code == "PERSISTED_QUERY_NOT_SUPPORTED"
    # Apollo's clients then send the text along.
    with_text = {**asked, "query": _NAME}
    assert open_.resolve(with_text) == Documents().resolve(with_text) == with_text
    with pytest.raises(UntrustedDocumentError):
        closed.resolve(with_text)


def test_a_text_is_run_unless_only_documents_are() -> None:
    asked = {"query": _NAME}
    assert Documents({"f00d": _NAME}).resolve(asked) == asked
    with pytest.raises(UntrustedDocumentError, match="ask for one by its documentId"):
        Documents({"f00d": _NAME}, only=True).resolve(asked)


@pytest.mark.parametrize("asked", [{"documentId": 7}, {"documentId": []}, _apollo({})])
def test_an_id_is_a_text(asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidQueryError, match="documentId: is not a text"):
        Documents({"f00d": _NAME}).resolve(asked)


@pytest.mark.parametrize(
    "asked", [{}, {"extensions": 7}, {"extensions": {"persistedQuery": 7}}, _apollo(None)]
)
def test_what_is_no_id_is_left_to_others(asked: dict[str, Any]) -> None:
    assert Documents({"f00d": _NAME}).resolve(asked) == asked
