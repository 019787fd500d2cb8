"""Some rows of a table, for a first mapping of it."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from itertools import islice

from service.errors import ImportFileError
from service.ingest.files.csv_table import csv_rows
from service.ingest.files.guessing import guess
from service.ingest.files.opening import STDIN, delimiter_of, opened
from service.ingest.files.table import Format, Position, Row

_ROWS = 1_000
_DELIMITERS = ",;\t|"


def guess_of(name: str, format_: Format, namespaces: Collection[str]) -> str:
    """A first mapping for a CSV or Parquet file.

    Raises:
        ImportFileError: it cannot be read, or is not a file.
    """
    if name == STDIN:
        raise ImportFileError("--guess reads a file, not standard input; name one")
    if format_ is Format.PARQUET:
        from service.ingest.files.parquet_table import parquet_rows  # noqa: PLC0415  (is heavy)

        columns, _, rows = parquet_rows(name, Position(), None)
        return guess(name, columns, _values(rows), namespaces=namespaces)
    with opened(name) as file:
        head = file.stream.readline(64 * 1024)
    delimiter = _delimiter(head.decode(errors="replace"), delimiter_of(name))
    with opened(name) as file:
        columns, rows = csv_rows(file, Position(), delimiter, ())
        return guess(name, columns, _values(rows), namespaces=namespaces, delimiter=delimiter)


def _values(rows: Iterator[Row]) -> Iterator[dict[str, object]]:
    return (dict(row.values) for row in islice(rows, _ROWS) if row.values is not None)


def _delimiter(header: str, usual: str) -> str:
    """What parts the names of the columns: the usual, unless another parts more."""

    def parts(one: str) -> tuple[int, bool]:
        try:
            return len(next(csv.reader([header], delimiter=one), [])), one == usual
        except csv.Error:
            return 0, False

    return max(_DELIMITERS, key=parts)
