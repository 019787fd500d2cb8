"""From a value that somebody sent to an identifier, or to the reason why it is nobody's."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from service.identity.rules import NAMESPACE, Namespace, Rules

MAX_VALUE = 512
"""Characters of a value. Neo4j indexes keys of up to about 8 KB; no real identifier comes near."""

_KEPT = 16_384
"""Of so many values it is remembered what they are: whoever is active sends again and again."""

# What programs send when they have nobody: lower case. The list grew from the field's experience
# (PostHog's illegal ids, Segment Unify's blocked values); anything that is all zeros is added.
_PLACEHOLDERS = frozenset(
    line.strip()
    for line in """
        null
        (null)
        <null>
        nil
        none
        (none)
        undefined
        unknown
        nan
        na
        n/a
        #n/a
        not set
        (not set)
        not available
        void
        empty
        missing
        anonymous
        guest
        user
        user_id
        userid
        id
        distinct_id
        distinctid
        not_authenticated
        email
        phone
        true
        false
        [object object]
        {}
        []
    """.splitlines()
    if line.strip()
)
_ZEROS = re.compile(r"[0\W_]+")


class DropReason(StrEnum):
    """Why a value does not become an identifier."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    BLOCKED = "blocked"
    INVALID = "invalid"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One normalised value in one namespace."""

    namespace: str
    value: str
    key: str = field(init=False, compare=False, repr=False)
    """`namespace:value`, by which the graph and the rule name it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.namespace}:{self.value}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that identifies nobody; `identifier` is `namespace:value` as it was sent."""

    identifier: str
    reason: DropReason


def identify(namespace: str, value: str, rules: Rules) -> Identifier | Dropped:
    """Clean and judge one value."""
    # Nobody shall fill the memory with what is long and never accepted.
    is_short = len(namespace) + len(value) <= MAX_VALUE
    return (_judged_of_late if is_short else _judge)(namespace, value, rules)


def _judge(namespace: str, value: str, rules: Rules) -> Identifier | Dropped:
    text = unicodedata.normalize("NFC", value).strip()
    as_sent = Dropped(f"{namespace}:{text[:MAX_VALUE]}", DropReason.EMPTY)
    if not text:
        return as_sent
    if NAMESPACE.fullmatch(namespace) is None:
        return Dropped(as_sent.identifier, DropReason.INVALID)
    if len(text) > MAX_VALUE:
        return Dropped(as_sent.identifier, DropReason.TOO_LONG)
    if is_placeholder(text):
        return Dropped(as_sent.identifier, DropReason.PLACEHOLDER)
    rule = rules.namespace(namespace)
    normalised = normalise(text, rule)
    if normalised is None:
        return Dropped(as_sent.identifier, DropReason.INVALID)
    if is_placeholder(normalised):
        return Dropped(as_sent.identifier, DropReason.PLACEHOLDER)
    if rule.blocks(normalised) or rule.blocks(text):
        return Dropped(f"{namespace}:{normalised}", DropReason.BLOCKED)
    return Identifier(namespace, normalised)


_judged_of_late = lru_cache(maxsize=_KEPT)(_judge)


def is_placeholder(text: str) -> bool:
    """Whether this is what programs send when they have nobody."""
    return text.lower() in _PLACEHOLDERS or _ZEROS.fullmatch(text) is not None


def normalise(text: str, rule: Namespace) -> str | None:
    """One spelling for one value; None when it is not a value of this kind at all."""
    if rule.normalize == "phone":
        return _phone(text, rule.region)
    return _NORMALISERS[rule.normalize](text)


@lru_cache(maxsize=_KEPT)
def _email(text: str) -> str | None:
    """Lower case, in one Unicode form. Dots and plus-tags stay: elsewhere they are two people."""
    try:
        return _lowercase(
            validate_email(text, check_deliverability=False, test_environment=True).normalized
        )
    except EmailNotValidError:
        return None


@lru_cache(maxsize=_KEPT)
def _phone(text: str, region: str | None) -> str | None:
    """E.164. A number without a country code needs the namespace's `region`."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def _lowercase(text: str) -> str:
    """In one Unicode form again: lower case may take a letter apart."""
    return unicodedata.normalize("NFC", text.lower())


def _as_it_is(text: str) -> str | None:
    return text


_NORMALISERS: dict[str, Callable[[str], str | None]] = {
    "email": _email,
    "lowercase": _lowercase,
    "uuid": _uuid,
    "none": _as_it_is,
}
