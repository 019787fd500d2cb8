"""The audit log: who read or changed what of whom, and that nothing is told without it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.access import Scope, add_key
from service.api.app import build_app
from service.audit import AuditLog, Entry
from service.errors import SettingsError, UnavailableError
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.test_graphql_by_hand import LINK, SEPARATE, WITHDRAW, named

ID = """
query Whose($user: String!) {
  profile(identifier: {namespace: "user_id", value: $user}) { id }
}"""

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(audit_log: Path) -> Lines:
    """What is added while the test runs."""
    begin = audit_log.stat().st_size if audit_log.exists() else 0

    def added() -> list[dict[str, Any]]:
        with audit_log.open("rb") as log:
            log.seek(begin)
            return [json.loads(line) for line in log]

    return added


async def _id(reader: Reader, user: str) -> str:
    id_: str = (await reader.ask(ID, user=user))["profile"]["id"]
    return id_


async def test_every_way_to_a_person_is_on_record_with_who_and_whom(
    web: Sender, reader: Reader, lines: Lines
) -> None:
    await web.batch(
        {"type": "group", "userId": "7", "groupId": "acme"},
        {"type": "group", "userId": "8", "groupId": "acme", "messageId": "m8"},
    )
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    assert lines() == []  # A message is its own record.
    ann, bo = await _id(reader, "7"), await _id(reader, "8")
    first = lines()[0]
    assert first.pop("at").endswith("Z")
    assert first == {
        "actor": "key:tests",
        "from": "127.0.0.1",
        "action": "read",
        "field": "profile",
        "operation": "Whose",
        "profiles": [ann],
    }
    both = sorted((ann, bo))
    two = 'a: {namespace: "user_id", value: "7"}, b: {namespace: "user_id", value: "8"}'
    edges = "edges { node { id } }"
    asked = {
        f'{{ profile(id: "{ann}") {{ id }} }}': [("profile", [ann])],
        f'{{ node(id: "{ann}") {{ id }} }}': [("node", [ann])],
        f"{{ profiles {{ {edges} }} }}": [("profiles", both)],
        f'{{ profile(id: "{ann}") {{ accounts {{ members {{ {edges} }} }} }} }}': [
            ("profile", [ann]),
            ("members", [ann]),
            ("members", both),
        ],
        f"{{ explain({two}) {{ summary profiles {{ id }} }} }}": [
            ("explain", both),
            *(("profiles", [id_]) for id_ in both),
        ],
        '{ whoWas(identifier: {namespace: "user_id", value: "7"}, at: "2999-01-01") { id } }': [
            ("whoWas", [ann])
        ],
        '{ profile(id: "nobody") { id } node(id: "nobody") { id } }': [],
    }
    for query, expected in asked.items():
        before = len(lines())
        await reader.ask(query)
        told = [(line["field"], sorted(line["profiles"])) for line in lines()[before:]]
        assert sorted(told) == sorted(expected), query
    node = (await reader.ask(f'{{ profile(id: "{bo}") {{ touchpoints {{ {edges} }} }} }}'))[
        "profile"
    ]["touchpoints"]["edges"][0]["node"]["id"]
    await reader.ask("query($id: ID!) { node(id: $id) { id } }", id=node)
    assert (lines()[-1]["field"], lines()[-1]["node"]) == ("node", node)
    assert "ann@example.com" not in json.dumps(lines())


async def test_every_write_is_on_record_with_its_change(
    web: Sender, reader: Reader, lines: Lines
) -> None:
    await web.batch(*({"type": "page", "userId": user} for user in "78"))
    await web.accept("page", {"anonymousId": "c"})
    pair = {"a": named("user_id:7"), "b": named("anonymous_id:c")}
    linked = (await reader.ask(LINK, **pair))["result"]
    await reader.ask(WITHDRAW, id=linked["change"]["changeId"])
    await reader.ask(SEPARATE, **pair)
    writes = [line for line in lines() if line["action"] == "write"]
    assert [(line["field"], len(line["profiles"])) for line in writes] == [
        ("linkIdentifiers", 1),
        ("withdraw", 2),
        ("separateIdentifiers", 2),
    ]
    assert writes[0]["change"] == linked["change"]["changeId"]
    assert {line["actor"] for line in writes} == {"key:tests"}


async def test_who_sees_masks_reads_nobodys_data(
    client: httpx.AsyncClient, graph: Graph, web: Sender, reader: Reader, lines: Lines
) -> None:
    await web.accept("page", {"userId": "7"})
    id_ = await _id(reader, "7")
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    before = lines()
    query = "query($id: ID!) { profile(id: $id) { identifiers { value } } }"
    assert (await narrow.ask(query, id=id_))["profile"]
    assert lines() == before


async def test_what_cannot_be_recorded_is_not_told(
    graph: Graph, rules: Rules, web: Sender, api_key: str, tmp_path: Path
) -> None:
    await web.accept("page", {"userId": "7"})
    path = tmp_path / "audit.jsonl"
    app: FastAPI = build_app(graph, rules, Settings(audit_log=path))
    path.unlink()
    path.mkdir()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        answer = (await Reader(client, api_key).post(ID, user="7")).json()
        assert answer["data"] == {"profile": None}
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "unavailable"
        assert error["message"].startswith("the audit log cannot be written")
        path.rmdir()  # When it can be written again it is.
        assert (await Reader(client, api_key).ask(ID, user="7"))["profile"]
    assert len(path.read_text().splitlines()) == 1


def test_a_log_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"KNOOP_AUDIT_LOG: .* cannot be written"):
        AuditLog(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="KNOOP_AUDIT_LOG"):
        AuditLog(tmp_path / "file" / "audit.jsonl")
    with pytest.raises(UnavailableError, match="No space left"):
        AuditLog(Path("/dev/full")).record(_entry(0))


def test_nobody_else_may_read_it_and_it_may_be_moved_away(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "new" / "audit.jsonl")
    path = tmp_path / "new" / "audit.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    log.record(_entry(1))
    path.rename(tmp_path / "old")
    log.record(_entry(2))
    assert [json.loads(one.read_text())["profiles"] for one in (tmp_path / "old", path)] == [
        ["1"] * 500,
        ["2"] * 500,
    ]


async def test_lines_of_several_writers_are_whole(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path / "audit.jsonl") for _ in range(8)]

    def write(number: int) -> None:
        for _ in range(50):
            logs[number].record(_entry(number))

    with ThreadPoolExecutor(len(logs)) as pool:
        await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(pool, write, n) for n in range(len(logs)))
        )
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert len(lines) == 400
    assert all(len(set(line["profiles"])) == 1 for line in lines)


def _entry(number: int) -> Entry:
    """A long one: a page of profiles."""
    return Entry(
        actor="key:a", address=None, action="read", field="profiles", profiles=[str(number)] * 500
    )
