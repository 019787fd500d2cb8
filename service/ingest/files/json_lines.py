"""JSON Lines: each line one message, as `/v1/batch` would take it."""

from __future__ import annotations

from collections.abc import Iterator

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
    rows = start.rows
    for line in lines_from(file, start):
        if not line.text.strip():
            continue
        rows += 1
        after = Position(rows, line.number, line.end)
        try:
            yield Row(line.number, told(line), parse_line(line.text), None, after)
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
    return b"".join(line.text for line in lines).decode(errors="replace").rstrip("\r\n")
