"""What the demo hands over: the messages, and what is known to be true about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Channel = Literal["web", "app", "store", "crm", "email", "support"]


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A place that messages come from."""

    id: str
    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """One message in the Segment spec, and the source that sent it."""

    source: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """Who was really who, and why they bought.

    `person_of` maps an identifier's key to its person, for identifiers that belong to exactly
    one: what a family shares, a kiosk or a placeholder is not in it.
    `causes` maps an order's id to the ids of the messages that show the touches without which it
    would not have been placed; none where it would have been placed anyway.
    """

    person_of: Mapping[str, str]
    causes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Demo:
    """A year of a retailer, in the order in which its messages arrived."""

    sources: tuple[DemoSource, ...]
    messages: tuple[DemoMessage, ...]
    truth: Truth


SOURCES = (
    DemoSource("web_shop", "Web shop", "web"),
    DemoSource("app", "Shopping app", "app"),
    DemoSource("till_north", "Tills in the north", "store"),
    DemoSource("till_south", "Tills in the south", "store"),
    DemoSource("crm", "CRM", "crm"),
    DemoSource("mail", "Mail programme", "email"),
    DemoSource("support", "Customer service", "support"),
)
