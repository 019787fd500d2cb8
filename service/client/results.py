"""What the service answers, as values.

Each is made from JSON by the names and types of its fields, so that a field that a later version
of the service adds is no mistake here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from service.client.errors import InvalidError, MessagesRefusedError

Result = TypeVar("Result")


# --- Messages ---


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is committed to the database.

    `warnings` say what of it counts less than its sender may think, as in a value that identifies
    nobody.
    """

    message_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that is not stored: its place among those that were given, and what is wrong."""

    index: int
    message_id: str | None
    code: str
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class MessageWarning:
    """What of an accepted message counts less than its sender may think."""

    message_id: str
    warning: str


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of many messages: how many are stored, and which are not."""

    accepted: int = 0
    refused: tuple[RefusedMessage, ...] = ()
    warnings: tuple[MessageWarning, ...] = ()

    def raise_for_refused(self) -> None:
        """Make sure that every message is stored.

        Raises:
            MessagesRefusedError: some are not; it holds this report.
        """
        if self.refused:
            raise MessagesRefusedError(self)


# --- People ---


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value in one namespace. Never a person."""

    namespace: str
    value: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"

    @classmethod
    def of(cls, named: str | Identifier) -> Identifier:
        """An identifier from its key, as in `email:ann@example.com`.

        Raises:
            InvalidError: there is no namespace, or no value, in it.
        """
        if isinstance(named, Identifier):
            return named
        namespace, _, value = named.partition(":")
        if not namespace or not value:
            raise InvalidError(
                "an identifier is namespace:value, as in email:ann@example.com", field="identifier"
            )
        return cls(namespace, value)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser, phone, tablet, desktop, television or kiosk."""

    id: str
    kind: str | None
    make: str | None
    model: str | None
    os: str | None
    os_version: str | None
    browser: str | None
    browser_version: str | None


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier of a profile; `device` and `account` are keys of the profile's own."""

    namespace: str
    value: str
    first_seen: datetime
    last_seen: datetime
    shared: bool
    device: str | None
    account: str | None

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"


@dataclass(frozen=True, slots=True)
class TraitValue:
    """One value of a trait, where it came from, and when."""

    value: Any
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Trait:
    """What is known of a person or account, and the values that lost, best first.

    `policy` is that of the rules for it: `TRUST`, `LATEST`, `FIRST`, `MOST_FREQUENT` or `UNION`.
    """

    name: str
    value: Any
    source: str
    at: datetime
    policy: str
    others: tuple[TraitValue, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Something a person holds (a login, a card) or, where it is shared, belongs to."""

    key: str
    kind: str
    id: str
    shared: bool
    traits: tuple[Trait, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's last word on one purpose."""

    purpose: str
    granted: bool
    at: datetime
    first_at: datetime
    source: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as far as we know. `former_ids` are other ids that lead here."""

    id: str
    former_ids: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    identifiers: tuple[KnownIdentifier, ...]
    traits: tuple[Trait, ...]
    devices: tuple[Device, ...]
    accounts: tuple[Account, ...]
    consents: tuple[Consent, ...]

    def trait(self, name: str) -> Any:
        """The value of a trait; None when nobody said it."""
        return next((trait.value for trait in self.traits if trait.name == name), None)


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One thing that a person did or met; `identifier` is the strongest that the event names."""

    id: str
    message_id: str
    type: str
    name: str | None
    at: datetime
    channel: str | None
    source: str | None
    device: Device | None
    identifier: Identifier
    properties: Mapping[str, Any]


# --- Who is who ---


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two identifiers are one person; `obstacle` is what keeps it from counting."""

    a: Identifier
    b: Identifier
    kind: str
    obstacle: str | None
    first_seen: datetime
    last_seen: datetime
    count: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Separation:
    """A person's word that two identifiers are not one person."""

    a: Identifier
    b: Identifier
    at: datetime
    change_id: str | None
    actor: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two identifiers are one person, or why they are not.

    `chain` leads from the one to the other; its weakest link is as strong as can be. Of two
    people, `refused` is the strongest link that a rule refuses, `won` the one that was taken
    instead, `left_out` what would join them if it counted, and `separation` who said that they
    are two. `unknown` are the identifiers that nobody ever sent.
    """

    same_person: bool
    reason: str
    summary: str
    chain: tuple[Link, ...]
    profiles: tuple[str, ...]
    refused: Link | None = None
    won: Link | None = None
    left_out: tuple[Link, ...] = ()
    separation: Separation | None = None
    unknown: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What came of linking, separating or withdrawing.

    `outcome` is the type that GraphQL gives: `Linked`, `LinkRefused`, `AlreadyLinked`, `Separated`,
    `AlreadySeparated`, `Withdrawn`, `AlreadyWithdrawn`, `UnknownIdentifier`, `NotAnIdentifier`,
    `SameIdentifier` or `NotByHand`. `change_id` is what `withdraw` takes, `rule` what keeps a link
    from counting, `profiles` the ids of the one or two profiles that the identifiers are in now.
    """

    outcome: str
    message: str
    change_id: str | None
    rule: str | None
    profiles: tuple[str, ...]


# --- From JSON ---


def decode(type_: type[Result], told: Any) -> Result:
    """JSON as a value of this type.

    Raises:
        KeyError: a field is missing.
        ValueError: a time is not one.
        TypeError: something is of another shape.
    """
    value: Result = _value(type_, told)
    return value


def _value(type_: Any, told: Any) -> Any:
    origin, inner = get_origin(type_), get_args(type_)
    if origin in (Union, types.UnionType):
        [only] = [one for one in inner if one is not types.NoneType]
        return None if told is None else _value(only, told)
    if origin is tuple:
        return tuple(_value(inner[0], one) for one in told)
    if isinstance(type_, type) and is_dataclass(type_):
        names = _names(type_)
        return type_(**{name: _value(hint, told[camel]) for name, (camel, hint) in names.items()})
    return datetime.fromisoformat(told) if type_ is datetime else told


@cache
def _names(type_: Any) -> dict[str, tuple[str, Any]]:
    """Of each field, its name in JSON and its type."""
    hints = get_type_hints(type_)
    return {field.name: (_camel(field.name), hints[field.name]) for field in fields(type_)}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
