"""Traces, as OpenTelemetry's own library gets them: from the request to each procedure."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from service.identity.rules import load_rules
from tests.integration.conftest import Reader, Sender
from tests.serving import without_database

TRACE, SENDER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
JOURNEY = """
query($value: String!) {
  profile(identifier: {namespace: "email", value: $value}) { touchpoints { edges { cursor } } }
}"""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What was told, in the order in which it ended."""
    told = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)  # It takes one a process.
    return told


def _within(spans: list[ReadableSpan], outer: ReadableSpan) -> list[str]:
    assert outer.context is not None
    return [one.name for one in spans if one.parent and one.parent.span_id == outer.context.span_id]


def _named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [one for one in spans.get_finished_spans() if one.name == name]


async def test_a_question_is_one_trace_down_to_each_procedure(
    web: Sender, reader: Reader, spans: InMemorySpanExporter
) -> None:
    await web.accept("track", {"event": "Seen", "context": {"traits": {"email": "ann@x.org"}}})
    await reader.ask("{ __typename }")  # The key is known from now on.
    spans.clear()
    reader.client.headers["traceparent"] = f"00-{TRACE}-{SENDER}-01"
    await reader.ask(JOURNEY, value="ann@x.org")

    told = list(spans.get_finished_spans())
    [request] = _named(spans, "POST /graphql")
    assert {f"{one.context.trace_id:032x}" for one in told if one.context} == {TRACE}
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == SENDER
    assert _within(told, request) == ["knoop.person_asc"]
    assert len(told) == 2

    assert request.kind is SpanKind.SERVER
    assert request.attributes == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "http.route": "/graphql",
        "url.path": "/graphql",
    }
    [person] = _named(spans, "knoop.person_asc")
    assert person.kind is SpanKind.CLIENT
    assert person.attributes == {
        "db.system.name": "neo4j",
        "db.stored_procedure.name": "person_asc",
        "db.response.returned_rows": 1,
    }
    assert "ann" not in "".join(one.to_json() for one in told)


async def test_a_message_is_one_trace_with_its_commit(
    web: Sender, spans: InMemorySpanExporter
) -> None:
    await web.accept("identify", {"userId": "7"})
    told = list(spans.get_finished_spans())
    [request], [commit] = _named(spans, "POST /v1/identify"), _named(spans, "knoop commit")
    assert "knoop commit" in _within(told, request)
    assert {"knoop.claim", "knoop.record"} <= set(_within(told, commit))
    assert commit.attributes == {"knoop.messages": 1}
    assert commit.links == ()


async def test_who_shares_a_commit_is_linked_to_it(
    web: Sender, spans: InMemorySpanExporter
) -> None:
    await asyncio.gather(*(web.accept("identify", {"userId": f"user-{n}"}) for n in range(20)))
    requests = [one.context for one in _named(spans, "POST /v1/identify")]
    commits = _named(spans, "knoop commit")
    # In how many commits they are is the machine's affair; some share one.
    assert len(commits) < 20
    within = [one.parent for one in commits]
    linked = [link.context for one in commits for link in one.links]
    assert len(within) + len(linked) == 20
    assert {one.span_id for one in [*within, *linked] if one} == {
        one.span_id for one in requests if one
    }


async def test_what_fails_says_so_and_not_what_was_asked(spans: InMemorySpanExporter) -> None:
    async with without_database(load_rules()) as app:
        await _ask(app, "/v1/track", json={"userId": "ann", "event": "x"}, auth=("key", ""))
    [request] = _named(spans, "POST /v1/track")
    assert request.status.status_code is StatusCode.ERROR
    assert request.attributes is not None
    assert request.attributes["error.type"] == "503"
    assert not request.events


async def test_neither_a_url_that_asks_nor_one_that_nobody_made_is_told(
    client: httpx.AsyncClient, api_key: str, spans: InMemorySpanExporter
) -> None:
    given = {"query": JOURNEY, "variables": '{"value": "ann@x.org"}'}
    bearer = {"Authorization": f"Bearer {api_key}"}
    assert (await client.get("/graphql", params=given, headers=bearer)).status_code == 200
    assert (await client.get("/ann@x.org")).status_code == 404
    assert (await client.get("/health/ready")).status_code == 200
    told = spans.get_finished_spans()
    assert {one.name for one in told if one.kind is SpanKind.SERVER} == {"GET /graphql", "GET"}
    assert "ann" not in "".join(one.to_json() for one in told)


async def _ask(app: FastAPI, path: str, **given: object) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        await client.post(path, **given)  # type: ignore[arg-type]
