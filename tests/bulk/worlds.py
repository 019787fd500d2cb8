"""Messages drawn by a seed, of few people who meet often, with all that is odd about messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from service.identity.rules import Rules
from service.ingest.message import TYPES

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

_TEXTS = [
    "",
    "plain",
    'a "quoted" one',
    "a, b; c",
    "two\nlines",
    "a\r\nb",
    "\r",
    "tab\t",
    " ",
    "\\",
    "ünï",
    "😀",
    "''",
    "null",
    "true",
    "1",
    'a\\"b',
    '"',
    "-",
    "2026-01-01T00:00:00Z",
    "x" * 300,
    '" x' * 800,
]
_NUMBERS = [0, 1, -1, 2**63 - 1, -(2**63) + 1, 2**63, 0.5, -0.0, 1e300, 5e-324, 1.1, 100.0, 3]
_PLAIN: list[Any] = [*_TEXTS, *_NUMBERS, True, False]
_LISTS: list[Any] = [
    [""],
    ["", ""],
    ["a", ""],
    ["", "a"],
    ["a"],
    ["a\nb", "c,d"],
    [1, 2],
    [0.5],
    [True, False],
    [1, 2.5],
    [],
    ['"'],
    [" a "],
    [None],
    [["a"]],
]
_NESTED: list[Any] = [{}, {"a": {"b": [1, None]}}, None, {"a\n": "b"}]
_NAMES = [
    "total",
    "a:b",
    "with space",
    " lead",
    "utm{x}",
    'a "b"',
    "new\nline",
    "at",
    "name",
    "by",
    "message_id",
    "context_ip",
    "properties_x",
    "ID",
    "é",
    "a,b",
    "type",
    ":ID",
    "$set",
    "x-y",
]
_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1",
    "odd",
]


def draw_rules(seed: int) -> Rules:
    """Rules with small limits, in which an account may be both held and shared."""
    random = Random(seed)  # noqa: S311
    return Rules.model_validate(
        {
            "profile": {
                "max_identifiers": random.choice([200, 200, 6, 4]),
                "shared_after": random.choice([5, 3, 2]),
                "device_joins": random.choice([1, 2]),
                "conflicts": random.choice(["latest", "earliest"]),
            },
            # Lists in a node that is carried over.
            "merge": {"trust": ["crm"], "traits": {"a": "union", "c:d": "first"}},
            "namespaces": {
                "user_id": {
                    "kind": "person",
                    "priority": 1,
                    "max_per_profile": 1,
                    "account": "login",
                },
                "email": {
                    "kind": "person",
                    "priority": 2,
                    "max_per_profile": 2,
                    "normalize": "email",
                    "blocked": ["none@x.nl"],
                },
                "card": {"kind": "person", "priority": 3, "account": "card"},
                "ios.id": {"kind": "device", "priority": 6},
                "anonymous_id": {"kind": "cookie", "priority": 9},
                "ip": {"kind": "none"},
            },
            "fields": {"traits.card": "card"},
            "accounts": {"traits.family": "household", "traits.login": "login"},
        }
    )


def draw_lines(seed: int, count: int) -> list[bytes]:
    """Lines as a source has them, some of which are no messages."""
    random = Random(seed)  # noqa: S311
    return [_line(random, number) for number in range(count)]


def _line(random: Random, number: int) -> bytes:
    if random.random() < 0.03:
        return random.choice([b"nonsense", b'{"type": "track"}', b"", b'{"a": 1'])
    # A world is a few people of its own; worlds do not meet.
    world = number // 25
    return orjson.dumps(_message(random, world, number))


class _Drawing:
    """Draws what one message of a world says."""

    def __init__(self, random: Random, world: int) -> None:
        self.random = random
        self._world = world

    def some(self, chance: float) -> bool:
        return self.random.random() < chance

    def who(self, prefix: str, of: int) -> str:
        return f"{prefix}{self.random.randrange(of)}-{self._world}"

    def value(self) -> Any:
        return self.random.choice(self.random.choice([_PLAIN, _PLAIN, _LISTS, _NESTED]))

    def ids(self) -> list[dict[str, str]]:
        """Identifiers of all namespaces, some of which contradict each other or are nobody's."""
        choice = self.random.choice
        found = [
            (0.1, "ip", self.who("p", 2)),
            (0.1, "unheard_of", self.who("u", 2)),
            (0.25, "email", f"{self.who('e', 4)}@X.nl"),
            (0.1, "email", choice(["none@x.nl", "null", "no mail"])),
            (0.15, "card", f"{self.who('c', 3)}{choice(['', '', chr(10), chr(34)])}x"),
            (0.08, "user_id", self.who("u", 5)),
        ]
        return [{"type": type_, "id": id_} for chance, type_, id_ in found if self.some(chance)]

    def context(self) -> dict[str, Any]:
        choice = self.random.choice
        context: dict[str, Any] = {}
        if ids := self.ids():
            context["externalIds"] = ids
        if self.some(0.3):
            context["traits"] = {"a": self.value()}
        if self.some(0.4):
            context["userAgent"] = choice(_AGENTS)
        if self.some(0.15):
            model = choice(["iPad", "iPhone15,2", ""])
            context["device"] = {"id": self.who("i", 3), "type": "ios", "model": model}
            context["os"] = {"name": "iOS", "version": choice(["17", "18"])}
        if self.some(0.3):
            context["consent"] = self.consent()
        if self.some(0.3):
            context["page"] = {
                "url": choice(["https://x.nl/?a=1", "https://x.nl/?utm_source=a%22&gclid=1"]),
                "referrer": choice(["", "https://x.nl/a", "https://www.google.nl/", "http://y.nl"]),
                "title": choice(_TEXTS),
            }
            medium = choice(["cpc", "", "e\nmail"])
            context["campaign"] = {"name": self.value(), "medium": medium}
        return context

    def consent(self) -> dict[str, Any]:
        purposes = self.random.sample(["ads", "mail", 'a "b"'], self.random.randrange(1, 4))
        consent: dict[str, Any] = {"categoryPreferences": {one: self.some(0.5) for one in purposes}}
        if self.some(0.4):
            consent["legalBasis"] = self.random.choice(["contract", "law"])
        return consent

    def traits(self) -> dict[str, Any]:
        traits = {self.random.choice(["a", "b", "c:d"]): self.value() for _ in range(2)}
        if self.some(0.3):
            traits |= {"family": self.who("f", 2), "login": self.who("u", 5)}
        return traits

    def people(self, kind: str) -> dict[str, Any]:
        """Whom the message names by the fields of the spec."""
        said: dict[str, Any] = {"anonymousId": self.who("a", 4)}
        if self.some(0.3):
            del said["anonymousId"]
        if self.some(0.5) or not said:
            said["userId"] = self.who("u", 5)
        if kind == "alias":
            said |= {"userId": self.who("u", 5), "previousId": self.who("a", 4)}
        if kind == "merge":
            mail, card = f"{self.who('e', 4)}@x.nl", self.who("c", 3)
            said["mergeProperties"] = [
                {"type": "email", "value": mail},
                {"type": "card", "value": card},
            ]
        return said


def _message(random: Random, world: int, number: int) -> dict[str, Any]:
    draw = _Drawing(random, world)
    kind = random.choice([*TYPES, "track", "page"])
    # Some were there before, with other content.
    earlier = random.randrange(number + 1) if draw.some(0.1) else number
    body: dict[str, Any] = {"type": kind, "messageId": f"m{earlier}", **draw.people(kind)}
    if draw.some(0.05):
        del body["messageId"]
    if draw.some(0.9):
        moment = NOON + timedelta(seconds=random.randrange(40), microseconds=random.choice([0, 1]))
        body["timestamp"] = moment.isoformat()
    if kind in ("track", "page", "screen"):
        field = "event" if kind == "track" else "name"
        body[field] = random.choice(["Seen", "Two\nlines", "Or, so"])
    if draw.some(0.6):
        names = random.sample(_NAMES, random.randrange(5))
        body["properties"] = {name: draw.value() for name in names}
    if kind == "group" or draw.some(0.4):
        body["traits"] = draw.traits()
    if kind == "group" or draw.some(0.3):
        body["groupId"] = draw.who("g", 3)
    if context := draw.context():
        body["context"] = context
    return body
