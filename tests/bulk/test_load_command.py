"""`knoop load`, as a user runs it."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.access import add_source
from service.cli import app
from service.errors import (
    BulkLoadError,
    ConflictError,
    EmbeddedError,
    ImportFileError,
    NotFoundError,
)
from service.identity.publishing import publish
from service.identity.rules import load_rules
from service.store.migrations import migrate
from tests.bulk.place import Place
from tests.bulk.whole_graph import read_whole

MAPPING = """
[constants]
type = "track"
event = "Order Completed"

[columns]
Customer = "userId"
Mail = "traits.email"
Total = { to = "properties.total", as = "number" }
At = "timestamp"
"""
TABLE = (
    "Customer,Mail,Total,At\n"
    "c1,ann@example.com,29.9,2026-01-31T09:30:00Z\n"
    "c1,ann@example.com,29.9,2026-01-31T09:30:00Z\n"
    ",,3,2026-01-31T09:30:00Z\n"
    "c2,bob@example.com,free,2026-01-31T09:30:00Z\n"
    "c2,bob@example.com,12,2026-02-01T09:30:00Z\n"
)
_EMPTY = "MATCH (n) DETACH DELETE n"
_CONSTRAINT = "CREATE CONSTRAINT own FOR (e:Event) REQUIRE (e.type, e.name) IS UNIQUE"
_TOTALS = "MATCH (e:Event) RETURN e.by AS by, e.total AS total ORDER BY by"


async def _run(place: Place, *words: str, **environment: str) -> Any:
    own = {"KNOOP_HOME": str(place.settings.home), "COLUMNS": "500", **environment}
    own |= {"KNOOP_NEO4J_BOLT_PORT": "0", "KNOOP_NEO4J_HTTP_PORT": "0"}
    return await asyncio.to_thread(CliRunner(env=own).invoke, app, ["load", *words])


@pytest.mark.timeout(1800)
async def test_an_empty_graph_is_loaded_once_and_else_stays_as_it_is(
    place: Place, tmp_path: Path
) -> None:
    async with place.graph() as graph:
        await graph.run(_EMPTY)
        await migrate(graph)
        await publish(graph, load_rules())
        await add_source(graph, "till", channel="store")
        empty = await read_whole(graph)
    table, mapping, damaged = (tmp_path / name for name in ("t.csv", "m.toml", "d.jsonl.gz"))
    table.write_text(TABLE)
    mapping.write_text(MAPPING)
    damaged.write_bytes(gzip.compress(b'{"type": "page", "userId": "u"}\n' * 9_000)[:-20])
    told = f"till={table}@{mapping}"

    unknown = await _run(place, f"nobody={table}@{mapping}")
    assert isinstance(unknown.exception, NotFoundError)
    broken = await _run(place, told, f"till={damaged}")
    assert isinstance(broken.exception, ImportFileError)
    async with place.graph() as graph:
        assert (await read_whole(graph)).nodes == empty.nodes
        inside = await _run(place, told)
        await graph.run(_CONSTRAINT)
    assert isinstance(inside.exception, EmbeddedError)
    against = await _run(place, told)
    assert isinstance(against.exception, BulkLoadError)
    assert "the graph does not keep CREATE CONSTRAINT `own` " in str(against.exception)
    assert not (place.settings.home / "neo4j" / "loading").exists()
    async with place.graph() as graph:
        assert (await read_whole(graph)).nodes == empty.nodes
        await graph.run("DROP CONSTRAINT own")

    loaded = await _run(place, told)
    assert "5 read, 2 new, 1 repeated, 2 rejected\n" in loaded.stdout
    assert loaded.exit_code == 1
    rejects = [json.loads(line) for line in table.with_name("t.csv.rejects.jsonl").open()]
    assert [(one["line"], one["reason"]) for one in rejects] == [
        (
            4,
            "userId: is missing; name a person by userId, anonymousId or context.externalIds",
        ),
        (5, "column Total (properties.total): is not a number"),
    ]
    async with place.graph() as graph:
        assert await graph.run(_TOTALS) == [
            {"by": "user_id:c1", "total": 29.9},
            {"by": "user_id:c2", "total": 12},
        ]
        there = await read_whole(graph)
    again = await _run(place, told)
    assert isinstance(again.exception, ConflictError)
    assert "holds messages already" in str(again.exception)
    async with place.graph() as graph:
        assert (await read_whole(graph)).nodes == there.nodes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["t.jsonl"], "say whose messages it has, as in web_shop=t.jsonl"),
        (["web=nowhere.jsonl"], "nowhere.jsonl is not a file that exists"),
        (["web=t.csv"], "t.csv needs a mapping: web=t.csv@MAPPING"),
        (["web=t.jsonl@m.toml"], "JSON Lines are messages, and need no mapping"),
        (["web=t.odd"], "its name does not say what is in it"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    for name in ("t.jsonl", "t.csv", "t.odd"):
        (tmp_path / name).write_text("")
    (tmp_path / "m.toml").write_text(MAPPING)
    monkeypatch.chdir(tmp_path)
    told = CliRunner(env={"KNOOP_HOME": str(tmp_path), "COLUMNS": "500"}).invoke(
        app, ["load", *words]
    )
    assert told.exit_code in (1, 2)
    assert said in f"{told.output} {told.exception}"


def test_another_neo4j_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "service", "load", f"web={tmp_path / 't.jsonl'}"],
        env={"KNOOP_NEO4J_URI": "bolt://127.0.0.1:1", "KNOOP_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "only knoop's own Neo4j can be loaded" in done.stderr
