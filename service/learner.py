"""Learns in the background: a process of its own, so that nobody who serves waits for it.

`python -m service.learner` is that process. It learns once, if it is time to, and ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from rich.console import Console

from service.children import begun, left_alone
from service.connection import Connection, find_connection
from service.errors import KnoopError
from service.identity.rules import Rules, load_rules
from service.journey.learning import is_due, learn_journeys
from service.journey.people import Subject
from service.log import configure_log
from service.serving import until_stopped
from service.settings import Settings, load_settings
from service.store.graph import Graph, connect

_log = structlog.get_logger()

_LOOK_SECONDS = 10.0
_NICE = 10
_PATIENCE = 3.0  # It may be in the middle of a long sum. What it has not kept is not half there.
# Half of the time the database has to itself.
_REST = 1.0


def subject_of(rules: Rules) -> Subject:
    """What the rules want to be learned."""
    channels = {one.channel for one in rules.channels.rules}
    wanted = rules.next_step
    return Subject(wanted.conversions, wanted.outbound, tuple(sorted(channels)))


@asynccontextmanager
async def learner(
    graph: Graph, rules: Rules, settings: Settings, found: Connection
) -> AsyncIterator[None]:
    """Have somebody learn, each time that it is due, while the block runs."""
    if not settings.learn_hours:
        yield
        return
    task = asyncio.create_task(_keep_learning(graph, subject_of(rules), settings, found))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_learning(
    graph: Graph, subject: Subject, settings: Settings, found: Connection
) -> None:
    """To look whether it is due costs next to nothing; only then a process is begun."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            if not await is_due(graph, subject, settings.learn_hours, datetime.now(UTC)):
                continue
        except KnoopError:
            continue  # The database is away; it is asked again.
        async with begun("service.learner", found, patience=_PATIENCE) as process:
            if status := await process.wait():
                _log.error("learner_failed", status=status, what_now="It is tried again.")


async def _learn(graph: Graph, subject: Subject) -> None:
    began = datetime.now(UTC)
    lesson = await learn_journeys(graph, subject, began, rest=_REST)
    if lesson is not None:
        _log.info(
            "learned",
            months=len(lesson.months),
            people=lesson.people,
            seconds=round((datetime.now(UTC) - began).total_seconds(), 1),
        )


async def _work(settings: Settings) -> None:
    rules, found = load_rules(settings.rules), find_connection(settings)
    async with connect(
        found.neo4j_uri, found.neo4j_user, found.neo4j_password, settings.neo4j_database
    ) as graph:
        learning = asyncio.create_task(_learn(graph, subject_of(rules)))
        alone = asyncio.create_task(left_alone())
        try:
            await asyncio.wait({learning, alone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alone.cancel()
            learning.cancel() if not learning.done() else learning.result()
            await asyncio.gather(learning, alone, return_exceptions=True)


def main() -> int:
    """Learn once; 1 if that failed, for a reason that the log tells."""
    settings = load_settings()
    configure_log(settings.log_format)
    os.nice(_NICE)
    try:
        asyncio.run(until_stopped(_work(settings), Console(quiet=True)))
    except KnoopError as error:
        _log.warning("not_learned", problem=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
