"""What a person sees while something takes its time: nothing at all if there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import SEEK_END
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn


def spinner(console: Console, text: str) -> AbstractContextManager[object]:
    """Show that `text` is going on."""
    return console.status(text) if console.is_terminal else nullcontext()


def bytes_bar(console: Console) -> Progress:
    """Show how many bytes have come, and when the rest will have."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


@contextmanager
def reading(console: Console, stream: BinaryIO, text: str) -> Iterator[BinaryIO]:
    """Show how much of a stream has been read: a bar where its size is known."""
    if not console.is_terminal:
        yield stream
    elif not stream.seekable():
        with spinner(console, text):
            yield stream
    else:
        start = stream.tell()
        total = stream.seek(0, SEEK_END) - stream.seek(start)
        with bytes_bar(console) as bar:
            yield bar.wrap_file(stream, total=total, description=text)


@contextmanager
def count_bar(console: Console, of: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of something are done; call what this gives with that number and the total."""
    progress = Progress(
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} " + of),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with progress:
        task = progress.add_task("", total=0)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def file_bar(
    console: Console, text: str, total: int | None
) -> Iterator[Callable[[int, int], None]]:
    """Show how much of a file is done, the rate, and when the rest will be.

    Call what this gives with how many bytes were read, and how many rows more are done.
    """
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *([DownloadColumn()] if total else []),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} a second"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    began = time.monotonic()
    rows = 0
    with progress:
        task = progress.add_task(text, total=total, rows=0, rate=0.0)

        def show(read: int, more: int) -> None:
            nonlocal rows
            # What an earlier run has read must not count for the speed of this one.
            if rows == 0 and total:
                progress.reset(task, completed=read)
            rows += more
            rate = rows / (time.monotonic() - began)
            progress.update(task, completed=read if total else None, rows=rows, rate=rate)

        yield show
