"""Migrations: numbered files that bring the graph's schema to what this version needs.

A released file never changes: its checksum is kept in the graph, and a changed file is refused.
Every statement runs in a transaction of its own (Neo4j does not mix schema and data in one) and
can be run twice, so a migration that stopped in the middle is simply run again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from service.errors import MigrationError
from service.store.graph import Graph
from service.store.procedures import NoRow, body, cypher_folder, procedure

_FILE_NAME = re.compile(r"V(?P<version>\d{3})__(?P<name>[a-z0-9_]+)\.cypher")


@dataclass(frozen=True, slots=True)
class _Applied:
    version: int
    name: str
    checksum: str


_LOCK = procedure("migration_lock", NoRow)
_APPLIED = procedure("migration_list", _Applied)
_RECORD = procedure("migration_record", NoRow)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `checksum` is the SHA-256 of its text."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def load_migrations(folder: Path | None = None) -> list[Migration]:
    """Read the files, in order.

    Raises:
        MigrationError: a name is wrong, or a number is missing or used twice.
    """
    migrations = []
    for path in sorted((folder or cypher_folder("migrations")).glob("V*.cypher")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like V001__what_it_does.cypher")
        text = path.read_text(encoding="utf-8")
        migrations.append(
            Migration(
                version=int(match["version"]),
                name=match["name"],
                checksum=hashlib.sha256(text.encode()).hexdigest(),
                statements=_statements(path),
            )
        )
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationError("the migrations are not numbered 1, 2, 3, …, each once")
    return migrations


async def migrate(graph: Graph, migrations: list[Migration] | None = None) -> list[Migration]:
    """Bring the graph up to date, and give the migrations that were run.

    Any number of processes may call this at once: the first holds a lock for as long as its
    connection lives, the others wait and then find nothing to do.

    Raises:
        MigrationError: a file was changed after it was run, or the graph is newer than the files.
        UnavailableError: the database cannot be reached.
    """
    wanted = load_migrations() if migrations is None else migrations
    for statement in _statements(cypher_folder("migrations") / "bootstrap.cypher"):
        await graph.run(statement)
    async with graph.hold(_LOCK):
        missing = _missing(await graph.read(_APPLIED), wanted)
        for migration in missing:
            for statement in migration.statements:
                await graph.run(statement)
            await graph.write(
                _RECORD,
                version=migration.version,
                name=migration.name,
                checksum=migration.checksum,
            )
        return missing


async def pending(graph: Graph) -> list[Migration]:
    """The migrations that this graph still lacks.

    Raises:
        MigrationError: as `migrate`.
    """
    return _missing(await graph.read(_APPLIED), load_migrations())


def _missing(applied: list[_Applied], wanted: list[Migration]) -> list[Migration]:
    by_version = {migration.version: migration for migration in wanted}
    for known in applied:
        migration = by_version.pop(known.version, None)
        if migration is None:
            raise MigrationError(
                f"the graph has migration {known.version} ({known.name}), which this knoop "
                "does not know: it is newer, so start the newer knoop"
            )
        if migration.checksum != known.checksum:
            raise MigrationError(
                f"V{migration.version:03}__{migration.name}.cypher was changed after it was run: "
                "restore it, and put the change into a new migration"
            )
    return sorted(by_version.values(), key=lambda migration: migration.version)


def _statements(path: Path) -> tuple[str, ...]:
    return tuple(re.split(r";\s*\n", body(path.read_text(encoding="utf-8"))))
