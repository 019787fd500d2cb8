"""`knoop next` and `knoop learn`, as a user runs them, on a real graph."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.embedded import Server
from service.errors import ConflictError, InvalidQueryError, KnoopError, NotFoundError
from service.store.graph import Graph
from tests.integration.conftest import Sender
from tests.integration.lately import PEOPLE, accept, happen, visit

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(graph: Graph, web: Sender, neo4j_server: Server, tmp_path: Path) -> Run:
    environment = {
        "KNOOP_HOME": str(tmp_path / "home"),
        "KNOOP_AUDIT_LOG": str(tmp_path / "audit.jsonl"),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        "COLUMNS": "100",
    }
    await happen(web)
    await accept(web, visit(0.001, "new", "cpc"))
    assert await graph.run("MATCH (l:Learned) RETURN l") == []

    async def run(*words: object) -> Any:
        arguments = list(map(str, words))
        return await asyncio.to_thread(CliRunner(env=environment).invoke, app, arguments)

    return run


def _rows(stdout: str) -> list[list[str]]:
    lines = [line for line in stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


async def test_first_one_learns_and_then_one_asks(run: Run) -> None:
    outcome = await run("next", "user_id:new")
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert outcome.stderr == "Nothing was learned yet; run: knoop learn\n"

    outcome = await run("learn")
    assert outcome.stderr == f"Learned from {PEOPLE + 1} people, over 13 months.\n"

    outcome = await run("next", "user_id:new", "--within-days", "30")
    mail, direct, bought, *moments = _rows(outcome.stdout)
    assert (mail[0], mail[2]) == ("email", f"{PEOPLE}")
    assert (direct[0], direct[2]) == ("direct", "0")  # That came after mails alone.
    assert bought[:2] == ["Order Completed", "30 days"]
    assert all(cell.endswith("%") for cell in (mail[1], direct[1], *bought[2:]))
    [reach] = moments
    assert (reach[0], reach[4], reach[5]) == ("email", "1", f"{PEOPLE}")
    assert f"next touchpoint: paid_search just now, seen {PEOPLE} times" in outcome.stderr

    outcome = await run("next", "user_id:new", "--first", "1", "--channel", "push")
    assert [row[0] for row in _rows(outcome.stdout)] == ["email", "Order Completed"]


async def test_all_months_are_learned_anew_if_wanted(run: Run) -> None:
    await run("learn")
    assert "over 13 months" not in (await run("learn")).stderr
    assert "over 13 months" in (await run("learn", "--anew")).stderr


async def test_where_somebody_else_learns_it_says_so(run: Run, graph: Graph) -> None:
    await graph.run(
        "CREATE (:Learner {name: 'next_step', holder: 'another', "
        "until: datetime() + duration({minutes: 1})})"
    )
    outcome = await run("learn")
    assert isinstance(outcome.exception, ConflictError)
    assert "somebody else is learning" in str(outcome.exception)


@pytest.mark.parametrize(
    ("given", "kind", "error"),
    [
        (("user_id:nobody",), NotFoundError, "nobody is known by user_id:nobody"),
        (("user_id:new", "--first", "0"), InvalidQueryError, "--first: is 0; ask for 1 to 500"),
        (("user_id:new", "--within-days", "91"), InvalidQueryError, "withinDays: is 91"),
        (("user_id:new", "--conversion", "x"), InvalidQueryError, "conversions: x is not predict"),
    ],
)
async def test_what_cannot_be_is_told(
    run: Run, given: tuple[str, ...], kind: type[KnoopError], error: str
) -> None:
    await run("learn")
    outcome = await run("next", *given)
    assert type(outcome.exception) is kind
    assert str(outcome.exception).startswith(error)


async def test_who_asks_about_a_person_is_on_record(run: Run, graph: Graph, tmp_path: Path) -> None:
    await run("learn")
    await run("next", "user_id:new")
    [line] = (tmp_path / "audit.jsonl").read_text().splitlines()
    told = json.loads(line)
    [row] = await graph.run(
        "MATCH (:Identifier {key: 'user_id:new'})-[:IDENTIFIES]->(p) RETURN p.id AS id"
    )
    assert (told["action"], told["field"], told["profiles"]) == ("read", "next", [row["id"]])
