"""A first load, from files to a graph that stands in the place of the empty one."""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from service.access import Source, find_source
from service.bulk.adding_up import Machine, opened_tables
from service.bulk.columns import SEQUENCE_BITS
from service.bulk.events import AMENDED
from service.bulk.finishing import Amended, finish
from service.bulk.import_files import ImportFiles
from service.bulk.kept import Kept, read_kept
from service.bulk.pieces import TEXT_BYTES, LoadFile, cut
from service.bulk.reading import Parsed, Reader, read_all
from service.embedded.configuration import DATABASE
from service.embedded.home import Home
from service.embedded.importing import beside, import_graph
from service.embedded.installation import Installation
from service.embedded.server import launched
from service.errors import BulkLoadError, MigrationError
from service.identity.publishing import check_published
from service.identity.rules import Rules
from service.ingest.files.importing import ImportFile
from service.ingest.files.rejects import Rejects
from service.settings import Settings
from service.store.graph import connect
from service.store.migrations import pending

Step = Callable[[str], AbstractContextManager[object]]

# What a load takes on the disk, as a multiple of the files unpacked; and how much packed ones grow.
_ROOM = 5
_UNPACKED = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, the name of the source whose messages it has, and where its bad rows go."""

    file: ImportFile
    source: str
    rejects: Path


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell what happens."""

    on_step: Step = lambda _: nullcontext()
    """Of each step, by what it does; it lasts as long as the block."""
    on_piece: Callable[[Parsed], None] = lambda _: None
    """Of each piece of a file, in order."""


@dataclass(slots=True)
class Loaded:
    """What became of the rows of all files."""

    rows: int = 0
    rejected: int = 0
    repeated: int = 0

    @property
    def new(self) -> int:
        """How many messages are in the graph."""
        return self.rows - self.rejected - self.repeated


