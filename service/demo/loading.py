"""Send the demo through the front door, as any integrator would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from service.connection import write_private
from service.demo.generate import generate
from service.demo.truth import Demo, DemoMessage
from service.errors import UnavailableError
from service.journey.reading import read_touchpoint
from service.store.graph import Graph

_BATCH = 200
_AT_ONCE = 4


async def load_demo(
    home: Path, graph: Graph, url: str, write_keys: Mapping[str, str], console: Console
) -> str:
    """Send what is not there yet. Messages that were sent before change nothing.

    Returns:
        An identifier of somebody worth looking at.

    Raises:
        UnavailableError: the front door stayed shut.
    """
    note = home / "demo.json"
    with suppress(FileNotFoundError):
        loaded = json.loads(note.read_text(encoding="utf-8"))
        # The note outlives a graph that was thrown away or is another one now.
        if await read_touchpoint(graph, loaded["message_id"]) is not None:
            return str(loaded["somebody"])
    with console.status("Imagining a company"):
        demo = await asyncio.to_thread(generate)
    await _send_all(url, write_keys, demo.messages, console)
    somebody = _somebody(demo)
    loaded = {"message_id": demo.messages[-1].body["messageId"], "somebody": somebody}
    write_private(note, json.dumps(loaded) + "\n")
    return somebody


async def _send_all(
    url: str,
    write_keys: Mapping[str, str],
    messages: Sequence[DemoMessage],
    console: Console,
) -> None:
    progress = Progress(
        TextColumn("Loading the demo"),
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} messages"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    places = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        with progress:
            task = progress.add_task("", total=len(messages))

            async def send(batch: Sequence[DemoMessage]) -> None:
                async with places:
                    await _send(client, write_keys[batch[0].source], batch)
                progress.advance(task, len(batch))

            async with asyncio.TaskGroup() as group:
                for batch in _batches(messages):
                    group.create_task(send(batch))


async def _send(client: httpx.AsyncClient, key: str, batch: Sequence[DemoMessage]) -> None:
    body = orjson.dumps({"batch": [message.body for message in batch]})
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((httpx.TransportError, UnavailableError)),
        wait=wait_exponential(max=10),
        stop=stop_after_attempt(8),
        reraise=True,
    ):
        with attempt:
            answer = await client.post("/v1/batch", content=body, auth=(key, ""))
            if answer.status_code in (429, 503):
                raise UnavailableError("the demo cannot be loaded: the service is too busy")
            answer.raise_for_status()


def _batches(messages: Sequence[DemoMessage]) -> Iterator[list[DemoMessage]]:
    """Consecutive messages of one source, in order; a batch is one source's."""
    pending: dict[str, list[DemoMessage]] = {}
    for message in messages:
        batch = pending.setdefault(message.source, [])
        batch.append(message)
        if len(batch) == _BATCH:
            yield pending.pop(message.source)
    yield from pending.values()


def _somebody(demo: Demo) -> str:
    """A person with an e-mail address whose identifiers are many."""
    known: dict[str, list[str]] = {}
    for key, person in demo.truth.person_of.items():
        known.setdefault(person, []).append(key)
    with_email = (keys for keys in known.values() if any(k.startswith("email:") for k in keys))
    most = max(with_email, key=lambda keys: (len(keys), keys))
    return next(key for key in most if key.startswith("email:"))
