"""The state of the demo's world: its clock, what has been sent, and whose each identifier is."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.demo.chance import Chance
from service.demo.people import Account, Browser, Household, Person
from service.demo.proportions import Proportions
from service.demo.truth import DemoMessage
from service.demo.wire import Who, iso, key_of, message
from service.demo.words import Words

Action = Callable[[datetime], None]


@dataclass(slots=True)
class World:
    """Everything that exists in the demo."""

    chance: Chance
    words: Words
    odds: Proportions
    start: datetime
    until: datetime
    people: list[Person] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    staff: dict[str, list[Person]] = field(default_factory=dict)
    kiosks: dict[str, Browser] = field(default_factory=dict)
    library: Browser | None = None
    accounts: dict[str, Account] = field(default_factory=dict)  # by address
    cookies: dict[str, None] = field(default_factory=dict)  # that the web shop has seen
    causes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    real: dict[str, None] = field(default_factory=dict)  # addresses and numbers that work
    owners: dict[str, dict[str, None]] = field(default_factory=dict)
    named: dict[str, None] = field(default_factory=dict)
    sent: list[tuple[datetime, int, DemoMessage]] = field(default_factory=list)
    _due: list[tuple[datetime, int, Action]] = field(default_factory=list)
    _scheduled: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def at(self, when: datetime, action: Action) -> None:
        """Do something then, unless it is after the end."""
        if when < self.until:
            self._scheduled += 1
            heapq.heappush(self._due, (when, self._scheduled, action))

    def run(self) -> None:
        """Let the time pass, until the end."""
        while self._due:
            when, _, action = heapq.heappop(self._due)
            action(when)

    def next_number(self, series: str) -> int:
        """The next of a series of numbers: orders, tickets, cards."""
        self._numbers[series] = self._numbers.get(series, 0) + 1
        return self._numbers[series]

    def owns(self, person: Person, namespace: str, value: str) -> None:
        """Note that an identifier is really this person's, and others' too if they own it."""
        if key := key_of(namespace, value):
            self.owners.setdefault(key, {})[person.id] = None

    def send(
        self,
        source: str,
        at: datetime,
        kind: str,
        who: Who,
        *,
        arrives: datetime | None = None,
        event: str = "",
        name: str = "",
        group_id: str = "",
        properties: Mapping[str, Any] | None = None,
        traits: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> str:
        """Send a message, now and then twice; what arrives after the end is not there yet.

        `timestamp` is always there: without it the time would be worked out from the moment at
        which the demo is loaded.
        """
        arrival = arrives or at + timedelta(milliseconds=self.chance.whole(150, 2500))
        message_id = self.chance.uuid()
        timestamp = iso(at)
        body: dict[str, Any] = {"messageId": message_id, "timestamp": timestamp}
        if source in ("web_shop", "app"):
            body |= {"originalTimestamp": timestamp, "sentAt": iso(arrival)}
        body |= message(
            kind,
            who,
            event=event,
            name=name,
            group_id=group_id,
            properties=properties,
            traits=traits,
            context=context,
        )
        if arrival < self.until:
            self.named.update(dict.fromkeys(who.keys()))
        sent = DemoMessage(source, body)
        self.deliver(sent, arrival)
        if self.chance.happens(self.odds.sent_twice):
            self.deliver(sent, arrival + self.chance.wait(timedelta(minutes=5)))
        return message_id

    def deliver(self, message: DemoMessage, arrival: datetime) -> None:
        """Put a message among those that have arrived."""
        if arrival < self.until:
            self.sent.append((arrival, len(self.sent), message))
