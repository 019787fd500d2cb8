"""What every part of the `knoop` command needs: its options, its console, its graph."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console

from service.audit import Entry, audit_log
from service.connection import connected
from service.log import configure_log
from service.settings import Settings, load_settings
from service.store.graph import Graph

Result = TypeVar("Result")

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the graph and connection.json; else KNOOP_HOME."),
]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port to serve on; 0: a free one.")
]

Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes that serve; else KNOOP_WORKERS.")
]

console = Console(stderr=True)


def settings_of(home: Path | None, port: int | None = None, workers: int | None = None) -> Settings:
    """The settings, with what was said on the command line."""
    return load_settings(home=home, port=port, workers=workers)


def with_graph(home: Path | None, work: Callable[[Graph], Coroutine[Any, Any, Result]]) -> Result:
    """Do `work` on the graph of a running knoop, or of KNOOP_NEO4J_URI."""
    settings = settings_of(home)

    async def do() -> Result:
        async with connected(settings) as graph:
            return await work(graph)

    return run(do, settings)


def run(work: Callable[[], Coroutine[Any, Any, Result]], settings: Settings) -> Result:
    """Do `work` to its end, and log as the settings say."""
    configure_log(settings.log_format)
    return asyncio.run(work())


@contextmanager
def recorded(
    home: Path | None,
    action: Literal["read", "write"],
    command: str,
    *,
    profiles: Iterable[str] = (),
    node: str | None = None,
) -> Iterator[None]:
    """Have the audit log tell what a command reads or changes in the block.

    That it can be written is made sure before: a key that was made is shown only once.
    """
    log = audit_log(settings_of(home))
    yield
    log.record(
        Entry(
            actor=f"command:{_user()}",
            address=None,
            action=action,
            field=command,
            profiles=profiles,
            node=node,
        )
    )


def _user() -> str:
    """Who runs the command. In a container there may be a number alone."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
