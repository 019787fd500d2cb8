"""Processes that this one begins: they know the graph, end with it, and when they are told to."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client.multiprocess import mark_process_dead

from service.connection import Connection


@asynccontextmanager
async def begun(
    module: str,
    found: Connection,
    *words: str,
    pass_fds: tuple[int, ...] = (),
    patience: float | None = None,
) -> AsyncIterator[Process]:
    """A process that runs a module with these arguments; when the block is left, it is ended.

    After so many seconds of `patience` it is killed, so it must be one that leaves nothing half
    done; without, it is waited for.
    """
    own = {
        "KNOOP_NEO4J_URI": found.neo4j_uri,
        "KNOOP_NEO4J_USER": found.neo4j_user,
        "KNOOP_NEO4J_PASSWORD": found.neo4j_password,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        env=os.environ | own,
        pass_fds=pass_fds,
        stdin=asyncio.subprocess.PIPE,  # Its end tells the process that this one is gone.
        start_new_session=True,  # Ctrl-C is for this process, which stops the others.
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(patience):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(process.pid)  # type: ignore[no-untyped-call]


async def left_alone() -> None:
    """Wait, in such a process, until the one that began it is gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()
