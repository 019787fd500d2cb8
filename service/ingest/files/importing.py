"""One file into the graph: while one batch is committed, the next is read and parsed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from service.access import Source
from service.errors import ImportFileError, UnavailableError
from service.identity.rules import Rules
from service.ingest.bounds import MAX_MESSAGES
from service.ingest.files.batches import Batch, Sender, batches
from service.ingest.files.checkpoint import Checkpoint, Progress, Totals
from service.ingest.files.csv_table import csv_rows
from service.ingest.files.json_lines import json_rows
from service.ingest.files.mapping import ColumnMapping
from service.ingest.files.opening import delimiter_of, opened
from service.ingest.files.rejects import Rejects
from service.ingest.files.table import Format, Position, Row
from service.ingest.poison import Written, record_each
from service.ingest.rows import Received
from service.store.graph import Graph
from service.store.procedures import procedure

# How long a database that is away is waited for, and how long one commit may take: one whose
# messages are all refused, each to be found by halving, takes minutes.
PATIENCE_SECONDS = 300.0
_COMMIT_SECONDS = 600.0
_LONGEST_PAUSE_SECONDS = 15.0
_BEGINNING = Position()

OnCommit = Callable[[int, int], None]
OnWait = Callable[[UnavailableError], None]


@dataclass(frozen=True, slots=True)
class _Event:
    message_id: str


_FIND_EVENT = procedure("event_find", _Event)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that is to be imported; `-` is standard input."""

    name: str
    format: Format
    mapping: ColumnMapping | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it can be read again from any place in it."""
        return Path(self.name).is_file()

    @property
    def size(self) -> int | None:
        """How many bytes it has, where that is known."""
        return Path(self.name).stat().st_size if self.is_kept else None


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports, and whom to tell what happens."""

    graph: Graph
    rules: Rules
    source: Source
    on_commit: OnCommit
    on_wait: OnWait
    patience: float = PATIENCE_SECONDS
    rows_at_once: int = MAX_MESSAGES

    async def find_progress(self, checkpoint: Checkpoint) -> Progress:
        """How far a file was imported into this very graph."""
        noted = checkpoint.find()
        if noted is None:
            return Progress()
        # The note outlives a graph that was thrown away, or is another one now.
        if noted.last_message is not None and not await self.graph.read(
            _FIND_EVENT, message_id=noted.last_message
        ):
            return Progress()
        return noted

    async def run(
        self,
        file: ImportFile,
        progress: Progress,
        rejects: Rejects,
        note: Callable[[Progress], None],
    ) -> Progress:
        """Import a file from where it is; `note` is told of each commit.

        Raises:
            ImportFileError: the file cannot be read on. What is before is imported.
            UnavailableError: the database stayed away. What was noted is imported.
        """
        sender = Sender(
            self.source.name, self.source.channel, self.rules, file.mapping, progress.began_at
        )
        note(progress)  # So that a second try has the same times, however early this one ends.
        with opened_rows(file, progress.position) as (rows, bytes_read):
            read = batches(rows, sender, progress.position, bytes_read, self.rows_at_once)
            reading = asyncio.create_task(asyncio.to_thread(next, read, None))
            try:
                while (batch := await _told_what_is_imported(reading)) is not None:
                    reading = asyncio.create_task(asyncio.to_thread(next, read, None))
                    written = await self._write(batch.messages)
                    rejects.keep(batch.rejects)
                    progress = _after(progress, batch, written)
                    note(progress)
                    self.on_commit(batch.bytes_read, batch.rows)
            finally:
                # A file is not closed while a thread reads it.
                with suppress(ImportFileError, asyncio.CancelledError):
                    await reading
        progress = replace(progress, done=True)
        note(progress)
        return progress

    async def _write(self, messages: Sequence[Received]) -> Written:
        """Commit messages, and wait for a database that is away: nobody else sends them again."""

        def said(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            if state.attempt_number == 1 and isinstance(error, UnavailableError):
                self.on_wait(error)

        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=wait_exponential(max=_LONGEST_PAUSE_SECONDS),
            stop=stop_after_delay(self.patience),
            before_sleep=said,
            reraise=True,
        ):
            with attempt:
                return await self._write_once(messages)
        raise AssertionError("tenacity gives a result or raises")

    async def _write_once(self, messages: Sequence[Received]) -> Written:
        if not messages:
            return Written()
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                return await record_each(self.graph, self.rules, messages)
        except TimeoutError:
            raise UnavailableError("the database does not answer; try again later") from None


async def _told_what_is_imported(reading: asyncio.Task[Batch | None]) -> Batch | None:
    try:
        return await reading
    except ImportFileError as error:
        raise ImportFileError(f"{error}. What is before is imported") from error


@contextmanager
def opened_rows(
    file: ImportFile, start: Position = _BEGINNING
) -> Iterator[tuple[Iterator[Row], Callable[[], int]]]:
    """The rows of a file from `start` on, and how many of its bytes were read for them.

    Raises:
        ImportFileError: the file cannot be opened or read on.
    """
    mapping = file.mapping
    if file.format is Format.PARQUET:
        from service.ingest.files.parquet_table import parquet_rows  # noqa: PLC0415  (is heavy)

        if not file.is_kept:
            raise ImportFileError(f"{file.name}: Parquet is read from a file, not from a stream")
        _, total, rows = parquet_rows(file.name, start, mapping.names if mapping else None)
        size = Path(file.name).stat().st_size
        counted = _Counted(rows, start.rows)
        yield counted, lambda: size * counted.count // max(total, 1)
        return
    with opened(file.name) as stream:
        if file.format is Format.JSONL or mapping is None:
            yield json_rows(stream, start), stream.bytes_read
            return
        delimiter = mapping.delimiter or delimiter_of(file.name)
        _, rows = csv_rows(stream, start, delimiter, mapping.names)
        yield rows, stream.bytes_read


class _Counted(Iterator[Row]):
    """Rows, and how many of them were given."""

    def __init__(self, rows: Iterator[Row], count: int) -> None:
        self._rows = rows
        self.count = count

    def __next__(self) -> Row:
        row = next(self._rows)
        self.count += 1
        return row


def _after(progress: Progress, batch: Batch, written: Written) -> Progress:
    ids = [received.message.message_id for received in batch.messages]
    new, dead = len(written.new), sum(one in written.refused for one in ids)
    stored = [one for one in ids if one not in written.refused]
    return replace(
        progress,
        position=batch.after,
        last_line=batch.last_line,
        last_message=stored[-1] if stored else progress.last_message,
        totals=progress.totals
        + Totals(batch.rows, new, len(ids) - new - dead, len(batch.rejects), dead),
    )
