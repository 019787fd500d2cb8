"""GraphQL over HTTP: methods, media types and statuses. Others' audit of it is end to end."""

from __future__ import annotations

import httpx
import pytest

from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender


async def _post(reader: Reader, content_type: str) -> httpx.Response:
    return await reader.client.post(
        "/graphql",
        content=b'{"query": "{ __typename }"}',
        headers={"Authorization": f"Bearer {reader.api_key}", "Content-Type": content_type},
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xml",
        "multipart/form-data",
        "application/json; charset=latin1",
        "nonsense",
    ],
)
async def test_graphql_takes_json_alone(reader: Reader, content_type: str) -> None:
    answer = await _post(reader, content_type)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error) == (
        415,
        {
            "message": "Content-Type: send application/json in UTF-8",
            "extensions": {"code": "http"},
        },
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF8",
        'application/json; x=y; charset="utf-8"',
        "application/json;",
        # RFC 2231 is for mail: such a parameter says nothing here.
        "application/json; charset*0*=a'b'%zz; charset*=x",
    ],
)
async def test_json_may_be_named_in_every_way(reader: Reader, content_type: str) -> None:
    answer = await _post(reader, content_type)
    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/graphql", {"GET", "POST"}), ("/v1/track", {"POST"}), ("/metrics", {"GET"})],
)
async def test_a_wrong_method_is_told_all_that_are_right(
    client: httpx.AsyncClient, path: str, methods: set[str]
) -> None:
    answer = await client.delete(path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == methods


async def test_what_a_stranger_sends_is_not_read(client: httpx.AsyncClient, graph: Graph) -> None:
    answer = await client.post("/graphql", content=b"{")
    assert answer.status_code == 401
    del graph


async def _get(reader: Reader, accept: str | None = None, **parameters: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {reader.api_key}", "Accept": accept or "*/*"}
    return await reader.client.get("/graphql", params=parameters, headers=headers)


async def test_a_query_may_stand_in_the_url(reader: Reader, web: Sender) -> None:
    await web.accept("page", {"userId": "7"})
    answer = await _get(
        reader,
        query='query A($v: String!) { profile(identifier: {namespace: "user_id", value: $v}) '
        "{ identifiers { value } } } query B { __typename }",
        variables='{"v": "7"}',
        operationName="A",
    )
    assert answer.json()["data"] == {"profile": {"identifiers": [{"value": "7"}]}}


@pytest.mark.parametrize(
    ("parameters", "status", "told"),
    [
        ({}, 400, "query: is missing; send the text of a query"),
        ({"query": "{ __typename }", "variables": "{"}, 400, "variables: is not JSON"),
        ({"query": "{ __typename }", "variables": "[]"}, 400, "variables: is not an object"),
        ({"query": "{ __typename }", "extensions": "7"}, 400, "extensions: is not an object"),
        ({"query": "query A { __typename }", "operationName": "B"}, 400, "operationName: "),
        ({"query": "mutation { __typename }"}, 405, "send mutations with POST"),
        ({"query": "subscription { x }"}, 400, "a subscription needs a WebSocket"),
        ({"query": ""}, 400, "query: is missing"),
        ({"query": "query A { __typename } mutation B { __typename }"}, 400, "operationName: say "),
        ({"query": "fragment F on Query { __typename }"}, 400, "operationName: give "),
    ],
)
async def test_what_is_wrong_in_the_url_is_told(
    reader: Reader, parameters: dict[str, str], status: int, told: str
) -> None:
    answer = await _get(reader, **parameters)
    [error] = answer.json()["errors"]
    assert answer.status_code == status
    assert error["message"].startswith(told)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, foo", "application/json"),
        ("nonsense", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json",
        ),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
async def test_the_answer_is_of_the_kind_that_is_liked_best(
    reader: Reader, accept: str, media_type: str
) -> None:
    answer = await _get(reader, accept, query="{ __typename }")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    # No cache may give one for the other, or keep somebody's data.
    assert (answer.headers["vary"], answer.headers["cache-control"]) == (
        "Accept, Origin",
        "no-store",
    )


@pytest.mark.parametrize("accept", ["image/png", "text/plain;q=0.5, image/*"])
async def test_an_answer_that_nobody_likes_is_not_given(reader: Reader, accept: str) -> None:
    answer = await _get(reader, accept, query="{ __typename }")
    assert (answer.status_code, answer.headers["content-type"]) == (
        406,
        "application/json; charset=utf-8",
    )


async def test_a_wrong_query_has_a_status_of_its_own_where_that_is_understood(
    reader: Reader,
) -> None:
    for accept, status in (
        ("application/json", 200),
        ("application/graphql-response+json", 400),
    ):
        answer = await _get(reader, accept, query="{ nobody }")
        assert answer.status_code == status
        assert "data" not in answer.json()