@dataclass(frozen=True, slots=True)
class Loader:
    """Who loads, and by which rules."""

    settings: Settings
    installation: Installation
    rules: Rules
    watch: Watch
    console: Console
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The time of arrival of what does not say when it happened."""
    text_bytes: int = TEXT_BYTES
    """How much of lines is a piece."""

    async def load(self, wanted: Sequence[Wanted]) -> Loaded:
        """Load all files into the empty graph of knoop's own Neo4j, or leave it as it is.

        Raises:
            EmbeddedError: the graph is in use; or Neo4j cannot be started, or failed.
            ConflictError: the graph has messages, or is decided by other rules.
            NotFoundError: there is no such source.
            ImportFileError: a file cannot be read to its end.
            BulkLoadError: there is no room, or something else is in the way.
        """
        home = Home.of(self.settings)
        with home.owned(), _told_if_full():
            _check_room(home, wanted)
            with self.watch.on_step("look at the graph"):
                kept, sources = await self._look(home, wanted)
            async with beside(home) as other:
                files = [LoadFile(one.file, sources[one.source]) for one in wanted]
                # A name of its own: nothing that is left of another load can write into it.
                folder = Path(tempfile.mkdtemp(prefix="files-", dir=other.folder))
                with _interruptible():
                    loaded, written, amended = self._write(folder, wanted, files, kept)
                with self.watch.on_step("import"):
                    await import_graph(
                        self.installation,
                        other,
                        written.arguments(),
                        other.logs / "import.log",
                        *_memory_of_importer(),
                    )
                with self.watch.on_step("index"):
                    await self._finish(other, kept, amended, written)
                home.take_over(other)
        return loaded

    async def _look(self, home: Home, wanted: Sequence[Wanted]) -> tuple[Kept, dict[str, Source]]:
        """See that the graph is ready and empty, and what is in it all the same."""
        async with (
            launched(self.settings, self.installation, home, self.console) as server,
            connect(server.bolt_uri, server.user, server.password, DATABASE) as graph,
        ):
            if await pending(graph):
                raise MigrationError("the graph is not up to date; run: knoop migrate")
            await check_published(graph, self.rules)
            names = sorted({one.source for one in wanted})
            return await read_kept(graph), {name: await find_source(graph, name) for name in names}

    def _write(
        self, folder: Path, wanted: Sequence[Wanted], files: Sequence[LoadFile], kept: Kept
    ) -> tuple[Loaded, ImportFiles, Amended]:
        """From files to what the importer reads."""
        threads = os.cpu_count() or 1
        reader = Reader(folder, self.rules, files, secrets.token_bytes(16))
        with self.watch.on_step("parse"):
            loaded, file_of = self._read(reader, wanted, threads)
        nodes = kept.sources()
        source_of = {
            piece: (files[place].source.name, nodes[files[place].source.name])
            for piece, place in file_of.items()
        }
        written = ImportFiles(folder)
        for what, name, table in kept.tables:
            written.write(what, name, table)
        with opened_tables(folder, Machine(threads, _memory() // 3)) as tables:
            with self.watch.on_step("add up"):
                loaded.repeated = tables.add_up(source_of, self.rules)
            with self.watch.on_step("decide"):
                tables.decide(self.rules)
            with self.watch.on_step("write"):
                events = _write_events(folder, written, tables.repeated(), threads)
                for what, name, rows in tables.rows():
                    for table in rows:
                        written.write(what, name, table)
                return loaded, written, Amended(events, tables.amended_traits())

    def _read(
        self, reader: Reader, wanted: Sequence[Wanted], processes: int
    ) -> tuple[Loaded, dict[int, int]]:
        """Parse all files; gives also for each piece of which file it is."""
        loaded = Loaded()
        file_of = {}
        with ExitStack() as stack:
            kept = [Rejects(one.rejects, one.file.name) for one in wanted]
            for one in kept:
                one.take_back(0)
                stack.callback(one.close)
            pieces = cut(reader.files, self.began_at, self.text_bytes)
            for parsed in stack.enter_context(closing(read_all(pieces, reader, processes))):
                file_of[parsed.number] = parsed.file
                kept[parsed.file].keep(parsed.rejects)
                loaded.rows += parsed.rows
                loaded.rejected += len(parsed.rejects)
                self.watch.on_piece(parsed)
        if loaded.rows == loaded.rejected:
            raise BulkLoadError("there is not one message in these files")
        return loaded, file_of

    async def _finish(self, home: Home, kept: Kept, amended: Amended, written: ImportFiles) -> None:
        """Start a server on the new graph once, for what only a server can do."""
        settings = self.settings.model_copy(
            update={
                "neo4j_bolt_port": 0,
                "neo4j_http_port": 0,
                "neo4j_heap": "1g",
                "neo4j_page_cache": f"{_memory() // 3 // 2**20}m",
            }
        )
        async with (
            launched(settings, self.installation, home, self.console) as server,
            connect(server.bolt_uri, server.user, server.password, DATABASE) as graph,
        ):
            await finish(graph, kept, amended, written.rows)


def _write_events(
    folder: Path, written: ImportFiles, repeated: pa.Array, threads: int
) -> list[tuple[str, str]]:
    """Write the events as rows; gives those to be amended, with what is said of them in JSON."""
    left_out: dict[int, list[int]] = defaultdict(list)
    for seq in repeated.to_pylist():
        left_out[seq >> SEQUENCE_BITS].append(seq)

    def write(path: Path) -> list[tuple[str, str]]:
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        seqs = table.column(0)
        if gone := left_out.get(seqs[0].as_py() >> SEQUENCE_BITS):
            there = pc.is_in(seqs, value_set=pa.array(gone, pa.int64()))
            table = table.filter(pc.invert(there))
        amended: list[tuple[str, str]] = []
        if AMENDED in table.column_names:
            ids, said = table["message_id:string"].to_pylist(), table[AMENDED].to_pylist()
            amended = [
                (message_id, one)
                for message_id, one in zip(ids, said, strict=True)
                if one is not None
            ]
            table = table.drop_columns([AMENDED])
        written.write("nodes", "Event", table)
        path.unlink()
        return amended

    with ThreadPoolExecutor(threads) as pool:
        return [one for found in pool.map(write, sorted(folder.glob("*.arrow"))) for one in found]


@contextmanager
def _told_if_full() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise  # An OSError by its name alone: no file took too long.
    except OSError as error:
        raise BulkLoadError(
            f"{error.filename or 'a file'} cannot be written or read "
            f"({error.strerror or error}), so nothing was loaded"
        ) from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take Ctrl-C at once. Of a running loop it only cancels what waits, and nothing does here."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread hears of signals.
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_room(home: Home, wanted: Sequence[Wanted]) -> None:
    needed = 0
    for one in wanted:
        size = one.file.size
        if size is not None:
            name = one.file.name.lower()
            is_packed = name.endswith((".gz", ".zst", ".zstd", ".parquet", ".pq"))
            needed += _ROOM * size * (_UNPACKED if is_packed else 1)
    if home.folder.exists() and home.room < needed:
        raise BulkLoadError(
            f"the disk of {home.folder} has {home.room / 1e9:.1f} GB left, and to load these files "
            f"takes about {needed / 1e9:.1f}: make room, or set KNOOP_HOME to another disk"
        )


def _memory() -> int:
    """Bytes that nobody uses."""
    return int(psutil.virtual_memory().available)


def _memory_of_importer() -> tuple[str, int]:
    """Its heap, and bytes beside it."""
    return "2g" if _memory() > 6 * 2**30 else "1g", _memory() // 3
