"""Migrations are read in order, whole, and each by a name and a number of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from service.errors import MigrationError
from service.store.migrations import load_migrations

FIRST = """\
// The keys.
CREATE CONSTRAINT a IF NOT EXISTS
FOR (a:A) REQUIRE a.id IS UNIQUE;

CREATE CONSTRAINT b IF NOT EXISTS
FOR (b:B) REQUIRE b.id IS UNIQUE;
"""


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text(FIRST, encoding="utf-8")
    return folder


def test_migrations_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, "V002__more.cypher", "V001__keys.cypher", "V003__3_and_4.cypher")
    assert [(one.version, one.name) for one in load_migrations(tmp_path)] == [
        (1, "keys"),
        (2, "more"),
        (3, "3_and_4"),
    ]


def test_a_file_is_cut_into_its_statements_without_comments(tmp_path: Path) -> None:
    [migration] = load_migrations(write(tmp_path, "V001__keys.cypher"))
    assert migration.statements == (
        "CREATE CONSTRAINT a IF NOT EXISTS\nFOR (a:A) REQUIRE a.id IS UNIQUE",
        "CREATE CONSTRAINT b IF NOT EXISTS\nFOR (b:B) REQUIRE b.id IS UNIQUE",
    )


def test_the_checksum_is_that_of_the_whole_text(tmp_path: Path) -> None:
    [migration] = load_migrations(write(tmp_path, "V001__keys.cypher"))
    assert migration.checksum == hashlib.sha256(FIRST.encode()).hexdigest()
    (tmp_path / "V001__keys.cypher").write_text(FIRST + "// one word more\n", encoding="utf-8")
    [changed] = load_migrations(tmp_path)
    assert changed.checksum != migration.checksum


def test_what_runs_before_the_chain_is_no_part_of_it(tmp_path: Path) -> None:
    assert len(load_migrations(write(tmp_path, "V001__keys.cypher", "bootstrap.cypher"))) == 1


@pytest.mark.parametrize("name", ["V1__keys.cypher", "V001_keys.cypher", "V001__The-Keys.cypher"])
def test_a_file_that_is_named_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MigrationError, match=f"^{name} is not named like"):
        load_migrations(write(tmp_path, name))


@pytest.mark.parametrize(
    "names",
    [
        ("V002__second.cypher",),
        ("V001__first.cypher", "V003__third.cypher"),
        ("V001__first.cypher", "V001__also_first.cypher"),
    ],
)
def test_a_number_that_is_missing_or_used_twice_is_refused(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(MigrationError, match="not numbered 1, 2, 3"):
        load_migrations(write(tmp_path, *names))


def test_the_migrations_of_the_service_are_in_order() -> None:
    assert load_migrations()[0].name == "identity_constraints"
