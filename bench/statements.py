"""The benchmarks' own statements: `bench/cypher/NAME.cypher` and `bench/sql/NAME.sql`."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def statement(name: str) -> str:
    """The text of one file of Cypher."""
    return (_HERE / "cypher" / f"{name}.cypher").read_text(encoding="utf-8")


def sql(name: str) -> bytes:
    """The text of one file of SQL, as psycopg wants what is no literal."""
    return (_HERE / "sql" / f"{name}.sql").read_bytes()
