"""The server as a process of the system: started, found again, and ended."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from service.embedded.configuration import SERVER_CLASS, home_argument

PATIENCE = 60  # seconds that a server may take to write everything down
PAUSE = 0.05


def spawn(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> psutil.Process:
    """Start a server. Ctrl-C in the terminal does not reach it: it is stopped when its user is."""
    with log.open("wb") as output:
        return psutil.Popen(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def find(home: Path) -> psutil.Process | None:
    """Find the server of `home`, whoever started it.

    It is known by its command line. A number in a file could be that of another process by now,
    and would be missing if the starter was killed before it wrote it.
    """
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if SERVER_CLASS in command and home_argument(home) in command:
            return process
    return None


def end_all_of(home: Path) -> None:
    """End at once whatever of Neo4j works in `home`, whoever started it: its work is not needed."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(_names(argument, home) for argument in process.cmdline()):
                process.kill()
                found.append(process)
    psutil.wait_procs(found, PATIENCE)


def _names(argument: str, home: Path) -> bool:
    # A server is told its home, and a command of Neo4j a file there with what to do.
    return argument == home_argument(home) or argument.startswith(f"@{home}/")


def exit_code(process: psutil.Process) -> int | None:
    """Tell how `process` ended; None while it runs. 0 if that cannot be known."""
    try:
        return process.wait(timeout=0) or 0
    except psutil.TimeoutExpired:
        return None


async def ended(process: psutil.Process) -> int:
    """Wait until `process` has ended; tells how, as `exit_code` does."""
    # A process that is not a child sends no event: it has to be asked.
    while (code := exit_code(process)) is None:
        await asyncio.sleep(PAUSE)
    return code


async def end(process: psutil.Process) -> None:
    """Ask `process` to stop, wait, and after PATIENCE end it by force."""
    for ask in (process.terminate, process.kill):
        try:
            ask()
        except psutil.NoSuchProcess:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await ended(process)
                return
