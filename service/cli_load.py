"""`knoop load`: a first load of very many messages, into an empty graph."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.command import Home, console, run, settings_of
from service.errors import SettingsError
from service.ingest.files.table import Format

if TYPE_CHECKING:
    from service.bulk.loading import Loaded, Step, Wanted
    from service.bulk.reading import Parsed


def load(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE=FILE[@MAPPING]…",
            help="A file as for knoop import, and whose messages are in it; CSV and Parquet with "
            "the mapping of their columns.",
        ),
    ],
    format_: Annotated[
        Format | None, typer.Option("--format", help="Else the end of FILE's name says it.")
    ] = None,
    home: Home = None,
) -> None:
    """Load all messages at once into the empty graph of knoop's own Neo4j, which is not running.

    The graph is then what `knoop import` would have made of the same files, and is there sooner.
    Whatever stops it, the graph is as it was. Rows that are not taken are kept in
    FILE.rejects.jsonl, and the exit status is 1.
    """
    settings = settings_of(home)
    if settings.neo4j_uri is not None:
        raise SettingsError(
            "KNOOP_NEO4J_URI is set, and only knoop's own Neo4j can be loaded; unset it, or send "
            "the files through the front door: knoop import FILE --source NAME"
        )
    wanted = [_wanted(one, format_) for one in files]
    from service import embedded  # noqa: PLC0415
    from service.bulk.adding_up import check_duckdb  # noqa: PLC0415
    from service.bulk.loading import Loader, Watch  # noqa: PLC0415
    from service.identity.rules import load_rules  # noqa: PLC0415

    check_duckdb()
    rules = load_rules(settings.rules)
    installation = embedded.fetch(settings.cache, console=console)
    with _stopped_by_sigterm(), ExitStack() as bar:
        watch = Watch(_steps(bar), _OnPiece(wanted, bar))
        loader = Loader(settings, installation, rules, watch, console)
        loaded = run(lambda: loader.load(wanted), settings)
    if not _summed_up(loaded, wanted):
        raise typer.Exit(1)


def _wanted(told: str, format_: Format | None) -> Wanted:
    """A file as it is named on the command line."""
    from service.bulk.loading import Wanted  # noqa: PLC0415
    from service.ingest.files.importing import ImportFile  # noqa: PLC0415
    from service.ingest.files.mapping_file import load_mapping  # noqa: PLC0415
    from service.ingest.files.opening import format_of  # noqa: PLC0415

    source, equals, name = told.partition("=")
    if not equals or not source or not name:
        raise typer.BadParameter(f"{told}: say whose messages it has, as in web_shop={told}")
    mapping = None
    if not Path(name).exists() and "@" in name:
        name, _, mapping_name = name.rpartition("@")
        mapping = load_mapping(Path(mapping_name))
    path = Path(name)
    if not path.is_file():
        raise typer.BadParameter(f"{name} is not a file that exists")
    made_of = format_of(name, format_)
    if made_of is not Format.JSONL and mapping is None:
        raise typer.BadParameter(
            f"{name} needs a mapping: {source}={name}@MAPPING; a first one is printed by: "
            f"knoop import {name} --guess"
        )
    if made_of is Format.JSONL and mapping is not None:
        raise typer.BadParameter(f"{name}: JSON Lines are messages, and need no mapping")
    rejects = path.with_name(f"{path.name}.rejects.jsonl")
    return Wanted(ImportFile(name, made_of, mapping), source, rejects)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does, which ends whatever was started and takes it away."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread hears of signals.
        return
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _steps(bar: ExitStack) -> Step:
    """Name each step; `bar`, which one of them may open, is not there any more after it."""

    @contextmanager
    def step(name: str) -> Iterator[None]:
        console.print(f"{name.capitalize()} …", markup=False, highlight=False)
        with bar:
            yield

    return step


class _OnPiece:
    """Shows how far the file is read that a piece is of."""

    def __init__(self, wanted: list[Wanted], stack: ExitStack) -> None:
        self._wanted = wanted
        self._stack = stack
        self._file = -1

    def __call__(self, parsed: Parsed) -> None:
        from service.embedded.progress import file_bar  # noqa: PLC0415

        if parsed.file != self._file:
            self._stack.close()
            self._file = parsed.file
            file = self._wanted[parsed.file].file
            bar = file_bar(console, Path(file.name).name, file.size)
            self._show = self._stack.enter_context(bar)
        self._show(parsed.bytes_read, parsed.rows)


def _summed_up(loaded: Loaded, wanted: list[Wanted]) -> bool:
    typer.echo(
        f"{loaded.rows:,} read, {loaded.new:,} new, {loaded.repeated:,} repeated, "
        f"{loaded.rejected:,} rejected"
    )
    for one in wanted:
        if one.rejects.exists():
            text = f"The rejected rows and their reasons are in {one.rejects}"
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    return not loaded.rejected
