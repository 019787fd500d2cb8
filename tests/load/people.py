"""Overlapping people, and all that they send: shuffled, doubled, and dealt to many writers.

People live in villages of twelve, and whatever they share stays in their village: a laptop for
two, a tablet for four, a kiosk for all. So a neighbourhood is small, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from service.identity.rules import Rules
from service.ingest.message import Message, parse_message
from service.ingest.rows import Received
from tests.properties.acts import NAMESPACES

SOURCES = ("web", "till", "app")
RULES = Rules.model_validate(
    {
        "profile": {"max_identifiers": 24, "shared_after": 5, "device_joins": 2},
        "namespaces": NAMESPACES,
    }
)
_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
_VILLAGE, _HOUSEHOLD, _COUPLE = 12, 4, 2
_MESSAGES_A_PERSON = 13
_DEVICES = (
    "cookie",
    "cookie",
    "cookie",
    "phone",
    "laptop",
    "laptop",
    "tablet",
    "tablet",
    "kiosk",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as its source sends it."""

    source: str
    body: dict[str, Any]

    def parsed(self) -> Message:
        """What the service makes of it."""
        return parse_message(self.body, _NOON + timedelta(days=30), RULES, new_id="none")

    def received(self) -> Received:
        """The same, for `record`."""
        return Received(self.parsed(), self.source, None)


@dataclass(frozen=True, slots=True)
class Load:
    """Every message once, and the batches of each writer, in which some come again."""

    messages: tuple[Sent, ...]
    turns: tuple[tuple[tuple[Sent, ...], ...], ...]


def make_load(chance: Random, messages: int, writers: int) -> Load:
    """Deal each message to one writer or two, and some twice to the same one."""
    people = max(messages // _MESSAGES_A_PERSON, _VILLAGE)
    sent = tuple(_sent(chance, number, people) for number in range(messages))
    dealt: list[list[Sent]] = [[] for _ in range(writers)]
    for one in sent:
        writer, other = chance.sample(range(writers), 2)
        dealt[writer].append(one)
        again = chance.random()
        if again < 0.2:
            dealt[other].append(one)
        elif again < 0.3:
            dealt[writer].append(one)
    for mine in dealt:
        chance.shuffle(mine)
    return Load(sent, tuple(tuple(_batches(chance, mine)) for mine in dealt))


def _batches(chance: Random, sent: list[Sent]) -> Iterator[tuple[Sent, ...]]:
    at = 0
    while at < len(sent):
        size = chance.choice((1, 1, 2, 5, 10))
        yield tuple(sent[at : at + size])
        at += size


def _sent(chance: Random, number: int, people: int) -> Sent:
    person = chance.randrange(people)
    body: dict[str, Any] = {
        "messageId": f"m{number}",
        "type": "track",
        "event": "Seen",
        "timestamp": (_NOON + timedelta(seconds=chance.randrange(10**6))).isoformat(),
        "context": {"ip": "10.0.0.1"},
    }
    named = list(_named(chance, person))
    if chance.random() < 0.1:
        # An alias: this cookie turned out to be this user.
        body |= {"type": "alias", "userId": f"u{person}", "previousId": f"c{person}-0"}
    if chance.random() < 0.1:
        body["traits"] = {"city": chance.choice(("Utrecht", "Delft"))}
        body["context"]["groupId"] = f"village-{person // _VILLAGE}"
        body["context"]["device"] = {"model": chance.choice(("One", "Two"))}
    ids = [dict(zip(("type", "id"), key.split(":"), strict=True)) for key in named]
    body["context"]["externalIds"] = ids
    return Sent(chance.choice(SOURCES), body)


def _named(chance: Random, person: int) -> Iterator[str]:
    """One to four identifiers: who it is, what it is sent with, and now and then a mistake."""
    village = person // _VILLAGE
    says = chance.random()
    if says < 0.6:
        yield f"user_id:u{person}"
    if says > 0.45:
        yield f"email:e{person}-{chance.choice((0, 0, 1))}@x.nl"
    if says < 0.05:
        # Somebody else's address, or two users in one message: that one contradicts itself.
        other = village * _VILLAGE + chance.randrange(_VILLAGE)
        yield chance.choice((f"email:e{other}-0@x.nl", f"user_id:u{other}"))
    device = chance.choice(_DEVICES)
    if device == "cookie":
        yield f"anonymous_id:c{person}-{chance.randrange(3)}"
    elif device == "phone":
        yield f"tablet:p{person}"
    elif device == "laptop":
        yield f"anonymous_id:l{person // _COUPLE}"
    elif device == "tablet":
        yield f"tablet:h{person // _HOUSEHOLD}"
    else:
        yield f"anonymous_id:k{village}"
    if says > 0.97:
        yield chance.choice(("ip:a", f"unheard_of:v{village}"))
