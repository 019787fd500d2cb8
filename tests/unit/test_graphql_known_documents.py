"""What is kept of queries, and that the limits hold for those that are known, too."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
import strawberry
from graphql import parse

from service.api.graphql import limits
from service.api.graphql.known_documents import MAX_DOCUMENTS, MAX_TEXT, Documents
from service.api.graphql.masking import masked
from service.api.graphql.schema import build_schema
from service.api.rates import Rate

# Answered without a graph.
ASKED = "query A { __schema { queryType { name } } } query B { __typename }"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were parsed."""
    texts: list[str] = []

    def counting(text: str, **options: Any) -> Any:
        texts.append(text)
        return parse(text, **options)

    monkeypatch.setattr("strawberry.schema.schema.parse", counting)
    return texts


async def _ask(schema: strawberry.Schema, query: str, name: str | None = None) -> Any:
    somebody = Namespace(points=Rate(0, 60, "points"), query_seconds=30, key=Namespace(name="a"))
    answer = await schema.execute(query, operation_name=name, context_value=somebody)
    return answer.data or [(error.message, error.locations) for error in answer.errors or ()]


async def test_what_is_asked_again_is_not_parsed_again(parsed: list[str]) -> None:
    schema = build_schema()
    assert await _ask(schema, ASKED, "B") == {"__typename": "Query"}
    assert await _ask(schema, ASKED, "A") == {"__schema": {"queryType": {"name": "Query"}}}
    assert await _ask(schema, ASKED, "B") == {"__typename": "Query"}
    assert parsed == [ASKED]


async def test_each_schema_keeps_its_own(parsed: list[str]) -> None:
    for schema in (build_schema(), masked(build_schema())):
        await _ask(schema, ASKED, "A")
    assert parsed == [ASKED, ASKED]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("{ nothing }", "Cannot query field 'nothing'"),
        ("{ __typename ", "Syntax Error"),
        (f"{{ {' '.join(f'a{n}: __typename' for n in range(21))} }}", "more than 20 aliases"),
        ("{ profiles { edges { node { history { id } } } } }", "is not to be had in profiles"),
        (f"{{ {'__typename ' * limits.MAX_TOKENS}}}", "Syntax Error: Document contains more"),
    ],
)
async def test_what_is_wrong_is_told_each_time_and_where_it_is(wrong: str, problem: str) -> None:
    schema = build_schema()
    once = await _ask(schema, wrong)
    assert problem in once[0][0]
    assert await _ask(schema, wrong) == once
    [[_, places], *_] = await _ask(schema, f"\n\n{wrong}")
    assert [place.line for place in places] == [place.line + 2 for place in once[0][1]]


async def test_other_limits_are_not_those_that_it_was_checked_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema = build_schema()
    assert await _ask(schema, ASKED, "B") == {"__typename": "Query"}
    monkeypatch.setattr("service.api.graphql.schema.MAX_TOKENS", 3)
    assert "more than 3 tokens" in (await _ask(schema, ASKED, "B"))[0][0]


async def test_a_text_that_is_long_is_not_kept(parsed: list[str]) -> None:
    schema, text = build_schema(), f"{{ __typename }} #{'x' * MAX_TEXT}"
    await _ask(schema, text)
    await _ask(schema, text)
    assert parsed == [text, text]


def test_the_one_not_asked_for_the_longest_is_let_go() -> None:
    kept, document = Documents(), parse("{ a }")
    for number in range(MAX_DOCUMENTS):
        kept.keep(number, document)
    assert kept.find(0) is document
    kept.keep("one more", document)
    assert kept.find(1) is None
    assert kept.find(0) is document


def test_what_goes_with_an_operation_is_let_go_with_its_document() -> None:
    documents = Documents()
    first, other = parse("{ a }"), parse("{ a }")
    [operation], [others] = first.definitions, other.definitions
    documents.keep("key", first, is_fixed=True)
    documents.reads_of(operation)["place"] = "read"  # type: ignore[arg-type]
    assert documents.reads_of(operation) == {"place": "read"}  # type: ignore[arg-type]
    documents.keep("key", other, is_fixed=True)  # As when two asked at once.
    documents.reads_of(others)["place"] = "its own"  # type: ignore[arg-type]
    assert documents.reads_of(operation) == {}  # type: ignore[arg-type]
    for number in range(MAX_DOCUMENTS):
        documents.keep(number, parse("{ b }"), is_fixed=number % 2 == 0)
    assert documents.reads_of(others) == {}  # type: ignore[arg-type]
    assert len(documents._reads) == MAX_DOCUMENTS / 2  # noqa: SLF001
