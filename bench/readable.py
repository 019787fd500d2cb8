"""People who are worth reading: with traits and a journey, written by the service itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bench.scratch import Scratch
from bench.seeding import received
from service.identity.rules import Rules
from service.ingest.record import record

_TRAITS = (
    *("firstName", "lastName", "city", "country", "language", "plan", "birthday", "gender"),
    *("employer", "newsletter", "favourite", "size"),
)
_EVENTS = ("Product Viewed", "Product Added", "Cart Viewed", "Order Completed")
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class People:
    """Some people, alike: how many identifiers each has, and how many touchpoints."""

    name: str
    count: int
    identifiers: int
    touchpoints: int

    def value(self, number: int) -> str:
        """The user id of one of them, counted from 0."""
        return f"{self.name}-{number}"

    def values(self) -> list[str]:
        """All their user ids."""
        return [self.value(number) for number in range(self.count)]

    def _messages(self, number: int) -> Iterator[dict[str, Any]]:
        """An identify message with everything that is known; then what was done, cookie by cookie.

        The identifiers are a user id, an address, a card, and for the rest cookies.
        """
        user = self.value(number)
        cookies = [f"{user}-{cookie}" for cookie in range(self.identifiers - 3)]
        yield {
            "type": "identify",
            "event": None,
            "userId": user,
            "anonymousId": cookies[0],
            "traits": {trait: f"{trait} of {user}" for trait in _TRAITS},
            "context": {
                "externalIds": [
                    {"type": "email", "id": f"{user}@example.com"},
                    {"type": "loyalty_card", "id": user},
                ]
            },
        }
        for turn in range(max(self.touchpoints - 1, len(cookies))):
            yield {
                "type": "track",
                "event": _EVENTS[turn % len(_EVENTS)],
                "userId": user,
                "anonymousId": cookies[turn % len(cookies)],
                "properties": {"product_id": f"p{turn}", "price": turn},
            }

    def messages(self) -> Iterator[dict[str, Any]]:
        """Everything that they send, each a minute later than the one before."""
        for number in range(self.count):
            for turn, body in enumerate(self._messages(number)):
                at = _BEGINNING + timedelta(minutes=turn)
                yield body | {
                    "messageId": f"{self.value(number)}-{turn}",
                    "timestamp": at.isoformat(),
                }


async def write(there: Scratch, rules: Rules, groups: Iterable[People]) -> None:
    """Have the service record all that these people send."""
    for people in groups:
        messages = people.messages()
        while batch := [received(rules, **body) for body in islice(messages, _BATCH)]:
            await record(there.graph, rules, batch)
