"""`knoop simulate`: what is printed where, and with which exit status."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from service.cli import app
from service.embedded.progress import reading
from service.errors import SettingsError

ANN = b'{"type": "identify", "userId": "ann", "traits": {"email": "ann@example.com"}}\n'
PRINTED = '{"profiles":[["email:ann@example.com","user_id:ann"]],"refused":[],"dropped":[]}\n'
# With these, a mail address links nobody.
RULES = '[namespaces.user_id]\nkind = "person"\n'
APART = '{"profiles":[["email:ann@example.com"],["user_id:ann"]],"refused":[],"dropped":[]}\n'


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(ANN)
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


@pytest.fixture(autouse=True)
def _no_rules_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOOP_RULES", raising=False)


def test_a_file_is_read_and_the_outcome_printed_alone(messages: Path) -> None:
    done = CliRunner().invoke(app, ["simulate", str(messages)])
    assert (done.exit_code, done.stdout, done.stderr) == (0, PRINTED, "")


def test_a_dash_is_standard_input() -> None:
    done = CliRunner().invoke(app, ["simulate", "-"], input=ANN)
    assert (done.exit_code, done.stdout, done.stderr) == (0, PRINTED, "")


def test_rules_are_those_given_else_of_the_environment(
    messages: Path, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = CliRunner().invoke(app, ["simulate", "--rules", str(rules), str(messages)])
    monkeypatch.setenv("KNOOP_RULES", str(rules))
    found = CliRunner().invoke(app, ["simulate", str(messages)])
    assert given.stdout == found.stdout == APART


def test_bad_lines_are_told_on_standard_error_and_in_the_exit_status(messages: Path) -> None:
    messages.write_bytes(b'[1]\n\n{"type": "identify"}\n' + ANN)
    done = CliRunner().invoke(app, ["simulate", str(messages)])
    assert (done.exit_code, done.stdout) == (1, PRINTED)
    assert done.stderr.splitlines() == [
        "line 1: is not a JSON object",
        "line 3: userId: is missing; name a person by userId, anonymousId or context.externalIds",
    ]


@pytest.mark.parametrize(
    "content", [gzip.compress(ANN, mtime=0), bytes(range(256)) * 100, ANN.decode().encode("utf-16")]
)
def test_a_file_of_something_else_is_all_bad_lines(messages: Path, content: bytes) -> None:
    messages.write_bytes(content)
    done = CliRunner().invoke(app, ["simulate", str(messages)])
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"profiles": [], "refused": [], "dropped": []}
    assert all(line.startswith("line ") for line in done.stderr.splitlines())


def test_an_empty_file_has_nobody_in_it(messages: Path) -> None:
    messages.write_bytes(b"")
    done = CliRunner().invoke(app, ["simulate", str(messages)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["profiles"] == []


def test_a_file_that_cannot_be_opened_is_a_wrong_argument(tmp_path: Path) -> None:
    for wrong, why in ((tmp_path / "nowhere", "No such file"), (tmp_path, "Is a directory")):
        done = CliRunner(env={"COLUMNS": "500"}).invoke(app, ["simulate", str(wrong)])
        assert (done.exit_code, done.stdout) == (2, "")
        assert why in done.stderr
    assert CliRunner().invoke(app, ["simulate"]).exit_code == 2


def test_wrong_rules_are_refused_before_anything_is_read(messages: Path, rules: Path) -> None:
    rules.write_text(RULES + "[profile]\nshared_after = 1")
    done = CliRunner().invoke(app, ["simulate", "--rules", str(rules), str(messages)])
    assert isinstance(done.exception, SettingsError)
    assert str(done.exception) == f"{rules}: profile.shared_after: is 1; write 2 or more"


def test_an_error_is_one_sentence_and_exit_status_1(messages: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "service", "simulate"),
            *("--rules", str(tmp_path / "nowhere.toml"), str(messages)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("knoop: the rules file")
    assert len(done.stderr.splitlines()) == 1


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize(("stream", "bar"), [(io.BytesIO, True), (_Pipe, False)])
@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_alone(
    stream: type[io.BytesIO], bar: bool, terminal: bool
) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, force_interactive=terminal, width=80)
    with reading(console, stream(ANN), "Reading") as watched:
        assert watched.readline(100) == ANN
        assert watched.readline(100) == b""
    assert ("Reading" in shown.getvalue()) is terminal
    assert (f"{len(ANN)}/{len(ANN)} bytes" in shown.getvalue()) is (terminal and bar)
