"""The locked jars: which ones, in which version, and the sum that each must have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from service.errors import EmbeddedError

_LINE = re.compile(
    r"(lib|plugins|pages) ([^: ]+):([^: ]+):([^: ]+)(?::([^: ]+))? ([0-9]+) ([0-9a-f]{64})"
)


class Part(StrEnum):
    """What a jar is for."""

    LIB = "lib"  # the server and the Browser
    PLUGINS = "plugins"  # APOC and what it needs
    PAGES = "pages"  # the query page


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked file of a Maven repository."""

    part: Part
    group: str
    artifact: str
    version: str
    classifier: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.jar"

    @property
    def path(self) -> PurePosixPath:
        """Where a repository keeps it."""
        return PurePosixPath(*self.group.split("."), self.artifact, self.version, self.name)


@cache
def locked_jars() -> tuple[Jar, ...]:
    """Read the lock that comes with this version of knoop."""
    return parse_lock(files(__package__).joinpath("jars.lock").read_text("utf-8"))


def parse_lock(text: str) -> tuple[Jar, ...]:
    """Read lines of `part group:artifact:version[:classifier] bytes sha256`.

    Raises:
        EmbeddedError: a line is not one; the message says which.
    """
    lines = enumerate(text.splitlines(), start=1)
    return tuple(
        _parse_line(number, line) for number, line in lines if line and not line.startswith("#")
    )


def digest(jars: Iterable[Jar]) -> str:
    """Name this very set of jars: it changes when a jar, a version or a sum does."""
    content = "\n".join(sorted(f"{jar.path} {jar.size} {jar.sha256}" for jar in jars))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _parse_line(number: int, line: str) -> Jar:
    match = _LINE.fullmatch(line)
    if match is None:
        raise EmbeddedError(
            f"jars.lock is damaged in line {number}: write it anew with scripts/lock-jars."
        )
    part, group, artifact, version, classifier, size, sha256 = match.groups(default="")
    return Jar(Part(part), group, artifact, version, classifier, int(size), sha256)
