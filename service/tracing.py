"""Traces, by OpenTelemetry: a span for each request, and in it one for each procedure.

Next to nothing is done until OpenTelemetry was told where spans go: by the environment
(`exporting`), or by a program that runs this one. In spans are names, numbers and codes, never
what was sent, asked or found; so no exception's text either, which may quote it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode

from service import __version__
from service.errors import SettingsError

_NAME = "knoop"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
_NOWHERE = frozenset({trace.ProxyTracerProvider, trace.NoOpTracerProvider})


@contextmanager
def exporting() -> Iterator[None]:
    """Send spans where `OTEL_EXPORTER_OTLP_ENDPOINT` says, while the block runs.

    Raises:
        SettingsError: it is set, and spans cannot be sent.
    """
    if is_on() or not _is_wanted(os.environ):
        yield
        return
    try:  # An extra: most do without.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends traces is not installed: "
            "pip install 'knoop[tracing]', or unset it"
        ) from None
    os.environ.setdefault("OTEL_SERVICE_NAME", _NAME)
    provider = TracerProvider(resource=Resource.create({"service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()  # Sends what is left.


def _is_wanted(environment: Mapping[str, str]) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    if not any(environment.get(name) for name in _ENDPOINTS):
        return False
    for name in _PROTOCOLS:
        if environment.get(name, _PROTOCOL) != _PROTOCOL:
            raise SettingsError(f"{name}: is {environment[name]}; knoop can send {_PROTOCOL}")
    return True


def is_traced() -> bool:
    """Whether what is done now is part of a trace that somebody wants."""
    return trace.get_current_span().is_recording()


def is_on() -> bool:
    """Whether somebody wants spans. It takes longer to find out than `is_traced`."""
    return type(trace.get_tracer_provider()) not in _NOWHERE


@contextmanager
def span(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, str | int],
    *,
    within: Context | None = None,
    links: Iterable[Link] = (),
) -> Iterator[Span]:
    """Have one while the block runs; if that fails, it says so, and the kind of error."""
    with trace.get_tracer(_NAME, __version__).start_as_current_span(
        name,
        within,
        kind,
        dict(attributes),
        list(links),
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_attribute("error.type", getattr(error, "code", "") or type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise


@contextmanager
def procedure_span(procedure: str) -> Iterator[Span]:
    """Have one for a call of a procedure."""
    told = {"db.system.name": "neo4j", "db.stored_procedure.name": procedure}
    with span(f"{_NAME}.{procedure}", SpanKind.CLIENT, told) as current:
        yield current


@contextmanager
def commit_span(senders: Iterable[Context], messages: int) -> Iterator[None]:
    """Have one for a commit that many wait for: in the first one's trace, linked to the others'."""
    traced = {
        found.get_span_context().span_id: (one, Link(found.get_span_context()))
        for one in {id(one): one for one in senders}.values()
        if (found := trace.get_current_span(one)).is_recording()
    }
    if not traced:
        yield
        return
    (within, _), *others = traced.values()
    links = [link for _, link in others]
    told = {"knoop.messages": messages}
    with span(f"{_NAME} commit", SpanKind.INTERNAL, told, within=within, links=links):
        yield
