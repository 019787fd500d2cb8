"""A load that is killed leaves nobody at work, and the next one makes the right graph."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from service.access import add_source
from service.identity.publishing import publish
from service.identity.rules import load_rules
from service.store.migrations import migrate
from tests.bulk.place import Place

_COUNT = "MATCH (e:Event) RETURN count(e) AS events, count(DISTINCT e.by) AS people"
# Two pieces, the second of which is short: it is done while the first is being parsed.
_LINES = 36_000
_NOTE = "x" * 400
_PEOPLE = 1_000


def _start(place: Place, path: Path, log: Path) -> subprocess.Popen[bytes]:
    own = {"KNOOP_HOME": str(place.settings.home)}
    own |= {"KNOOP_NEO4J_BOLT_PORT": "0", "KNOOP_NEO4J_HTTP_PORT": "0"}
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "service", "load", f"web={path}"],
            env={**os.environ, **own},
            stdout=said,
            stderr=said,
        )


def _until(is_so: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.timeout(600)
async def test_a_load_that_is_killed_while_it_parses(place: Place, tmp_path: Path) -> None:
    async with place.graph() as graph:
        await graph.run("MATCH (n) DETACH DELETE n")
        await migrate(graph)
        await publish(graph, load_rules())
        await add_source(graph, "web", channel="web")
    path = tmp_path / "m.jsonl"
    with path.open("w") as file:
        for number in range(_LINES):
            when = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
            file.write(
                f'{{"type": "track", "event": "Seen", "userId": "u{number % _PEOPLE}", '
                f'"messageId": "m{number}", "timestamp": "{when}", '
                f'"properties": {{"note": "{_NOTE}"}}}}\n'
            )
    loading = place.settings.home / "neo4j" / "loading"

    for kill, is_left in ((signal.SIGTERM, False), (signal.SIGKILL, True)):
        with _start(place, path, tmp_path / "said") as load:
            try:
                assert _until(lambda: [*loading.glob("files-*/messages-*.parquet")], 120)
                started = psutil.Process(load.pid).children(recursive=True)
                assert len(started) > 1
                load.send_signal(kill)
                assert load.wait(60)
            finally:
                load.kill()
        _, alive = psutil.wait_procs(started, 10)
        assert alive == []
        assert loading.exists() == is_left

    load = _start(place, path, tmp_path / "said")
    assert load.wait(300) == 0, (tmp_path / "said").read_text()
    assert not loading.exists()
    async with place.graph() as graph:
        assert await graph.run(_COUNT) == [{"events": _LINES, "people": _PEOPLE}]
