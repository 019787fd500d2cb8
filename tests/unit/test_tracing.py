"""Where traces go is OpenTelemetry's environment to say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from service import tracing
from service.errors import SettingsError

TELL = """
from service.tracing import exporting, is_on, procedure_span
with exporting():
    with procedure_span("profile"):
        print(is_on())
"""
# As when the extra is not installed.
WITHOUT = "import sys; sys.modules['opentelemetry.sdk'] = None; "


@contextmanager
def _collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """What spans are sent to: its address, and the paths and bodies that came."""
    came: list[tuple[str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            came.append((self.path, self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _tell(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", text],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_spans_are_sent_to_the_endpoint_and_the_last_ones_at_the_end() -> None:
    with _collector() as (url, came):
        done = _tell(TELL, OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert (done.stdout, done.stderr) == ("True\n", "")
    [(path, body)] = came
    assert path == "/v1/traces"
    assert b"knoop.profile" in body


@pytest.mark.parametrize(
    "off",
    [
        {},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    ],
)
def test_nothing_is_sent_unless_somebody_wants_it(off: dict[str, str]) -> None:
    with _collector() as (url, came):
        wanted = {"OTEL_EXPORTER_OTLP_ENDPOINT": url} if off else {}
        done = _tell(WITHOUT + TELL, **wanted | off)
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert not came


def test_what_is_missing_is_told_with_a_remedy() -> None:
    done = _tell(WITHOUT + TELL, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert "pip install 'knoop[tracing]'" in done.stderr


def test_another_protocol_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with (
        pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_PROTOCOL: is grpc"),
        tracing.exporting(),
    ):
        pytest.fail("it began")
