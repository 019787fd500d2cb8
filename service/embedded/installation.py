"""Fetch what a Neo4j of one's own consists of.

A stamp says that a set of jars was checked, sum by sum. While no jar is newer than the stamp or of
another size, that need not be done again, and a fetch takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from service.embedded.cache import changing, check_room, location
from service.embedded.java import ensure_java
from service.embedded.lock import Jar, Part, digest, locked_jars
from service.embedded.progress import bytes_bar

PROCEDURES_GROUP = "org.neo4j.procedure"


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything that a server is started with. Its files belong to the cache or the system."""

    java: Path
    classpath: tuple[Path, ...]
    plugins: tuple[Path, ...]  # the jars that Neo4j searches for procedures
    procedures: tuple[str, ...] = ()  # what of them may run, beside knoop's own


def fetch(cache: Path, *, console: Console | None = None) -> Installation:
    """Make sure that the server, its plugins, the query page and a Java are there.

    Blocks. Shows a progress bar on a terminal, and nothing when nothing is missing.

    Raises:
        EmbeddedError: something cannot be had; says what to do.
    """
    console = console or Console(stderr=True)
    fetch_jars(cache, locked_jars(), console)
    server = [jar for jar in locked_jars() if jar.part is not Part.PAGES]
    return Installation(
        java=ensure_java(cache, console),
        classpath=tuple(location(cache, jar) for jar in server if jar.group != PROCEDURES_GROUP),
        plugins=tuple(location(cache, jar) for jar in server if jar.group == PROCEDURES_GROUP),
    )


def fetch_pages(cache: Path, *, console: Console | None = None) -> None:
    """Make sure that the query page is there: all that is needed beside an external Neo4j.

    Raises:
        EmbeddedError: it cannot be had; says what to do.
    """
    pages = [jar for jar in locked_jars() if jar.part is Part.PAGES]
    fetch_jars(cache, pages, console or Console(stderr=True))


def fetch_jars(cache: Path, jars: Sequence[Jar], console: Console) -> None:
    """Download those of `jars` that are missing, damaged or changed.

    Raises:
        EmbeddedError: one cannot be had; the others are kept.
    """
    stamp = cache / "verified" / digest(jars)
    if _is_verified(cache, jars, stamp):
        return
    # Not above: importing jgo takes a third of a second, which every later start would pay.
    from service.embedded.download import download_all, is_intact  # noqa: PLC0415

    with changing(cache, console) as staging:
        missing = [jar for jar in jars if not is_intact(cache, jar)]
        size = sum(jar.size for jar in missing)
        check_room(cache, size)
        with bytes_bar(console) as bar:
            task = bar.add_task("Fetching Neo4j", total=size, visible=bool(missing))
            download_all(missing, cache, staging, lambda count: bar.advance(task, count))
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()


def _is_verified(cache: Path, jars: Sequence[Jar], stamp: Path) -> bool:
    try:
        checked = stamp.stat().st_mtime_ns
        found = [(location(cache, jar).stat(), jar) for jar in jars]
    except OSError:
        return False
    return all(file.st_size == jar.size and file.st_mtime_ns <= checked for file, jar in found)
