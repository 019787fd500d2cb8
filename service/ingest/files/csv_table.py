"""CSV, row by row: what is wrong with one row is that row's alone.

Python's own reader is fast enough (the database is slower by far) and is the one that can be
stopped, asked where it is, and given a line again.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.errors import ImportFileError, InvalidMessageError, KnoopError, TooLargeError
from service.ingest.files.json_lines import lines_from, told
from service.ingest.files.opening import Opened
from service.ingest.files.table import Position, Row
from service.ingest.lines import Line
from service.ingest.wire import MAX_BATCH_BYTES


@dataclass(frozen=True, slots=True)
class _Record:
    lines: Sequence[Line]
    fields: list[str]
    problem: KnoopError | None = None


class _TooLongError(Exception):
    """A row that is over `MAX_BATCH_BYTES`; most likely a quote was not closed."""


class _Text:
    """The lines that the reader asks for, remembered until they are a row."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.used: list[Line] = []
        self._size = 0
        self._lines = lines
        self._again: deque[Line] = deque()

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.used.append(line)
        self._size += len(line.text)
        if self._size > MAX_BATCH_BYTES:
            raise _TooLongError
        return line.text.decode(errors="surrogateescape")

    def begin(self) -> None:
        """Begin a row."""
        self.used.clear()
        self._size = 0

    def give_back(self) -> None:
        """Have all but the first of these lines read again: that one alone is at fault."""
        self._again.extendleft(reversed(self.used[1:]))
        del self.used[1:]


def csv_rows(
    file: Opened, start: Position, delimiter: str, needed: Sequence[str]
) -> tuple[list[str], Iterator[Row]]:
    """The columns of a file, and its rows from `start` on.

    Raises:
        ImportFileError: the file cannot be read on, or lacks a needed column.
    """
    records = _records(lines_from(file, Position()), delimiter)
    header = next(records, None)
    if header is None or header.problem is not None:
        why = "is empty" if header is None else f"line 1 {header.problem}"
        raise ImportFileError(f"{file.name}: {why}; its first line has to name the columns")
    columns = [name.strip() for name in header.fields]
    check_columns(file.name, columns, needed)
    if start.rows:
        records = _records(lines_from(file, start), delimiter)
    return columns, _rows(records, columns, start.rows)


def check_columns(name: str, columns: Sequence[str], needed: Sequence[str]) -> None:
    """Hold a mapping against the columns that there are.

    Raises:
        ImportFileError: names what is missing, or is there twice.
    """
    missing = [one for one in needed if one not in columns]
    if missing:
        raise ImportFileError(
            f"{name}: has no column {', '.join(missing)}, which the mapping names; "
            f"it has {', '.join(columns)}"
        )
    twice = sorted({one for one in needed if columns.count(one) > 1})
    if twice:
        raise ImportFileError(
            f"{name}: has more than one column {', '.join(twice)}; give each a name of its own"
        )


def _rows(records: Iterator[_Record], columns: list[str], rows: int) -> Iterator[Row]:
    for record in records:
        rows += 1
        last = record.lines[-1]
        after = Position(rows, last.number, last.end)
        problem = record.problem
        if problem is None and len(record.fields) != len(columns):
            problem = InvalidMessageError(
                "", f"has {len(record.fields)} fields, and the header has {len(columns)}"
            )
        values = None if problem else dict(zip(columns, record.fields, strict=True))
        yield Row(record.lines[0].number, told(*record.lines), values, problem, after)


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[_Record]:
    text = _Text(lines)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.begin()
        problem: KnoopError | None = None
        fields: list[str] = []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except _TooLongError:
            problem = _too_long(text.used)
            text.give_back()
        except csv.Error as error:
            problem = InvalidMessageError("", f"is not CSV: {_in_words(error, text.used)}")
            text.give_back()
        if problem is None and not all(map(_is_text, text.used)):
            problem = InvalidMessageError("", "is not UTF-8")
        if fields or problem:
            yield _Record(tuple(text.used), fields, problem)


def _too_long(used: Sequence[Line]) -> KnoopError:
    if len(used) > 1:
        return InvalidMessageError("", "is not CSV: a quote is opened and not closed")
    return TooLargeError(f"the line is over {MAX_BATCH_BYTES // 1024} KiB")


def _in_words(error: csv.Error, used: Sequence[Line]) -> str:
    if len(used) > 1 or "unexpected end" in str(error):
        return "a quote is opened and not closed, or a quote within quotes is not doubled"
    return str(error)


def _is_text(line: Line) -> bool:
    try:
        line.text.decode()
    except UnicodeDecodeError:
        return False
    return True
