"""What every reader of a file gives: its rows, each with where it is and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from service.errors import KnoopError


class Format(StrEnum):
    """What a file is made of."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Position(NamedTuple):
    """How much of a file has been read: rows, lines, and bytes as they are when unpacked."""

    rows: int = 0
    lines: int = 0
    offset: int = 0


class Row(NamedTuple):
    """One row. `number` is its line, or in Parquet its row, from 1; `told` is what stands there.

    `values` are a message in JSON Lines, else the columns; None if there is a `problem`.
    """

    number: int
    told: Any
    """Of a good line its bytes, since text is made of them only for a person."""
    values: Mapping[str, Any] | None
    problem: KnoopError | None
    after: Position
