"""The folder of a graph, and the ports of its server."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded.configuration import Ports
from service.embedded.home import Home, Note
from service.embedded.ports import choose_ports
from service.embedded.process import find
from service.errors import EmbeddedError
from service.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "neo4j"
    folder.mkdir()
    return Home(folder)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_password_is_made_once_and_private(home: Home) -> None:
    password = home.password()
    assert len(password) == 32
    assert home.password() == password
    assert home.password_file.stat().st_mode & 0o777 == 0o600


def test_a_password_half_written_by_a_killed_process_does_no_harm(home: Home) -> None:
    home.password_file.with_suffix(".draft").write_text("ha")
    assert len(home.password()) == 32


def test_a_graph_without_its_password_is_not_touched(home: Home) -> None:
    (home.folder / "data" / "databases" / "system").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match="bring back the file"):
        home.password()
    assert not home.password_file.exists()


def test_a_home_has_one_owner_who_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "new" / "neo4j")
    with home.owned(), pytest.raises(EmbeddedError, match=f"process {os.getpid()}"), home.owned():
        pass
    assert home.folder.stat().st_mode & 0o777 == 0o700
    with home.owned():
        pass


def test_an_owner_that_was_killed_does_not_keep_the_home(home: Home) -> None:
    (home.folder / "owner").write_text("1")
    (home.folder / "lock").touch()
    with home.owned():
        assert (home.folder / "owner").read_text() == str(os.getpid())


def test_a_home_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="KNOOP_HOME"), Home(tmp_path / "file" / "a").owned():
        pass


def test_plugins_are_linked_anew_and_a_persons_own_stay(home: Home, tmp_path: Path) -> None:
    old, new = tmp_path / "apoc-1.jar", tmp_path / "apoc-2.jar"
    for jar in (old, new):
        jar.touch()
    home.prepare(Ports(1, 2), "64m", [old])
    (home.plugins / "own.jar").touch()
    old.unlink()
    home.prepare(Ports(1, 2), "64m", [new])
    assert sorted(jar.name for jar in home.plugins.iterdir()) == ["apoc-2.jar", "own.jar"]


def test_a_full_disk_is_told_before_a_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home.folder)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(EmbeddedError, match="has 1 MB left"):
        home.prepare(Ports(1, 2), "64m", [])


def test_a_note_is_read_back_and_nonsense_is_none(home: Home) -> None:
    assert home.read_note() is None
    note = Note(1, 2, detached=True)
    home.write_note(note)
    assert home.read_note() == note
    for nonsense in ("", "[]", '{"bolt_port": 1}', '{"more": 1}'):
        (home.folder / "server.json").write_text(nonsense)
        assert home.read_note() is None


def test_no_process_is_taken_for_the_server_of_a_home_that_has_none(home: Home) -> None:
    assert find(home.folder) is None


def test_free_ports_differ() -> None:
    ports = choose_ports(Settings(neo4j_bolt_port=0, neo4j_http_port=0))
    assert ports.bolt != ports.http
    assert ports.bolt_uri == f"bolt://127.0.0.1:{ports.bolt}"
    assert ports.browser_url == f"http://127.0.0.1:{ports.http}/browser/"


def test_a_taken_port_is_named_with_its_setting(taken: int) -> None:
    with pytest.raises(EmbeddedError, match=rf"Port {taken}, .*KNOOP_NEO4J_BOLT_PORT"):
        choose_ports(Settings(neo4j_bolt_port=taken, neo4j_http_port=0))
    with pytest.raises(EmbeddedError, match=rf"Port {taken}, .*KNOOP_NEO4J_HTTP_PORT"):
        choose_ports(Settings(neo4j_bolt_port=0, neo4j_http_port=taken))
