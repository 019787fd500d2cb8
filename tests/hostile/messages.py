"""Messages with something wrong in them, each made from a valid one, so that it gets far."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

KINDS = ("identify", "track", "page", "screen", "group", "alias", "merge")

_Place = tuple[Any, Any]  # a table or list, and a name or position in it
_Change = Callable[[random.Random, Any, Any, _Place], None]
_PEOPLE = 500
# So many messages are about the same people. What is wrong with them ties people together, and all
# of them would be one neighbourhood in the end.
_EPOCH = 20_000
WHOLE: dict[str, Any] = {
    "type": "track",
    "messageId": "m",
    "event": "Order Completed",
    "name": "Home",
    "userId": "7",
    "anonymousId": "cookie",
    "previousId": "cookie",
    "groupId": "acme",
    "timestamp": "2025-06-01T12:00:00Z",
    "originalTimestamp": "2025-06-01T12:00:00Z",
    "sentAt": "2025-06-01T12:00:01Z",
    "properties": {"total": 12.5, "tags": ["a", "b"], "nested": {"a": [1, None]}},
    "traits": {"email": "ann@example.com", "phone": "+31612345678", "loyalty_number": "L1"},
    "mergeProperties": [{"type": "email", "value": "a@b.nl"}, {"type": "user_id", "value": "7"}],
    "integrations": {"All": True},
    "context": {
        "ip": "192.0.2.1",
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148",
        "page": {"url": "https://shop.example/", "title": "Home"},
        "campaign": {"source": "spring", "medium": "email"},
        "device": {"id": "d", "type": "ios", "advertisingId": "A" * 32, "token": "t"},
        "os": {"name": "iOS", "version": "17.4"},
        "externalIds": [{"id": "5", "type": "crm_id", "collection": "users", "encoding": "none"}],
        "consent": {"categoryPreferences": {"marketing": True}, "legalBasis": "consent"},
        "traits": {"email": "ann@example.com"},
        "groupId": "acme",
    },
}
# Names that mean something to somebody on the way to the graph.
_NAMES = (
    *("is_new", "locked", "message_id", "type", "by", "at", "properties_json", "key", "`", "", "."),
    *("context_ip", "properties_", "__proto__", "constructor", "n" * 200, "\N{GRINNING FACE}"),
    *("userId", "traits", "context", "id", "value", "email", "timestamp", "sentAt"),
)


def mutated(chance: random.Random, number: int) -> Any:
    """A message with some of its parts changed, lost, renamed, moved or wrapped."""
    body = whole(chance, number)
    for name in chance.sample(sorted(body), chance.randint(0, 8)):
        del body[name]
    changes = _CHANGES
    for _ in range(chance.randint(1, 5)):
        places = _places(body)
        if not places:
            break
        change = chance.choice(changes)
        if change is _deepen:
            changes = _FLAT
        change(chance, *chance.choice(places), chance.choice(places))
    return _value(chance) if chance.random() < 0.02 else body


def whole(chance: random.Random, number: int) -> dict[str, Any]:
    """A valid message of one of some hundreds of people, who have nothing in common."""
    body = copy.deepcopy(WHOLE)
    person = str(chance.randrange(_PEOPLE) + _PEOPLE * (number // _EPOCH))
    email, phone = f"ann{person}@example.com", f"+3161234{person:>04}"
    body |= {"userId": person, "anonymousId": f"cookie{person}", "previousId": f"cookie{person}"}
    body["traits"] = {"email": email, "phone": phone, "loyalty_number": f"L{person}"}
    body["mergeProperties"][0]["value"] = email
    body["mergeProperties"][1]["value"] = person
    context = body["context"]
    context["traits"]["email"] = email
    context["externalIds"][0]["id"] = person
    context["device"] |= {"id": f"d{person}", "advertisingId": f"{person:>032}", "token": person}
    return body | {"type": chance.choice(KINDS), "messageId": f"m{number}"}


def _value(chance: random.Random) -> Any:
    if chance.random() < 0.95:
        return copy.deepcopy(chance.choice(_ODD))
    if chance.random() < 0.5:
        return {name: chance.choice([None, 1, "x", [1], {}]) for name in chance.sample(_NAMES, 5)}
    return [{"type": chance.choice(["user_id", "x", ""]), "id": n, "value": n} for n in range(120)]


# A byte order mark, marks of direction and of no width, what is no character or has none assigned,
# private ones, separators that end lines, tags that nobody sees, and a letter under many accents.
_ODD_TEXT = (
    *("\ufeff", "\u202e\u2066abc", "a\u200b\u200d\u2060b", "\uffff\ufffe", "\U0010ffff", "\u0378"),
    *("\ue000\U000f0000", "\u2028\u2029\x85", "\U000e0061\U000e007f", "z" + "\u0335" * 200),
    *("\u1e9e\ufb03\u0149", "\u212a\u017f", "\u0660\u0967", "\x7f\x1b[31m", "\u200b", "\u3164"),
    *(
        "a\u0301@example.com",
        "\uff41\uff4e\uff4e\uff20example.com",
        "ann@\u202eexample.com",
        "+\u0663\u0661\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    ),
)


_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, -(2**63), 2**64 - 1, 0.0, -0.0, 1e308, 5e-324),
    *("", " ", "null", "\0", "x" * 3000, "\N{GRINNING FACE}" * 300, *_ODD_TEXT),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2025-06-01", "-0", "a:b", "`", "$id"),
    *("2025-06-01T12:00:00+23:59", "2016-12-31T23:59:60Z", "2025-W22-7", "-2025-06-01"),
    *("' OR 1=1 //", "}) DETACH DELETE n //", "\N{COMBINING ACUTE ACCENT}" * 50, "\u0130", "\xdf"),
    *([], {}, [[]], [{}], [None], [1, "a"], [1, 2.5], [True, 1], [1, 2**63], ["a"] * 500),
    *({"": None}, {"a": {"a": {"a": [1, {"a": None}]}}}),
)


def _places(value: Any) -> list[_Place]:
    """Every table or list in a body, with each of its names or positions."""
    found: list[_Place] = []
    waiting = [value]
    while waiting:
        table = waiting.pop()
        for name in _names(table):
            found.append((table, name))
            if isinstance(table[name], dict | list):
                waiting.append(table[name])
    return found


def _names(table: Any) -> list[Any]:
    if isinstance(table, dict):
        return list(table)
    return list(range(len(table))) if isinstance(table, list) else []


def _replace(chance: random.Random, table: Any, name: Any, _other: _Place) -> None:
    table[name] = _value(chance)


def _multiply(chance: random.Random, table: Any, name: Any, _other: _Place) -> None:
    table[name] = [table[name]] * chance.choice([1, 2, 101])


def _add(chance: random.Random, table: Any, _name: Any, _other: _Place) -> None:
    if isinstance(table, dict):
        table[chance.choice(_NAMES)] = _value(chance)


def _rename(chance: random.Random, table: Any, name: Any, _other: _Place) -> None:
    if isinstance(table, dict):
        table[chance.choice(_NAMES)] = table.pop(name)


def _copy(_chance: random.Random, table: Any, name: Any, other: _Place) -> None:
    table[name] = copy.deepcopy(other[0][other[1]])


def _deepen(chance: random.Random, table: Any, name: Any, _other: _Place) -> None:
    for _ in range(chance.choice([1, 5, 29, 31, 33, 120, 251, 260])):
        table[name] = {"a": table[name]}


# After it was made deep, these: what is deeper still, not even a sender could write.
_FLAT: tuple[_Change, ...] = (_replace, _multiply, _add, _rename)
_CHANGES: tuple[_Change, ...] = (*_FLAT, _copy, _deepen)
