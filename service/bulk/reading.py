"""Pieces of files, parsed by several processes at once; what they say goes into a folder."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from service.bulk.columns import SEQUENCE_BITS, Columns
from service.bulk.pieces import LoadFile, Piece
from service.errors import BulkLoadError
from service.identity.rules import Rules
from service.ingest.files.batches import Sender, taken
from service.ingest.files.rejects import Reject

_COMPRESSION = "lz4"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of a piece."""

    number: int
    file: int
    rows: int
    messages: int
    rejects: tuple[Reject, ...]
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Where what is read goes, and by which rules."""

    folder: Path
    rules: Rules
    files: Sequence[LoadFile]
    salt: bytes

    def read(self, piece: Piece) -> Parsed:
        """Parse one piece and write what it says.

        Raises:
            OSError: it cannot be written.
        """
        there = self.files[piece.file]
        sender = Sender(
            there.source.name, there.source.channel, self.rules, there.file.mapping, piece.began_at
        )
        columns = Columns(piece.number << SEQUENCE_BITS, self.salt)
        rejects = list(piece.rejects)
        rows = len(rejects)
        for row in piece.each():
            rows += 1
            result = taken(row, sender)
            if isinstance(result, Reject):
                rejects.append(result)
            else:
                columns.add(result)
        self._write(piece.number, columns)
        rejects.sort(key=lambda one: one.number)
        messages = rows - len(rejects)
        return Parsed(piece.number, piece.file, rows, messages, tuple(rejects), piece.bytes_read)

    def _write(self, number: int, columns: Columns) -> None:
        for name, table in columns.tables().items():
            # The first piece says what the columns are, even where there is nothing in them.
            if table.num_rows or not number:
                path = self.folder / f"{name}-{number}.parquet"
                parquet.write_table(table, path, compression=_COMPRESSION)
        options = pa.ipc.IpcWriteOptions(compression=_COMPRESSION)
        for place, table in enumerate(columns.events()):
            path = self.folder / f"events-{number}-{place}.arrow"
            with pa.ipc.new_file(path, table.schema, options=options) as file:
                file.write_table(table)


def read_all(pieces: Iterable[Piece], reader: Reader, processes: int) -> Generator[Parsed]:
    """Parse all pieces, and tell what became of each, in order.

    Raises:
        ImportFileError: a file cannot be read to its end.
        BulkLoadError: a process was ended from outside.
        OSError: what was read cannot be written.
    """
    waiting: deque[Future[Parsed]] = deque()
    with ProcessPoolExecutor(
        processes,
        get_context("spawn"),
        _begin,
        (reader.folder, reader.rules.model_dump(), reader.files, reader.salt),
    ) as pool:
        try:
            for piece in pieces:
                waiting.append(pool.submit(_read, piece))
                # As many wait as keep everybody busy, and no more are in memory.
                while len(waiting) > processes + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise BulkLoadError(
                "a process that parses was ended from outside; is there too little memory?"
            ) from error
        finally:
            # Else to leave the block would wait for pieces that nobody has begun.
            pool.shutdown(wait=False, cancel_futures=True)


_reader: Reader


def _begin(folder: Path, rules: dict[str, Any], files: Sequence[LoadFile], salt: bytes) -> None:
    global _reader  # noqa: PLW0603  (a process has one)
    _reader = Reader(folder, Rules.model_validate(rules), files, salt)
    # Messages hold no circles, and to look for some takes a tenth of the time.
    gc.disable()
    # Ctrl-C is for the process that is in charge, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process with the one in charge, which may be killed: nobody else would end it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(piece: Piece) -> Parsed:
    return _reader.read(piece)
