"""What many tests begin with: a source, and messages from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.access import add_source
from service.identity.rules import load_rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph

NOW = datetime(2026, 6, 2, tzinfo=UTC)


async def add_web_source(graph: Graph) -> str:
    """A source named web; gives its write key."""
    return await add_source(graph, "web", channel="web")


def message(**body: Any) -> Message:
    """A parsed message, by default with a time in June 2026."""
    body.setdefault("timestamp", "2026-06-01T12:00:00Z")
    return parse_message(body, NOW, load_rules(), new_id=f"new-{id(body)}")


async def send(graph: Graph, *bodies: dict[str, Any]) -> int:
    """Record messages as one commit, from the source web; gives how many were new."""
    batch = [Received(message(**body), "web", "web") for body in bodies]
    return len(await record(graph, load_rules(), batch))
