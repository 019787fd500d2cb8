"""The benchmarks' own Cypher: `bench/cypher/NAME.cypher`."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "cypher"


def statement(name: str) -> str:
    """The text of one file."""
    return (_FOLDER / f"{name}.cypher").read_text(encoding="utf-8")
