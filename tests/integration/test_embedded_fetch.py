"""Fetching, for real, of two small jars into caches of their own."""

from __future__ import annotations

import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from service.embedded import fetch_pages, page_asset
from service.embedded.cache import location
from service.embedded.installation import fetch_jars
from service.embedded.lock import Jar, locked_jars
from service.embedded.pages import ASSETS
from service.errors import EmbeddedError, NotFoundError
from service.settings import Settings

SMALL = tuple(jar for jar in locked_jars() if jar.artifact in {"react", "accessors-smart"})


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Download the small jars once."""
    cache = tmp_path_factory.mktemp("filled") / "cache"
    output = io.StringIO()
    fetch_jars(cache, SMALL, Console(file=output))
    assert not output.getvalue(), "where there is no terminal, nothing is shown"
    return cache


@pytest.fixture
def cache(filled: Path, tmp_path: Path) -> Path:
    """Copy the filled cache, times and all."""
    return shutil.copytree(filled, tmp_path / "cache")


def fetch_small(cache: Path, jars: tuple[Jar, ...] = SMALL) -> None:
    fetch_jars(cache, jars, Console(file=io.StringIO()))


def later(file: Path) -> None:
    """Give `file` the time of a change made after everything else."""
    moment = file.stat().st_mtime_ns + 10_000_000_000
    os.utime(file, ns=(moment, moment))


def test_an_empty_cache_is_filled_and_nothing_is_left_over(filled: Path) -> None:
    assert {file for file in (filled / "jars").rglob("*") if file.is_file()} == {
        location(filled, jar) for jar in SMALL
    }
    assert not (filled / "staging").exists()


@pytest.mark.usefixtures("no_network")
def test_a_second_fetch_asks_nobody(cache: Path) -> None:
    fetch_small(cache)


@pytest.mark.usefixtures("no_network")
def test_what_is_intact_is_checked_again_without_the_network_when_its_stamp_is_lost(
    cache: Path,
) -> None:
    shutil.rmtree(cache / "verified")
    fetch_small(cache)
    assert list((cache / "verified").iterdir())


@pytest.mark.parametrize("damage", ["tampered", "truncated", "missing"])
def test_a_damaged_jar_is_mended(cache: Path, damage: str) -> None:
    jar = location(cache, SMALL[0])
    content = jar.read_bytes()
    if damage == "missing":
        jar.unlink()
    else:
        bad = content[:-1] if damage == "truncated" else bytes([content[0] ^ 1]) + content[1:]
        jar.write_bytes(bad)
        later(jar)
    fetch_small(cache)
    assert jar.read_bytes() == content


def test_a_download_with_another_sum_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    wrong = replace(SMALL[0], sha256="00" * 32)
    with pytest.raises(EmbeddedError, match="another checksum"):
        fetch_small(tmp_path, (wrong, SMALL[1]))
    assert not location(tmp_path, wrong).exists()
    assert not (tmp_path / "staging").exists()


@pytest.mark.usefixtures("no_network")
def test_no_network_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="check the network"):
        fetch_small(tmp_path)


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(EmbeddedError, match="has no room"):
        fetch_small(tmp_path)


def test_a_cache_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="KNOOP_CACHE"):
        fetch_small(tmp_path / "file" / "cache")


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fetch_small, [tmp_path, tmp_path]))
    assert all(location(tmp_path, jar).stat().st_size == jar.size for jar in SMALL)


def test_the_query_page_comes_from_its_jars(tmp_path: Path) -> None:
    cache = Settings().cache
    fetch_pages(cache)
    assert {name: page_asset(cache, name).media_type.split(";")[0] for name in ASSETS} == {
        "graphiql.min.js": "text/javascript",
        "graphiql.min.css": "text/css",
        "react.production.min.js": "text/javascript",
        "react-dom.production.min.js": "text/javascript",
    }
    assert b"GraphiQL" in page_asset(cache, "graphiql.min.js").content
    with pytest.raises(NotFoundError):
        page_asset(cache, "../secret")
    with pytest.raises(EmbeddedError, match="start knoop once"):
        page_asset(tmp_path, "graphiql.min.js")
