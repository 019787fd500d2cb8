"""The demo's messages many times over, each time of other people: as many as are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from service.demo.generate import generate
from service.demo.truth import DemoMessage
from service.identity.identifiers import is_placeholder

# What names somebody, wherever in a message it stands.
_NAMING = frozenset(
    {
        *("messageId", "userId", "anonymousId", "previousId", "groupId", "email", "id", "value"),
        *("advertisingId", "token", "loyalty_number", "crm_id"),
    }
)
# In a text that is written again and again these stand for the number of the copy.
_COPY = "\u00a7"
_COPY_IN_PHONE = "\u00b6"
MOST = 1_000
"""How many copies there can be: their numbers have three digits in telephone numbers."""


def write_copies(folder: Path, messages: int) -> dict[str, Path]:
    """Write at least so many messages as JSON Lines, and give the file of each source."""
    demo = generate().messages
    texts: dict[str, list[bytes]] = {}
    for sent, body in zip(demo, mark(demo), strict=True):
        texts.setdefault(sent.source, []).append(orjson.dumps(body) + b"\n")
    copies = -(-messages // len(demo))
    if copies > MOST:
        raise ValueError(f"{messages} messages are more than {MOST} copies of the demo")
    paths = {}
    for source, lines in texts.items():
        paths[source] = folder / f"{source}.jsonl"
        text = b"".join(lines)
        with paths[source].open("wb") as file:
            for number in range(copies):
                file.write(copy(text, number))
    return paths


def mark(messages: Iterable[DemoMessage]) -> list[dict[str, Any]]:
    """Mark what names somebody in the messages' bodies; `copy` makes one's own names of it."""
    phones: dict[str, int] = {}
    return [_marked(sent.body, "", phones) for sent in messages]


def copy(text: bytes, number: int) -> bytes:
    """A copy of marked messages' JSON, of people whom no copy of another number names."""
    named = text.replace(_COPY.encode(), b"-%d" % number)
    return named.replace(_COPY_IN_PHONE.encode(), b"%03d" % number)


def _marked(value: Any, name: str, phones: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {key: _marked(one, key, phones) for key, one in value.items()}
    if isinstance(value, list):
        return [_marked(one, "", phones) for one in value]
    if not isinstance(value, str) or not value or is_placeholder(value):
        return value
    if name == "phone":
        return f"+12{_COPY_IN_PHONE}{phones.setdefault(value, len(phones)):06}"
    if name not in _NAMING:
        return value
    local, at, domain = value.partition("@")
    return f"{local}{_COPY}{at}{domain}"
