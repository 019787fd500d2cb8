"""What a person sees while something takes its time: nothing at all if there is no terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

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
