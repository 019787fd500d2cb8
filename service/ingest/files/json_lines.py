"""JSON Lines: each line one message, as `/v1/batch` would take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.errors import InvalidMessageError, TooLargeError
from service.ingest.files.opening import Opened, told_if_damaged
from service.ingest.files.table import Position, Row
from service.ingest.lines import Line, read_lines
from service.ingest.wire import parse_line


def json_rows(file: Opened, start: Position) -> Iterator[Row]:
    """The messages of a file from `start` on; empty lines are passed over.

    Raises:
        ImportFileError: the file cannot be read on.
    """
    return rows_of_lines(lines_from(file, start), start.rows)


def rows_of_lines(lines: Iterable[Line], rows: int = 0) -> Iterator[Row]:
    """The messages of lines, the first of which comes after so many rows."""
    for line in lines:
        if not line.text.strip():
            continue
        rows += 1
        after = Position(rows, line.number, line.end)
        try:
            yield Row(line.number, line.text, parse_line(line.text), None, after)
        except (InvalidMessageError, TooLargeError) as error:
            yield Row(line.number, told(line), None, error, after)


def lines_from(file: Opened, start: Position) -> Iterator[Line]:
    """The lines of a file from `start` on.

    Raises:
        ImportFileError: the file cannot be read on.
    """
    if start.offset:
        with told_if_damaged(file.name, "its beginning"):
            file.stream.seek(start.offset)
    lines = read_lines(file.stream, start.lines, start.offset)
    number = start.lines
    while True:
        with told_if_damaged(file.name, f"line {number}"):
            line = next(lines, None)
        if line is None:
            return
        number = line.number
        yield line


def told(*lines: Line) -> str:
    """What stands in lines, for a person to look at and mend."""
    return as_text(b"".join(line.text for line in lines))


def as_text(line: bytes) -> str:
    """A line, for a person to look at and mend."""
    return line.decode(errors="replace").rstrip("\r\n")
