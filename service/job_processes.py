"""Jobs run in processes of their own, which are started when a job waits.

So they keep nobody waiting whose messages or queries this process serves, can be ended in the
middle of a long computation, and leave no memory behind. `python -m service.job_processes` does the
jobs that wait, one after the other, and ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from service.analysis.working import LetGoError, count_waiting, do_next_job
from service.children import begun, left_alone
from service.connection import Connection, find_connection
from service.errors import KnoopError
from service.log import configure_log
from service.settings import Settings, load_settings
from service.store.graph import Graph, connect
from service.tracing import exporting

_log = structlog.get_logger()

_LOOK_SECONDS = 1.0
# They give way to what serves.
_NICER = 10


@asynccontextmanager
async def jobs_done(graph: Graph, found: Connection, settings: Settings) -> AsyncIterator[None]:
    """Have jobs done while the block runs, so many at once as the settings say."""
    keeping = asyncio.create_task(_keep(graph, found, settings.jobs))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(graph: Graph, found: Connection, most: int) -> None:
    running: set[asyncio.Task[None]] = set()
    try:
        while most:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                waiting = await count_waiting(graph)
            except KnoopError as error:  # It is told elsewhere that the database is away.
                _log.debug("jobs_not_seen", problem=str(error))
                continue
            running = {one for one in running if not one.done()}
            for _ in range(min(waiting, most - len(running))):
                running.add(asyncio.create_task(_run(found)))
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _run(found: Connection) -> None:
    """One process, until no job waits."""
    async with begun("service.job_processes", found) as process:
        status = await process.wait()
    if status:
        _log.error("job_process_ended", status=status, what_now="Its job waits again in a while.")


async def _do_all(settings: Settings) -> None:
    found = find_connection(settings)
    async with connect(
        found.neo4j_uri, found.neo4j_user, found.neo4j_password, settings.neo4j_database
    ) as graph:
        while await do_next_job(graph):
            pass


async def _until_told_to_stop(settings: Settings) -> int:
    doing = asyncio.create_task(_do_all(settings))
    alone = asyncio.create_task(left_alone())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, doing.cancel)
    await asyncio.wait({doing, alone}, return_when=asyncio.FIRST_COMPLETED)
    doing.cancel()
    try:
        await doing
    except (asyncio.CancelledError, LetGoError):
        pass
    except KnoopError as error:
        _log.error("jobs_not_done", problem=str(error))
        return 1
    return 0


def main() -> None:
    """Do what waits."""
    settings = load_settings()
    configure_log(settings.log_format)
    os.nice(_NICER)
    with exporting():
        runner = asyncio.Runner()
        status = runner.run(_until_told_to_stop(settings))
    # A model that is worked out in a thread cannot be told to stop, and is not waited for.
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
