"""`knoop import`, as a user runs it, into a real graph."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from service.access import add_source
from service.cli import app
from service.embedded import Server
from service.errors import ConflictError, ImportFileError, KnoopError, NotFoundError
from service.store.graph import Graph

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
IMPORTED = "5 read, 2 new, 1 repeated, 2 rejected, 0 dead letters\n"
PROFILES = [["email:ann@example.com", "user_id:c1"], ["email:bob@example.com", "user_id:c2"]]

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
def environment(neo4j_server: Server, tmp_path: Path) -> dict[str, str]:
    return {
        "KNOOP_HOME": str(tmp_path / "home"),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        "COLUMNS": "500",
    }


@pytest.fixture
async def run(graph: Graph, environment: dict[str, str], tmp_path: Path) -> Run:
    await add_source(graph, "till", channel="store")
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "t.csv").write_text(TABLE)

    async def run(*words: object, given: bytes | None = None) -> Any:
        arguments = ["import", *map(str, words)]
        return await asyncio.to_thread(
            CliRunner(env=environment).invoke, app, arguments, input=given
        )

    return run


async def _profiles(graph: Graph) -> list[list[str]]:
    rows = await graph.run(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(p) WITH p, i.key AS key ORDER BY key "
        "WITH p, collect(key) AS keys RETURN keys ORDER BY keys"
    )
    return [row["keys"] for row in rows]


async def test_a_table_is_imported_once_its_bad_rows_kept_and_then_known(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    table, rejects = tmp_path / "t.csv", tmp_path / "t.csv.rejects.jsonl"
    words = (table, "--source", "till", "--mapping", tmp_path / "m.toml")
    done = await run(*words)
    assert (done.exit_code, done.stdout) == (1, f"{table}: {IMPORTED}")
    kept = rejects.read_bytes()
    assert [json.loads(line) for line in kept.splitlines()] == [
        {
            "file": str(table),
            "line": 4,
            "reason": "userId: is missing; name a person by userId, anonymousId or "
            "context.externalIds",
            "row": ",,3,2026-01-31T09:30:00Z",
        },
        {
            "file": str(table),
            "line": 5,
            "reason": "column Total (properties.total): is not a number",
            "row": "c2,bob@example.com,free,2026-01-31T09:30:00Z",
        },
    ]
    assert rejects.stat().st_mode & 0o077 == 0
    assert await _profiles(graph) == PROFILES
    [row] = await graph.run("MATCH (e:Event) RETURN sum(e.total) AS sum, min(e.channel) AS by")
    assert (row["sum"], row["by"]) == (41.9, "store")
    again = await run(*words)
    assert (again.exit_code, again.stdout) == (1, done.stdout)
    assert "was imported before" in again.stderr
    third = await run(*words, "--restart")
    assert third.stdout == f"{table}: 5 read, 0 new, 3 repeated, 2 rejected, 0 dead letters\n"
    assert rejects.read_bytes() == kept
    # A note of another graph does not count.
    await graph.run("MATCH (e:Event) DETACH DELETE e")
    assert (await run(*words)).stdout == done.stdout


async def test_each_format_and_packing_gives_the_same_people(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    mapping = ("--source", "till", "--mapping", tmp_path / "m.toml")
    packed = tmp_path / "p.csv.gz"
    packed.write_bytes(gzip.compress(TABLE.encode()))
    assert IMPORTED in (await run(packed, *mapping)).stdout
    at = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    columns = {"Customer": ["c1"], "Mail": ["ann@example.com"], "Total": [29.9], "At": [at]}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    done = await run(tmp_path / "t.parquet", *mapping)
    assert (done.exit_code, done.stdout.partition(": ")[2]) == (
        0,
        "1 read, 0 new, 1 repeated, 0 rejected, 0 dead letters\n",
    )
    bad = ("--rejects", tmp_path / "bad.jsonl")
    for times in (1, 2):  # Nobody knows whether it is the same: nothing is taken out.
        given = await run("-", "--format", "csv", *mapping, *bad, given=TABLE.encode())
        assert "5 read, 0 new, 3 repeated, 2 rejected" in given.stdout
        assert len((tmp_path / "bad.jsonl").read_bytes().splitlines()) == 2 * times
    body = {
        "type": "track",
        "event": "Order Completed",
        "userId": "c1",
        "traits": {"email": "ann@example.com"},
        "properties": {"total": 29.9},
        "timestamp": "2026-01-31T09:30:00+00:00",
    }
    lines = json.dumps(body).encode() + b"\n"
    given = await run("-", "--source", "till", given=gzip.compress(lines))
    assert given.stdout == "-: 1 read, 0 new, 1 repeated, 0 rejected, 0 dead letters\n"
    assert await _profiles(graph) == PROFILES


async def test_what_is_too_large_or_damaged_is_told_with_its_line(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    good = b'{"type": "identify", "userId": "u%d"}\n'
    large = json.dumps({"type": "identify", "userId": "u", "traits": {"x": "x" * 33_000}}).encode()
    path = tmp_path / "m.jsonl"
    path.write_bytes(good % 1 + large + b"\n\xff\n" + b"[" * 50_000 + b"\n" + good % 2)
    done = await run(path, "--source", "till", "--rejects", tmp_path / "bad")
    assert "5 read, 2 new, 0 repeated, 3 rejected" in done.stdout
    told = [json.loads(line) for line in (tmp_path / "bad").read_bytes().splitlines()]
    assert [one["line"] for one in told] == [2, 3, 4]
    assert [one["reason"] for one in told][:2] == ["the message is over 32 KiB", "is not UTF-8"]
    short = tmp_path / "s.jsonl.gz"
    short.write_bytes(gzip.compress(b"".join(good % n for n in range(10, 60)), mtime=0)[:-8])
    done = await run(short, "--source", "till")
    assert isinstance(done.exception, ImportFileError)
    assert "ends too early, after line 50" in str(done.exception)
    [row] = await graph.run("MATCH (e:Event) RETURN count(*) AS events")
    assert row["events"] == 52


async def test_what_is_wrong_is_told_before_anything_is_read(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    table, mapping = tmp_path / "t.csv", tmp_path / "m.toml"
    wrong: list[tuple[tuple[object, ...], str]] = [
        ((table, "--mapping", mapping), "say --source NAME"),
        ((table, "--source", "till"), "--guess"),
        ((tmp_path / "nowhere.csv", "--source", "till"), "does not exist"),
    ]
    for words, why in wrong:
        done = await run(*words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert why in done.stderr
    refused: list[tuple[tuple[object, ...], type[KnoopError]]] = [
        ((table, "--source", "tills", "--mapping", mapping), NotFoundError),
        ((table, "--source", "till", "--mapping", table), ImportFileError),
        ((table, "--source", "till", "--mapping", mapping, "--rejects", table), ImportFileError),
    ]
    for words, error in refused:
        assert isinstance((await run(*words)).exception, error), words
    assert table.read_text() == TABLE
    await graph.run("MATCH (r:Rules) SET r.checksum = 'another'")
    done = await run(table, "--source", "till", "--mapping", mapping)
    assert isinstance(done.exception, ConflictError)
    assert await _profiles(graph) == []


async def test_a_guess_is_a_mapping_that_can_be_imported_with(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    table, mapping = tmp_path / "t.csv", tmp_path / "guessed.toml"
    assert "ann@example.com" not in (await run(table, "--guess")).stdout
    assert (await run(table, "--guess", "--mapping", mapping)).exit_code == 0
    assert isinstance(
        (await run(table, "--guess", "--mapping", mapping)).exception, ImportFileError
    )
    table.write_text(TABLE.replace("free", "4"))
    done = await run(table, "--source", "till", "--mapping", mapping)
    assert "5 read, 3 new, 1 repeated, 1 rejected" in done.stdout
    assert await _profiles(graph) == PROFILES


async def test_a_process_that_is_killed_is_gone_on_with(
    run: Run, graph: Graph, environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(
        b"".join(b'{"type": "page", "anonymousId": "a%d"}\n' % n for n in range(9_000))
    )
    words = [sys.executable, "-m", "service", "import", str(path), "--source", "till"]
    process = subprocess.Popen(  # noqa: ASYNC220
        words, env=os.environ | environment, stderr=subprocess.DEVNULL
    )
    notes = tmp_path / "home" / "imports"
    while not any(json.loads(one.read_text())["position"][0] for one in notes.glob("*.json")):
        assert process.poll() is None
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = await run(path, "--source", "till")
    assert done.exit_code == 0
    assert "goes on after row" in done.stderr
    assert "9,000 read" in done.stdout
    [row] = await graph.run("MATCH (e:Event) RETURN count(*) AS events")
    assert row["events"] == 9_000
