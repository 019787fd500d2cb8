"""A company whose customers came lately, so that there is something to learn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.identity.rules import load_rules
from service.journey.learning import Lesson, learn_journeys
from service.learner import subject_of
from service.store.graph import Graph
from tests.integration.conftest import Sender

NOW = datetime.now(UTC).replace(microsecond=0)
SUBJECT = subject_of(load_rules())
PEOPLE = 60
_SOURCES = {"cpc": "google", "email": "newsletter", "social": "instagram"}


def visit(days: float, user: str, medium: str | None = None, **other: Any) -> dict[str, Any]:
    """A page that somebody saw so many days ago."""
    context = dict(other.pop("context", {}))
    if medium is not None:
        context["campaign"] = {"source": _SOURCES.get(medium, "elsewhere"), "medium": medium}
    at = (NOW - timedelta(days=days)).isoformat()
    return {"type": "page", "timestamp": at, "userId": user, "context": context} | other


def order(days: float, user: str, **other: Any) -> dict[str, Any]:
    """What somebody bought so many days ago."""
    return visit(days, user, **other) | {"type": "track", "event": "Order Completed"}


async def accept(sender: Sender, *messages: dict[str, Any]) -> None:
    assert (await sender.batch(*messages)).json() == {"success": True}


async def happen(web: Sender, ago: int = 60) -> None:
    """Everybody comes by a paid search, and then by a mail; half of them buy the day after that."""
    messages = []
    for number in range(PEOPLE):
        user, first = f"u{number}", ago + number % 7
        messages += [visit(first, user, "cpc"), visit(first - 10, user, "email")]
        if number % 2:
            messages.append(order(first - 11, user))
    await accept(web, *messages)


async def learn(graph: Graph, now: datetime | None = None, *, anew: bool = False) -> Lesson:
    """Learn, as nobody else does."""
    lesson = await learn_journeys(graph, SUBJECT, now or datetime.now(UTC), anew=anew)
    assert lesson is not None
    return lesson
