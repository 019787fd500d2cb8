"""`knoop up` as people use it: started in a shell, looked at, stopped by Ctrl-C, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

_PATIENCE = 180


def _environment(home: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "KNOOP_HOME": str(home),
        "KNOOP_NEO4J_BOLT_PORT": "0",
        "KNOOP_NEO4J_HTTP_PORT": "0",
        "KNOOP_NEO4J_HEAP": "256m",
        "KNOOP_NEO4J_PAGE_CACHE": "64m",
        **more,
    }


def _knoop(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        env=_environment(home, **more),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


@contextmanager
def _up(home: Path) -> Iterator[dict[str, str]]:
    """Have `knoop up` run; gives what connection.json says, and what was printed."""
    printed = home.with_suffix(".log")
    with printed.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "up", "--port", "0"],
            env=_environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while "Ctrl-C stops" not in printed.read_text():
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < deadline, printed.read_text()
            time.sleep(0.2)
        found = json.loads((home / "connection.json").read_text())
        yield {**found, "printed": printed.read_text()}
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE) == 0, printed.read_text()


def _ask(url: str, key: str, value: str) -> dict[str, Any]:
    query = """
    query ($value: String!) {
      profile(identifier: { namespace: "email", value: $value }) {
        id touchpoints { edges { node { name } } }
      }
    }
    """
    answer = httpx.post(
        f"{url}/graphql",
        json={"query": query, "variables": {"value": value}},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    profile: dict[str, Any] = answer.json()["data"]["profile"]
    return profile


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.timeout(600)
def test_what_was_sent_to_one_start_is_there_after_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _up(home) as first:
        assert {name: type(value) for name, value in first.items()} == dict.fromkeys(
            ("url", "neo4j_uri", "neo4j_user", "neo4j_password", "printed"), str
        )
        assert _mode(home / "connection.json") == 0o600
        assert _mode(home / "keys.json") == 0o600

        added = _knoop(home, "source", "add", "shop")
        assert added.returncode == 0, added.stderr
        write_key = added.stdout.strip()
        assert added.stdout == f"{write_key}\n"
        api_key = _knoop(home, "key", "add", "frontend", "--scope", "admin").stdout.strip()
        assert api_key
        assert _knoop(home, "neo4j", "status").returncode == 0
        brief = _knoop(home, "key", "add", "b", "--scope", "admin", "--expires", "2999-01-31")
        assert brief.returncode == 0, brief.stderr
        assert _knoop(home, "key", "revoke", "b").returncode == 0
        listed = [line.split("\t") for line in _knoop(home, "key", "list").stdout.splitlines()]
        assert [(one[0], one[1], one[3].split()[0] if one[3:] else "") for one in listed[:2]] == [
            ("b", "admin", "revoked"),
            ("frontend", "admin", ""),
        ]
        assert _knoop(home, "source", "list").stdout == "shop\t\t1\nweb\tweb\t1\n"
        late = _knoop(home, "key", "add", "late", "--scope", "admin", "--expires", "2020-01-31")
        assert (late.returncode, late.stdout) == (2, "")

        body = {
            "userId": "u1",
            "event": "Order Completed",
            "context": {"traits": {"email": "Ann@Example.com"}},
        }
        sent = httpx.post(f"{first['url']}/v1/track", json=body, auth=(write_key, ""), timeout=60)
        assert sent.json() == {"success": True}
        before = _ask(first["url"], api_key, "ann@example.com")
        assert before["touchpoints"]["edges"] == [{"node": {"name": "Order Completed"}}]
        again = _knoop(home, "up", "--port", "0")
        assert again.returncode == 1
        assert "Traceback" not in again.stderr

    assert not (home / "connection.json").exists()
    assert _knoop(home, "neo4j", "status").returncode == 3
    with _up(home) as second:
        assert _ask(second["url"], api_key, "ann@example.com") == before
        printed_key = json.loads((home / "keys.json").read_text())["api"]
        assert printed_key in first["printed"]
        assert printed_key in second["printed"]


def test_a_used_port_is_told_in_a_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = _knoop(tmp_path / "home", "up", "--port", str(port))
    assert answer.returncode == 1
    assert f"port {port}" in answer.stderr
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "home" / "neo4j").exists()


def test_a_command_without_a_graph_says_where_to_get_one(tmp_path: Path) -> None:
    answer = _knoop(tmp_path, "source", "add", "shop")
    assert answer.returncode == 1
    assert "knoop up" in answer.stderr
    assert "KNOOP_NEO4J_URI" in answer.stderr
    assert answer.stdout == ""


def test_a_graph_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    answer = _knoop(tmp_path, "migrate", KNOOP_NEO4J_URI="bolt://127.0.0.1:9")
    assert answer.returncode == 1
    assert "database" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_place_where_no_graph_can_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    answer = _knoop(tmp_path, "migrate", KNOOP_NEO4J_URI="bogus")
    assert answer.returncode == 1
    assert "KNOOP_NEO4J_URI" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_wrong_setting_is_told_by_its_name(tmp_path: Path) -> None:
    answer = _knoop(tmp_path, "neo4j", "status", KNOOP_PORT="eighty")
    assert answer.returncode == 1
    assert "KNOOP_PORT" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_wrong_rules_file_is_told_with_file_and_key(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[namespaces.email]\nkind = "human"\n')
    answer = _knoop(tmp_path, "up", "--port", "0", KNOOP_RULES=str(rules))
    assert answer.returncode == 1
    assert str(rules) in answer.stderr
    assert "namespaces.email.kind" in answer.stderr


@pytest.mark.parametrize("command", [[], ["up"], ["serve"], ["source", "add"], ["key", "add"]])
def test_every_command_explains_itself(tmp_path: Path, command: list[str]) -> None:
    answer = _knoop(tmp_path, *command, "--help")
    assert answer.returncode == 0
    assert "Usage" in answer.stdout
