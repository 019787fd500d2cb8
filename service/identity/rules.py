"""The rules file: how each namespace behaves, and how large and how sure a profile may be.

The rules never change while a process runs: they are read once, checked whole, and passed in.
"""

from __future__ import annotations

import re
import tomllib
from enum import IntEnum
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, Field, ValidationError

from service.errors import SettingsError
from service.identity.channel_rules import ChannelRule, ChannelRules
from service.identity.mistakes import mistakes
from service.identity.rule_parts import Entries, Entry, Table, entries, like

NAMESPACE = re.compile(r"[A-Za-z0-9_.$-]{1,64}")


class Strength(IntEnum):
    """What a namespace's values stand for, the strongest first."""

    PERSON = 0
    DEVICE = 1
    COOKIE = 2
    NONE = 3


def _check_region(region: str) -> str:
    if region not in SUPPORTED_REGIONS:
        raise ValueError('write a country in two capital letters, as in "NL" or "GB"')
    return region


def _check_once(sources: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(sources)) < len(sources):
        raise ValueError("name each source once")
    return sources


def _check_events_once(events: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(events)) < len(events):
        raise ValueError("name each event once")
    return events


Count = Annotated[int, Field(strict=True, ge=1)]
NamespaceName = Annotated[
    str, like(NAMESPACE, "name a namespace with 1 to 64 letters, digits, or any of _ . $ -")
]
FieldPath = Annotated[
    str,
    like(r"[A-Za-z_]\w*(\.[\w$-]+( [\w$-]+)*)*", 'write the path of a field, as in "traits.badge"'),
]
SourceName = Annotated[str, like(r"[^\0]+", 'name a source, as in "crm"')]
SourceChannel = Annotated[str, like(r"[^\0]+", 'name the channel of a source, as in "web"')]
EventName = Annotated[str, like(r"[^\0]+", 'name an event, as in "Order Completed"')]
TraitName = Annotated[str, like(r"[^\0]+", 'name a trait, as in "plan"')]
AccountKind = Annotated[
    str, like(r"[a-z][a-z0-9_]{0,63}", 'name a kind of account, as in "loyalty_card"')
]


class ProfileRules(Table):
    """Limits that hold for every profile."""

    max_identifiers: Count = 200
    shared_after: int = Field(5, strict=True, ge=2)
    device_joins: Count = 2
    conflicts: Literal["latest", "earliest"] = "latest"


class PrivacyRules(Table):
    """Of what is known of people, what is no personal data: who may only read profiles sees it."""

    open_traits: tuple[str, ...] = ()
    open_properties: tuple[str, ...] = ()


MergePolicy = Literal["trust", "latest", "first", "most_frequent", "union"]


class MergeRules(Table):
    """Which of several values of a trait a person or an account has.

    `trust` are the sources that are trusted more than others, the most trusted first; `traits` have
    a policy of their own. Who is one person does not depend on any of it.
    """

    trust: Annotated[tuple[SourceName, ...], AfterValidator(_check_once)] = ()
    policy: MergePolicy = "trust"
    traits: dict[TraitName, MergePolicy] = Field(default_factory=dict)


class SessionRules(Table):
    """When a session ends, and the channels of the sources that people visit.

    What other sources report (tills, mails) is no visit, and in sessions of its own.
    """

    pause_minutes: Count = 30
    visits: Annotated[tuple[SourceChannel, ...], Field(min_length=1)] = ("web", "app")


class NextStepRules(Table):
    """What is predicted of people: the conversions, and the channels on which one can reach them.

    Events named in `outbound` tell of something that was sent to somebody: that is no response.
    """

    conversions: Annotated[
        tuple[EventName, ...], Field(max_length=20), AfterValidator(_check_events_once)
    ] = ("Order Completed",)
    reachable: tuple[SourceChannel, ...] = ("email", "push", "sms")
    outbound: tuple[EventName, ...] = (
        *("Email Sent", "Email Delivered", "Email Bounced"),
        *("Push Notification Sent", "Push Notification Received", "Push Notification Bounced"),
        *("SMS Sent", "SMS Delivered"),
    )


