"""`knoop import`: what is said, and with which exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.command import Home, console, settings_of, with_graph
from service.errors import ImportFileError, UnavailableError
from service.ingest.files.table import Format
from service.settings import Settings
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.access import Source
    from service.identity.rules import Rules
    from service.ingest.files.checkpoint import Progress
    from service.ingest.files.importing import ImportFile

Commit = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line said."""

    files: list[ImportFile]
    mapping: Path | None
    rejects: Path | None
    restart: bool


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="JSON Lines of messages, CSV or Parquet; .gz and .zst too. -: standard input.",
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Whose messages: see knoop source add."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="Which column is which field. TOML."),
    ] = None,
    guess: Annotated[
        bool,
        typer.Option(
            "--guess", help="Only print a first mapping for FILE, or write it to --mapping."
        ),
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For rows not taken; else FILE.rejects.jsonl."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Else the end of FILE's name says it.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Read from the beginning what was read before.")
    ] = False,
    home: Home = None,
) -> None:
    """Import files of messages. Twice changes nothing; what was stopped goes on where it was.

    Rows that are not taken do not stop it: they are kept in a file, and the exit status is 1.
    """
    _check_files(files)
    settings = settings_of(home)
    if guess:
        _guess(settings, files, format_, mapping)
        return
    if source is None:
        raise typer.BadParameter("say --source NAME; make one with: knoop source add NAME")
    from service.identity.rules import load_rules  # noqa: PLC0415

    rules = load_rules(settings.rules)
    wanted = _Wanted(_read(files, format_, mapping), mapping, rejects, restart)

    async def work(graph: Graph) -> bool:
        checked = await _check(graph, rules, source)
        return all(
            [await _import(graph, settings, rules, checked, wanted, one) for one in wanted.files]
        )

    try:
        clean = with_graph(home, work)
    except KeyboardInterrupt:
        console.print("Stopped. The same command goes on where it was.")
        raise
    if not clean:
        raise typer.Exit(1)


def _check_files(files: list[Path]) -> None:
    for file in files:
        if str(file) != "-" and not file.exists():
            raise typer.BadParameter(f"{file} does not exist")
        if file.is_dir():
            raise typer.BadParameter(f"{file} is a folder; name the files in it")


def _read(files: list[Path], told: Format | None, mapping: Path | None) -> list[ImportFile]:
    """The files, with what they are made of; a mistake in any is told before the first is read."""
    from service.ingest.files.importing import ImportFile  # noqa: PLC0415
    from service.ingest.files.mapping_file import load_mapping  # noqa: PLC0415
    from service.ingest.files.opening import format_of  # noqa: PLC0415

    formats = {str(file): format_of(str(file), told) for file in files}
    columns = None if mapping is None else load_mapping(mapping)
    for name, one in formats.items():
        if one is not Format.JSONL and columns is None:
            raise typer.BadParameter(
                f"{name} needs --mapping; a first one is printed by: knoop import {name} --guess"
            )
    if columns is not None and set(formats.values()) == {Format.JSONL}:
        raise typer.BadParameter("--mapping is for CSV and Parquet; JSON Lines are messages")
    return [
        ImportFile(name, one, None if one is Format.JSONL else columns)
        for name, one in formats.items()
    ]


async def _check(graph: Graph, rules: Rules, source: str) -> Source:
    """Make sure that the graph is ready, before a file is touched."""
    from service.access import find_source  # noqa: PLC0415
    from service.errors import MigrationError  # noqa: PLC0415
    from service.identity.publishing import check_published  # noqa: PLC0415
    from service.store.migrations import pending  # noqa: PLC0415

    if await pending(graph):
        raise MigrationError("the graph is not up to date; run: knoop migrate")
    await check_published(graph, rules)
    return await find_source(graph, source)


async def _import(
    graph: Graph,
    settings: Settings,
    rules: Rules,
    source: Source,
    wanted: _Wanted,
    file: ImportFile,
) -> bool:
    """Import one file; whether all of it was taken."""
    from service.embedded.progress import file_bar  # noqa: PLC0415
    from service.ingest.files.checkpoint import Checkpoint, Progress  # noqa: PLC0415
    from service.ingest.files.importing import Importer  # noqa: PLC0415
    from service.ingest.files.rejects import Rejects  # noqa: PLC0415

    path = Path(file.name)
    with ExitStack() as closing:
        checkpoint = None
        if file.is_kept:
            by = [source.name, file.format, _digest(wanted.mapping)]
            checkpoint = Checkpoint(settings.home, path, *by)
            closing.enter_context(checkpoint.owned())
        show = closing.enter_context(file_bar(console, path.name, file.size))
        importer = Importer(graph, rules, source, show, _say_that_it_waits)
        progress = Progress()
        if checkpoint is not None and not wanted.restart:
            progress = await importer.find_progress(checkpoint)
        kept = Rejects(wanted.rejects or _rejects_of(file), file.name)
        if progress.done:
            _say(f"{file.name}: was imported before; --restart reads it again")
        else:
            if progress.position.rows:
                _say(f"{file.name}: goes on after row {progress.position.rows:,}")
            kept.take_back(progress.last_line if file.is_kept else sys.maxsize)
            closing.callback(kept.close)
            note = checkpoint.write if checkpoint is not None else _note_nothing
            progress = await importer.run(file, progress, kept, note)
    return _summed_up(file.name, progress, kept.path)


def _summed_up(name: str, progress: Progress, rejects: Path) -> bool:
    totals = progress.totals
    typer.echo(
        f"{name}: {totals.read:,} read, {totals.new:,} new, {totals.repeated:,} repeated, "
        f"{totals.rejected:,} rejected, {totals.dead:,} dead letters"
    )
    if totals.rejected:
        _say(f"The rejected rows and their reasons are in {rejects}")
    if totals.dead:
        _say("What the database refused is listed by: knoop dead-letters list")
    return not totals.rejected and not totals.dead


def _guess(
    settings: Settings, files: list[Path], format_: Format | None, mapping: Path | None
) -> None:
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.ingest.files.opening import format_of  # noqa: PLC0415
    from service.ingest.files.sampling import guess_of  # noqa: PLC0415

    if len(files) != 1:
        raise typer.BadParameter("--guess takes one FILE")
    name = str(files[0])
    found = format_of(name, format_)
    if found is Format.JSONL:
        raise typer.BadParameter("JSON Lines are messages: they need no mapping")
    text = guess_of(name, found, load_rules(settings.rules).namespaces)
    if mapping is None:
        typer.echo(text, nl=False)
        return
    try:
        with mapping.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ImportFileError(f"{mapping} cannot be written: {error.strerror}") from error
    _say(f"{mapping} is a first guess: read it, mend it, and import with it")


def _rejects_of(file: ImportFile) -> Path:
    path = Path(file.name)
    if not file.is_kept:
        return Path("stdin.rejects.jsonl")
    return path.with_name(f"{path.name}.rejects.jsonl")


def _digest(mapping: Path | None) -> str:
    return "" if mapping is None else blake2b(mapping.read_bytes(), digest_size=16).hexdigest()


def _say_that_it_waits(error: UnavailableError) -> None:
    _say(f"Waiting for the database, for up to 5 minutes: {error}")


def _note_nothing(_: Progress) -> None:
    """Standard input cannot be read again from where it was."""


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
