"""However often an import is stopped, and wherever, the graph is as if it never had been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.access import Source
from service.identity.rules import load_rules
from service.ingest.files.checkpoint import Checkpoint, Progress
from service.ingest.files.importing import Importer, ImportFile
from service.ingest.files.rejects import Rejects
from service.ingest.files.table import Format
from service.store.graph import Graph
from tests.cleaning import clean
from tests.seeding import add_web_source

RULES = load_rules()
BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
TILL = Source("web", "web")

_EVENTS = """
MATCH (e:Event)
OPTIONAL MATCH (e)-[b:BY|NAMES]->(i)
WITH e, type(b) + i.key AS named ORDER BY named
RETURN e.message_id AS id, toString(e.at) AS at, collect(named) AS names ORDER BY id
"""
_LINKS = """
MATCH (a:Identifier)-[s:SEEN_WITH]->(b)
RETURN a.key AS a, b.key AS b, s.count AS count, toString(s.last_seen) AS last ORDER BY a, b
"""
_PROFILES = """
MATCH (i:Identifier)-[:IDENTIFIES]->(p)
WITH p, i.key AS key ORDER BY key
WITH p, collect(key) AS keys RETURN keys ORDER BY keys
"""

_lines = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"userId": st.sampled_from(["u1", "u2", "u3"])},
            optional={
                "anonymousId": st.sampled_from(["a1", "a2"]),
                "traits": st.sampled_from([{"email": "x@example.com"}, {"email": "y@example.com"}]),
                "timestamp": st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
                "messageId": st.sampled_from(["m1", "m2"]),
            },
        ).map(lambda body: orjson.dumps({"type": "identify", **body})),
        st.sampled_from([b"", b"nonsense", b'{"type": "identify"}']),
    ),
    min_size=1,
    max_size=9,
)


class _KilledError(Exception):
    """The process is gone."""


class _Killing:
    """Notes progress, and dies at one commit: before or after it is noted."""

    def __init__(self, checkpoint: Checkpoint, at: int | None, *, noted: bool) -> None:
        self._checkpoint = checkpoint
        self._left = at
        self._noted = noted

    def __call__(self, progress: Progress) -> None:
        dies = self._left == 0
        if not dies or self._noted:
            self._checkpoint.write(progress)
        if dies:
            raise _KilledError
        self._left = None if self._left is None else self._left - 1


async def _import(
    graph: Graph, path: Path, at: int | None = None, *, noted: bool = True
) -> Progress:
    """Import, or be killed at commit number `at`, of which the first comes before all."""
    checkpoint = Checkpoint(path.parent, path, "web")
    importer = Importer(
        graph, RULES, TILL, lambda *_: None, lambda _: pytest.fail("it was there"), rows_at_once=2
    )
    progress = await importer.find_progress(checkpoint)
    if progress.position.rows == 0:
        progress = Progress(began_at=BEGAN)
    if progress.done:
        return progress
    rejects = Rejects(path.with_name("rejects"), path.name)
    rejects.take_back(progress.last_line)
    try:
        return await importer.run(
            ImportFile(str(path), Format.JSONL),
            progress,
            rejects,
            _Killing(checkpoint, at, noted=noted),
        )
    finally:
        rejects.close()


async def _all(graph: Graph, path: Path) -> list[Any]:
    rejects = path.with_name("rejects")
    return [
        *[await graph.run(query) for query in (_EVENTS, _LINKS, _PROFILES)],
        rejects.read_bytes() if rejects.exists() else b"",
    ]


async def _empty(graph: Graph) -> None:
    await clean(graph)
    await add_web_source(graph)


def _new_file(lines: list[bytes]) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.jsonl"
        path.write_bytes(b"\n".join(lines))
        yield path


@pytest.mark.timeout(900)
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    lines=_lines,
    kills=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=3),
)
async def test_an_import_that_is_stopped_anywhere_and_repeated_is_as_one_at_once(
    migrated: Graph, lines: list[bytes], kills: list[tuple[int, bool]]
) -> None:
    for path in _new_file(lines):
        await _empty(migrated)
        once = await _import(migrated, path)
        expected = await _all(migrated, path)
    for path in _new_file(lines):
        await _empty(migrated)
        for at, noted in kills:
            try:
                await _import(migrated, path, at, noted=noted)
            except _KilledError:
                continue
        stopped = await _import(migrated, path)
        assert await _all(migrated, path) == expected
        assert (stopped.totals.read, stopped.totals.rejected) == (
            once.totals.read,
            once.totals.rejected,
        )
        assert stopped.totals.new <= once.totals.new
        # As if it had never been seen: the note is gone, and the graph is not.
        Checkpoint(path.parent, path, "web").forget()
        again = await _import(migrated, path)
        assert await _all(migrated, path) == expected
        assert again.totals.new == 0