class Namespace(Table):
    """How the values of one namespace behave. `priority` 1 is the strongest."""

    kind: Literal["person", "device", "cookie", "none"]
    priority: Count = 100
    max_per_profile: Count | None = None
    normalize: Literal["email", "phone", "lowercase", "uuid", "none"] = "none"
    region: Annotated[str, AfterValidator(_check_region)] | None = None
    blocked: tuple[Entry, ...] = ()
    account: AccountKind | None = None

    @cached_property
    def strength(self) -> Strength:
        """The kind, in an order that can be compared."""
        return Strength[self.kind.upper()]

    @cached_property
    def is_unique(self) -> bool:
        """Whether one person has at most one value of it."""
        return self.max_per_profile == 1

    def blocks(self, value: str) -> bool:
        """Whether the rules name this value, exactly or by an /expression/, as nobody's."""
        return self._blocked.have(value)

    @cached_property
    def _blocked(self) -> Entries:
        return entries(self.blocked)


_UNKNOWN = Namespace(kind="none", priority=1000)


class Rules(Table):
    """The whole rules file.

    `fields` maps a message's field to the namespace of the identifier that it holds; `accounts`
    maps a field to the kind of shared account that it names.
    """

    # By identity: a key of caches. Two that are equal are only worked out twice.
    __hash__ = object.__hash__

    profile: ProfileRules = ProfileRules()
    merge: MergeRules = MergeRules()
    namespaces: dict[NamespaceName, Namespace] = Field(min_length=1)
    privacy: PrivacyRules = PrivacyRules()
    sessions: SessionRules = SessionRules()
    next_step: NextStepRules = NextStepRules()
    fields: dict[FieldPath, str] = Field(default_factory=dict)
    accounts: dict[FieldPath, AccountKind] = Field(default_factory=dict)
    channels: ChannelRules = Field(default_factory=ChannelRules)

    @cached_property
    def people(self) -> list[str]:
        """The namespaces whose values are somebody's."""
        return [name for name, one in self.namespaces.items() if one.kind == "person"]

    @cached_property
    def limited(self) -> list[str]:
        """The namespaces of which a profile has only so many values."""
        return [name for name, one in self.namespaces.items() if one.max_per_profile]

    @cached_property
    def unique(self) -> list[str]:
        """The namespaces of which a person has at most one value."""
        return [name for name, one in self.namespaces.items() if one.is_unique]

    def is_unique(self, key: str) -> bool:
        """Whether an identifier is in one of the unique namespaces."""
        return self.namespace(namespace_of(key)).is_unique

    def namespace(self, name: str) -> Namespace:
        """The rules of a namespace; one that no rule knows links nobody."""
        return self.namespaces.get(name, _UNKNOWN)

    def weakness(self, key: str) -> tuple[Strength, int]:
        """Sorts identifiers by their keys, the strongest first: by kind, then by priority."""
        namespace = self.namespace(namespace_of(key))
        return namespace.strength, namespace.priority


def namespace_of(key: str) -> str:
    """The namespace of an identifier's key `namespace:value`."""
    return key.partition(":")[0]


def load_rules(path: Path | None = None) -> Rules:
    """Read and check a rules file, or the built-in one.

    Raises:
        SettingsError: names the file, the key and the remedy.
    """
    if path is None:
        return _default_rules()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"the rules file {path} cannot be read: {error.strerror}; check KNOOP_RULES or --rules"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"the rules file {path} is not UTF-8; save it as UTF-8") from error
    return parse_rules(text, str(path))


def parse_rules(text: str, origin: str) -> Rules:
    """Check the text of a rules file; `origin` names it in errors.

    Raises:
        SettingsError: names, for each mistake on a line of its own, the file, the key and the
            remedy.
    """
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # A number too long, or lists nested too deep.
        raise SettingsError(f"{origin} is not valid TOML: {error}; mend it there") from error
    rules, refused = None, None
    try:
        rules = Rules.model_validate(told)
    except ValidationError as error:
        refused = error
    found = mistakes(told, refused, _KEYS)
    if rules is None or found:
        raise SettingsError("\n".join(f"{origin}: {one}" for one in found)) from refused
    return rules


_KEYS = {
    "": tuple(Rules.model_fields),
    "profile": tuple(ProfileRules.model_fields),
    "privacy": tuple(PrivacyRules.model_fields),
    "merge": tuple(MergeRules.model_fields),
    "sessions": tuple(SessionRules.model_fields),
    "next_step": tuple(NextStepRules.model_fields),
    "namespaces": tuple(Namespace.model_fields),
    "channels": tuple(ChannelRules.model_fields),
    "channels.rules": tuple(ChannelRule.model_fields),
}


@cache
def _default_rules() -> Rules:
    file = resources.files("service.identity").joinpath("default_rules.toml")
    return parse_rules(file.read_text(encoding="utf-8"), "the built-in rules file")
