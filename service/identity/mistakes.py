"""What is wrong with a rules file: each mistake one sentence, with its key and the remedy. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import ValidationError

Place: TypeAlias = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 40
_RULES: Place = ("channels", "rules")
_SHAPES = frozenset({"tuple_type", "model_type"})

# From what pydantic finds to what a person can do about it.
_SENTENCES = {
    "too_short": "is empty; declare at least one namespace, as in [namespaces.user_id]",
    "too_long": "has {actual_length} entries; name up to {max_length}",
    "int_type": "is {input}; write a whole number, without quotes",
    "greater_than_equal": "is {input}; write {ge} or more",
    "string_type": "is {input}; write text in quotes",
    "literal_error": "is {input}; write {expected}",
    "model_type": "is {input}; make it a table: [{key}]",
    "dict_type": "is {input}; make it a table: [{key}]",
    "tuple_type": 'is {input}; write a list, as in ["a", "b"]',
    "value_error": "is {input}; {error}",
}
_MISSING: dict[str | int, str] = {
    "kind": 'is missing; write "person", "device", "cookie" or "none"',
    "channel": 'is missing; name the channel that the rule gives, as in "paid_search"',
    "namespaces": "is missing; declare at least one namespace, as in [namespaces.user_id]",
}


def mistakes(
    told: Mapping[str, Any], error: ValidationError | None, known: Mapping[str, Collection[str]]
) -> list[str]:
    """All mistakes of a file, in the order in which pydantic finds them, then the contradictions.

    `known` are the keys of the file ("") and of each table.
    """
    found = [] if error is None else [_sentence(one, known) for one in error.errors()]
    return [*found, *(f"{_key(place)}: {text}" for place, text in _contradictions(told))]


def _sentence(problem: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> str:
    place: Place = tuple(part for part in problem["loc"] if part != "[key]")
    key, type_, value = _key(place), problem["type"], problem["input"]
    if type_ == "extra_forbidden":
        return f"{key}: {_unknown(place, value, known)}"
    if type_ == "string_type" and isinstance(value, Mapping):
        return f'{key}: is a table; write the whole path in quotes, as in "traits.badge"'
    if type_ == "literal_error" and place[:2] == ("merge", "traits") and isinstance(value, Mapping):
        return f'{key}: is a table; write a name with a dot in quotes, as in "address.city"'
    if place[:2] == _RULES and len(place) <= len(_RULES) + 1 and type_ in _SHAPES:
        return f"{key}: is {_shown(value)}; write each rule as a table: [[channels.rules]]"
    if type_ == "missing" and place[-1] in _MISSING:
        return f"{key}: {_MISSING[place[-1]]}"
    if type_ not in _SENTENCES:
        return f"{key}: {problem['msg']}"
    context = {name: str(said).replace("'", '"') for name, said in problem.get("ctx", {}).items()}
    return f"{key}: " + _SENTENCES[type_].format(input=_shown(value), key=key, **context)


def _unknown(place: Place, value: object, known: Mapping[str, Collection[str]]) -> str:
    """What somebody may have meant by a key that is not known where it stands."""
    key = str(place[-1])
    table = str(place[0]) if len(place) > 1 else ""
    if place[:2] == _RULES and len(place) > len(_RULES):
        table = "channels.rules"
    if table == "namespaces" and isinstance(value, Mapping):
        return f'is a table; write a name with a dot in quotes: [namespaces."{place[1]}.{key}"]'
    if meant := get_close_matches(key, known[table], 1):
        return f"is not known; did you mean {meant[0]}?"
    for other, keys in known.items():
        if key in keys and other:
            where = {"namespaces": "namespaces.NAME", "channels.rules": "[channels.rules]"}.get(
                other, other
            )
            return f"is not known here; it belongs under [{where}]"
    return f"is not known; take it out. There are {', '.join(known[table])}"


def _contradictions(told: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """What no key shows on its own. The file may be wrong in any other way as well."""
    namespaces, fields, accounts = (
        _table(told, name) for name in ("namespaces", "fields", "accounts")
    )
    holders: dict[str, str] = {}
    for name in namespaces:
        rule = _table(namespaces, name)
        if "account" in rule:
            holders[str(rule["account"])] = name
        if "region" in rule and rule.get("normalize") != "phone":
            yield (
                ("namespaces", name, "region"),
                'is for phone numbers alone; add normalize = "phone", or take it out',
            )
        if "max_per_profile" in rule and rule.get("kind") == "none":
            yield (
                ("namespaces", name, "max_per_profile"),
                'limits nothing: kind "none" is never on a profile with others; take it out',
            )
    for path, namespace in fields.items():
        if isinstance(namespace, str) and namespaces and namespace not in namespaces:
            meant = get_close_matches(namespace, namespaces, 1)
            yield (
                ("fields", path),
                f"names the namespace {namespace}, which is not declared; "
                f"add [{_key(('namespaces', namespace))}]"
                + (f", or did you mean {meant[0]}?" if meant else ""),
            )
    yield from _never_asked(told)
    for path, kind in accounts.items():
        if path in fields:
            yield (
                ("accounts", path),
                "stands under [fields] too; a field names an identifier or an account: keep one",
            )
        if isinstance(kind, str) and kind in holders:
            yield (
                ("accounts", path),
                (
                    f"makes {kind} a shared account, which is a personal one in "
                    f"[{_key(('namespaces', holders[kind]))}]; rename one of them"
                ),
            )


def _never_asked(told: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    rules = _table(told, "channels").get("rules")
    for number, rule in enumerate(rules[:-1] if isinstance(rules, list) else ()):
        if isinstance(rule, Mapping) and rule.keys() == {"channel"}:
            yield (
                (*_RULES, number),
                (
                    "has no condition, so that no rule after it is ever asked; "
                    "give it one, or make it the last"
                ),
            )


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}


def _key(place: Place) -> str:
    """The place as TOML writes it: `namespaces."ios.id".blocked[0]`."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            key += f".{name}" if key else name
    return key


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
