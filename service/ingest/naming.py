"""Whom a message names: its identifiers and shared accounts, by the spec and the rules file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from service.errors import InvalidMessageError
from service.identity.identifiers import MAX_VALUE, Dropped, Identifier, identify
from service.identity.rules import Rules, Strength

# The fields of the Segment spec; the rules file may add to them and change them.
_FIELDS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "anonymous_id",
    "traits.email": "email",
    "context.traits.email": "email",
    "traits.phone": "phone",
    "context.traits.phone": "phone",
}
_ACCOUNTS = {"groupId": "organization", "context.groupId": "organization"}
# Where a path leads to: a table of the message, and its fields, each with its path and meaning.
_Tables = tuple[tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]], ...]
_IDS = ("userId", "anonymousId", "previousId", "groupId")


@dataclass(frozen=True, slots=True)
class Account:
    """An account that many people share, as `organization` · `acme`."""

    kind: str
    id: str

    @property
    def key(self) -> str:
        """`kind:id`, by which the graph names it."""
        return f"{self.kind}:{self.id}"


_NOTHING = frozenset[tuple[str, str]]()


class Named(NamedTuple):
    """Whom a message names; see `Message` for the meaning."""

    identifiers: tuple[Identifier, ...]
    declared: frozenset[tuple[str, str]]
    dropped: tuple[Dropped, ...]


def named_identifiers(body: Mapping[str, Any], kind: str, rules: Rules) -> Named:
    """All identifiers of a message, distinct, the strongest first.

    Raises:
        InvalidMessageError: an id is not text or a whole number, or alias or merge lacks what it
            is about.
    """
    found: dict[str, Identifier] = {}
    dropped: dict[str, Dropped] = {}
    declared: list[str] = []
    for namespace, value, says_so in _values(body, kind, rules):
        result = identify(namespace, value, rules)
        if isinstance(result, Dropped):
            dropped[result.identifier] = result
            continue
        found[result.key] = result
        if says_so:
            declared.append(result.key)

    identifiers = tuple(found.values())
    if len(identifiers) > 1:
        weakness = _weakness(rules)
        identifiers = tuple(sorted(identifiers, key=lambda one: (weakness(one.namespace), one.key)))
    return Named(
        identifiers=identifiers,
        declared=frozenset((a, b) for a in declared for b in declared if a < b)
        if declared
        else _NOTHING,
        dropped=tuple(dropped.values()),
    )


@lru_cache(maxsize=8)
def _weakness(rules: Rules) -> Callable[[str], tuple[Strength, int]]:
    """What sorts namespaces, the strongest first."""

    @lru_cache(maxsize=8_192)
    def weakness(name: str) -> tuple[Strength, int]:
        namespace = rules.namespace(name)
        return namespace.strength, namespace.priority

    return weakness


def named_accounts(body: Mapping[str, Any], kind: str, rules: Rules) -> tuple[Account, ...]:
    """The shared accounts that a message names."""
    accounts: dict[str, Account] = {}
    for path, account_kind, value in _told(body, kind, _accounts(rules)):
        text = _id(path, value) if path in _IDS else _as_text(value)
        if text and text.strip() and len(text) <= MAX_VALUE:
            account = Account(account_kind, text.strip())
            accounts[account.key] = account
    return tuple(accounts.values())


def _values(body: Mapping[str, Any], kind: str, rules: Rules) -> Iterator[tuple[str, str, bool]]:
    """Namespace and value of everything named, and whether it is declared to be one person."""
    if kind == "alias":
        for field in ("previousId", "userId"):
            if _id(field, body.get(field)) is None:
                raise InvalidMessageError(
                    field, "is missing; an alias says which id replaces which"
                )
    for path, namespace, value in _told(body, kind, _fields(rules)):
        text = _id(path, value) if path in _IDS else _as_text(value)
        if text is not None:
            yield namespace, text, kind == "alias" and path in ("userId", "previousId")
    context = body.get("context")
    if isinstance(context, dict):
        yield from _device_ids(context)
        yield from _external_ids(context)
    if kind == "merge":
        yield from _merged(body)


def _device_ids(context: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    device = context.get("device")
    if device is None:
        return
    if not isinstance(device, dict):
        raise InvalidMessageError("context.device", "is not a JSON object")
    type_ = device.get("type")
    platform = type_.lower() if isinstance(type_, str) else ""
    if platform not in ("ios", "android"):
        platform = "device"
    advertising = "device.advertising_id" if platform == "device" else f"{platform}.idfa"
    for field, namespace in (
        ("id", f"{platform}.id"),
        ("advertisingId", advertising),
        ("token", f"{platform}.push_token"),
    ):
        value = _id(f"context.device.{field}", device.get(field))
        if value is not None:
            yield namespace, value, False


def _external_ids(context: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for path, entry in _entries(context.get("externalIds"), "context.externalIds"):
        namespace = entry.get("type")
        if not isinstance(namespace, str):
            raise InvalidMessageError(f"{path}.type", "is not text; name the id's namespace")
        value = _id(f"{path}.id", entry.get("id"))
        if value is not None:
            yield namespace, value, False


def _merged(body: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    entries = list(_entries(body.get("mergeProperties"), "mergeProperties"))
    if len(entries) < 2:  # noqa: PLR2004
        raise InvalidMessageError("mergeProperties", "lists two or more of {type, value}")
    for path, entry in entries:
        namespace = entry.get("type")
        value = _id(f"{path}.value", entry.get("value"))
        if not isinstance(namespace, str):
            raise InvalidMessageError(f"{path}.type", "is not text; name the id's namespace")
        if value is None:
            raise InvalidMessageError(f"{path}.value", "is missing")
        yield namespace, value, True


def _entries(value: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if value is None:
        return
    if not isinstance(value, list):
        raise InvalidMessageError(path, "is not a list")
    for position, entry in enumerate(value):
        if not isinstance(entry, dict):
            raise InvalidMessageError(f"{path}[{position}]", "is not a JSON object")
        yield f"{path}[{position}]", entry


def _told(body: Mapping[str, Any], kind: str, tables: _Tables) -> Iterator[tuple[str, str, object]]:
    """The paths at which a message has something, each with its meaning and that."""
    # Most tables are absent from most messages, and then nothing is looked up in them.
    for table, fields in tables:
        # The traits of a group message are the group's: its e-mail address is nobody's own.
        if kind == "group" and table[:1] == ("traits",):
            continue
        there: Any = body
        for part in table:
            there = there.get(part)
            if type(there) is not dict:
                break
        else:
            for field, path, meaning in fields:
                value = there.get(field)
                if value is not None:
                    yield path, meaning, value


@lru_cache(maxsize=8)
def _fields(rules: Rules) -> _Tables:
    return _by_table(_FIELDS | rules.fields)


@lru_cache(maxsize=8)
def _accounts(rules: Rules) -> _Tables:
    return _by_table(_ACCOUNTS | rules.accounts)


def _by_table(meanings: Mapping[str, str]) -> _Tables:
    tables: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    for path, meaning in meanings.items():
        *table, field = path.split(".")
        tables.setdefault(tuple(table), []).append((field, path, meaning))
    return tuple((table, tuple(fields)) for table, fields in tables.items())


def _id(path: str, value: object) -> str | None:
    """An id is text; whole numbers are taken as text, as all SDKs do."""
    if value is None:
        return None
    text = _as_text(value)
    if text is None or isinstance(value, bool | float):
        raise InvalidMessageError(path, "is not text or a whole number")
    return text


def _as_text(value: object) -> str | None:
    """What a free field says of an identifier; a list or an object says nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None
