"""Parquet, a few thousand rows at a time, and only the columns that are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from service.errors import ImportFileError, InvalidMessageError
from service.ingest.files.csv_table import check_columns
from service.ingest.files.table import Position, Row

_ROWS = 2_000
_BUFFER = 1024 * 1024


def parquet_rows(
    name: str, start: Position, needed: Sequence[str] | None
) -> tuple[list[str], int, Iterator[Row]]:
    """The columns of a file, how many rows it has, and its rows from `start` on.

    Without `needed`, with all columns.

    Raises:
        ImportFileError: it is no Parquet file, is damaged, or lacks a needed column.
    """
    with _told_if_damaged(name, "its beginning"):
        # Row groups can be large: what is read ahead of need would all be kept.
        file = parquet.ParquetFile(name, pre_buffer=False, buffer_size=_BUFFER)
    columns = list(file.schema_arrow.names)
    check_columns(name, columns, needed or ())
    wanted = [one for one in columns if needed is None or one in needed]
    return columns, file.metadata.num_rows, _rows(name, file, start, wanted)


def _rows(name: str, file: Any, start: Position, columns: list[str]) -> Iterator[Row]:
    rows = 0
    groups: list[int] = []
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if not groups and rows + size <= start.rows:
            rows += size
        else:
            groups.append(group)
    if not groups:
        return
    batches = file.iter_batches(batch_size=_ROWS, row_groups=groups, columns=columns)
    while True:
        with _told_if_damaged(name, f"row {rows}"):
            batch = next(batches, None)
        if batch is None:
            return
        for values, problem in _values(batch):
            rows += 1
            if rows > start.rows:
                yield Row(rows, values, None if problem else values, problem, Position(rows))


def _values(batch: Any) -> Iterator[tuple[dict[str, Any], InvalidMessageError | None]]:
    """The rows of a batch. Python knows no nanoseconds, and no year after 9999."""
    columns = [
        column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns"
        else column
        for column in batch.columns
    ]
    names = batch.schema.names
    try:
        lists = [column.to_pylist() for column in columns]
    except (ValueError, OverflowError):
        yield from (_value(names, columns, number) for number in range(batch.num_rows))
        return
    for values in zip(*lists, strict=True):
        yield dict(zip(names, values, strict=True)), None


def _value(
    names: list[str], columns: list[Any], number: int
) -> tuple[dict[str, Any], InvalidMessageError | None]:
    values: dict[str, Any] = {}
    problem = None
    for name, column in zip(names, columns, strict=True):
        try:
            values[name] = column[number].as_py()
        except (ValueError, OverflowError):
            values[name] = None
            problem = InvalidMessageError(f"column {name}", "holds no text or no possible time")
    return values, problem


@contextmanager
def _told_if_damaged(name: str, where: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ImportFileError(f"{name}: cannot be read after {where}: {first}") from error
