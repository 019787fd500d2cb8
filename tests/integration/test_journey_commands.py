"""`knoop journey` and `knoop attribution`, as a user runs them, on a real graph."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner

from service.cli import app
from service.embedded import Server
from service.errors import KnoopError, NotFoundError, SettingsError
from service.store.graph import Graph
from tests.seeding import add_web_source, send

Run = Callable[..., Awaitable[Any]]


def _page(message_id: str, day: int, medium: str | None = None) -> dict[str, Any]:
    campaign = {"source": "bing", "medium": medium, "name": "spring"} if medium else {}
    return {
        "type": "page",
        "name": "Home",
        "messageId": message_id,
        "userId": "u1",
        "timestamp": f"2026-05-{day:02}T12:00:00Z",
        "context": {"campaign": campaign},
    }


def _order(message_id: str, day: int, total: float) -> dict[str, Any]:
    return _page(message_id, day) | {
        "type": "track",
        "event": "Order Completed",
        "properties": {"total": total},
        "timestamp": f"2026-05-{day:02}T12:10:00Z",
    }


@pytest.fixture
def environment(neo4j_server: Server, tmp_path: Path) -> dict[str, str]:
    return {
        "KNOOP_HOME": str(tmp_path / "home"),
        "KNOOP_AUDIT_LOG": str(tmp_path / "audit.jsonl"),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        "COLUMNS": "100",
    }


@pytest.fixture
async def run(graph: Graph, environment: dict[str, str]) -> Run:
    await add_web_source(graph)
    await send(graph, _page("m1", 1, "cpc"), _page("m2", 3), _order("m3", 3, 30))

    async def run(*words: object) -> Any:
        arguments = list(map(str, words))
        return await asyncio.to_thread(CliRunner(env=environment).invoke, app, arguments)

    return run


def _rows(stdout: str) -> list[list[str]]:
    lines = [line for line in stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


async def test_a_journey_is_drawn_session_by_session(run: Run) -> None:
    outcome = await run("journey", "user_id:u1")
    assert outcome.stdout.splitlines() == [
        "user_id:u1",
        "├── 2026-05-01 12:00  paid_search  bing / cpc / spring",
        "│   └── 12:00:00  Home",
        "└── 2026-05-03 12:00  direct",
        "    ├── 12:00:00  Home",
        "    └── 12:10:00  Order Completed",
    ]
    outcome = await run("journey", "user_id:u1", "--until", "2026-05-02")
    assert len(outcome.stdout.splitlines()) == 3


async def test_of_a_long_session_the_beginning_and_the_end_are_drawn(
    run: Run, graph: Graph
) -> None:
    page = _page("", 9)
    for n in range(20):
        at = f"2026-05-09T12:{n:02}:00Z"
        await send(graph, page | {"messageId": f"n{n}", "timestamp": at})
    outcome = await run("journey", "user_id:u1", "--since", "2026-05-09")
    drawn = [line.strip("├└─│ ").split()[0] for line in outcome.stdout.splitlines()[2:]]
    first, last = [f"12:{n:02}:00" for n in range(6)], [f"12:{n:02}:00" for n in range(14, 20)]
    assert drawn == [*first, "…", *last]


async def test_models_stand_side_by_side(run: Run) -> None:
    models = ("--model", "first_touch", "--model", "position_based:first=0.25,last=0.75")
    outcome = await run(
        "attribution", "--conversion", "Order Completed", "--value", "total", *models
    )
    assert _rows(outcome.stdout) == [
        ["paid_search", "1.0", "0.2"],
        ["direct", "0.0", "0.8"],
        ["paid_search", "30.0", "7.5"],
        ["direct", "0.0", "22.5"],
    ]


@pytest.mark.parametrize("end", [".csv", ".parquet"])
async def test_credits_are_written_to_a_file(run: Run, tmp_path: Path, end: str) -> None:
    file = tmp_path / f"credits{end}"
    given = ("--conversion", "Order Completed", "--model", "last_touch", "--by", "source")
    assert (await run("attribution", *given, "--value", "total", "-o", file)).exit_code == 0
    table = csv.read_csv(file) if end == ".csv" else parquet.read_table(file)
    assert table.to_pylist() == [
        {"model": "last_touch", "source": "bing", "conversions": 0.0, "value": 0.0},
        {"model": "last_touch", "source": "web", "conversions": 1.0, "value": 30.0},
    ]


@pytest.mark.parametrize(
    ("where", "conversions"),
    [("total>=30", 1), ("total<30", 0), ("total=30", 1), ("type=track", 1), ("source=till", 0)],
)
async def test_conditions_choose_the_conversions(run: Run, where: str, conversions: int) -> None:
    given = ("--conversion", "Order Completed", "--model", "last_touch", "--where", where)
    outcome = await run("attribution", *given)
    assert bool(_rows(outcome.stdout)) == bool(conversions)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (("--model", "best"), "--model: best is none of first_touch"),
        (("--model", "markov:depth=2"), "--model: markov has order, and not depth"),
        (("--model", "linear:order=2"), "--model: linear has no parameters, and not order"),
        (("--model", "markov:order=two"), "--model: order of markov is no number"),
        (("--where", "total"), "--where: total is none of NAME=VALUE"),
        (("--transform", "sorted"), "transform: sorted is none of without_direct"),
        (("-o", "credits.xls"), "--output: credits.xls is neither .csv nor .parquet"),
        (("--lookback-days", "0"), "lookbackDays: is 0"),
    ],
)
async def test_what_cannot_be_is_told(run: Run, given: tuple[str, ...], error: str) -> None:
    outcome = await run("attribution", "--conversion", "Order Completed", *given)
    assert isinstance(outcome.exception, KnoopError)
    assert str(outcome.exception).startswith(error)


async def test_of_nobody_there_is_no_journey(run: Run) -> None:
    outcome = await run("journey", "user_id:nobody")
    assert isinstance(outcome.exception, NotFoundError)
    assert str(outcome.exception).startswith("nobody is known by user_id:nobody")


async def test_who_looks_at_a_journey_or_makes_a_key_is_on_record(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    await run("journey", "user_id:u1")
    key = (await run("key", "add", "me", "--scope", "admin")).stdout.strip()
    await run("source", "revoke", "web")
    text = (tmp_path / "audit.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    [row] = await graph.run("MATCH (p:Profile) RETURN p.id AS id")
    assert [(one["action"], one["field"], one.get("node"), one["profiles"]) for one in lines] == [
        ("read", "journey", None, [row["id"]]),
        ("write", "key add", "me", []),
        ("write", "source revoke", "web", []),
    ]
    assert all(one["actor"].startswith("command:") for one in lines)
    assert key not in text
    assert "u1" not in text


async def test_a_key_is_not_made_where_that_cannot_be_recorded(
    run: Run, graph: Graph, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["KNOOP_AUDIT_LOG"] = str(tmp_path)
    outcome = await run("key", "add", "me", "--scope", "admin")
    assert isinstance(outcome.exception, SettingsError)
    assert not await graph.run("MATCH (k:ApiKey {name: 'me'}) RETURN k.name")
