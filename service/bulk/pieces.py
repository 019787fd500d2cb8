"""Files in pieces that several processes can parse at once, in order and each as large as is handy.

Lines are cut apart unread. Rows of CSV and Parquet are read here, since only who reads from the
beginning knows where one ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import BinaryIO

from service.access import Source
from service.ingest.files.batches import reject
from service.ingest.files.importing import ImportFile, opened_rows
from service.ingest.files.json_lines import rows_of_lines
from service.ingest.files.opening import opened, told_if_damaged
from service.ingest.files.rejects import Reject
from service.ingest.files.table import Format, Row
from service.ingest.lines import read_lines
from service.ingest.wire import MAX_BATCH_BYTES

TEXT_BYTES = 16 * 1024 * 1024
"""How much of lines is read at once."""
_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class LoadFile:
    """A file that is to be loaded, and whose messages are in it."""

    file: ImportFile
    source: Source


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive rows of one file: lines in `text`, or `rows` that were read already."""

    number: int
    """Of all pieces: what is in one comes before what is in the next."""
    file: int
    """Which of the files, from 0."""
    lines: int
    """How many lines come before `text`."""
    text: bytes
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    """Rows that are none."""
    began_at: datetime
    bytes_read: int
    """Up to where the file itself was read for it."""

    def each(self) -> Iterator[Row]:
        """The rows of the piece."""
        yield from self.rows
        yield from rows_of_lines(read_lines(BytesIO(self.text), self.lines))


def cut(
    files: Iterable[LoadFile], began_at: datetime, text_bytes: int = TEXT_BYTES
) -> Iterator[Piece]:
    """All files in pieces.

    Raises:
        ImportFileError: one cannot be read to its end.
    """
    number = 0
    for place, one in enumerate(files):
        is_lines = one.file.format is Format.JSONL
        cuts = _lines(one.file, text_bytes) if is_lines else _rows(one.file)
        for lines, text, rows, rejects, bytes_read in cuts:
            yield Piece(number, place, lines, text, rows, rejects, began_at, bytes_read)
            number += 1


_Cut = Iterator[tuple[int, bytes, tuple[Row, ...], tuple[Reject, ...], int]]


def _lines(file: ImportFile, at_once: int) -> _Cut:
    lines = 0
    with opened(file.name) as there:
        for text in _whole_lines(file.name, there.stream, at_once):
            yield lines, text, (), (), there.bytes_read()
            lines += text.count(b"\n")


def _whole_lines(name: str, stream: BinaryIO, at_once: int) -> Iterator[bytes]:
    left = b""
    lines = 0
    while True:
        with told_if_damaged(name, f"line {lines}"):
            more = stream.read(at_once)
        if not more:
            break
        text = left + more
        end = text.rfind(b"\n") + 1
        # A line is cut where it is too long, as `read_lines` does it, and refused as too long.
        left = text[end:][: MAX_BATCH_BYTES + 1]
        if end:
            lines += text.count(b"\n", 0, end)
            yield text[:end]
    if left:
        yield left


def _rows(file: ImportFile) -> _Cut:
    with opened_rows(file) as (rows, bytes_read):
        while some := list(islice(rows, _ROWS)):
            good = tuple(row for row in some if row.problem is None)
            rejects = tuple(reject(row, row.problem) for row in some if row.problem is not None)
            yield 0, b"", good, rejects, bytes_read()
