"""JSON from outside, as node properties that an analyst can filter on.

A plain value (text, number, truth value, or a list of one of these) becomes a property under its
own name. The rest (objects, mixed lists, null) is kept as JSON text in one property, so that
nothing is lost and the whole can be read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

# What an Event node says of itself.
# A property of the same name is kept as `properties_<name>`.
OWN_FIELDS = frozenset(
    {
        "message_id",
        "type",
        "name",
        "at",
        "received_at",
        "channel",
        "traffic_source",
        "traffic_medium",
        "traffic_campaign",
        "source",
        "by",
        "device",
        "dropped",
        "unknown_namespaces",
        "contradiction",
    }
)
PREFIX = "properties_"
CONTEXT_PREFIX = "context_"
REST = "properties_json"

_MAX_NAME = 128
_MAX_ROOM = 6_000
_ROOM = 10
_MAX_INTEGER = 2**63 - 1


def is_plain(value: object) -> bool:
    """Whether Neo4j stores the value as it is."""
    if isinstance(value, list):
        kinds = {type(item) for item in value}
        return bool(value) and len(kinds) == 1 and kinds <= _PLAIN and all(map(is_plain, value))
    if type(value) is int:
        return -_MAX_INTEGER <= value <= _MAX_INTEGER
    return type(value) in _PLAIN


_PLAIN = frozenset({str, int, float, bool})


def to_node(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An event's properties as node properties. `from_node` is the inverse."""
    node: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in properties.items():
        if (type(value) is str or is_plain(value)) and name and len(name) <= _MAX_NAME:
            node[_node_name(name)] = value
        else:
            rest[name] = value
    if rest:
        node[REST] = orjson.dumps(rest).decode()
    return node


def from_node(node: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that a message carried, from its Event node."""
    properties: dict[str, Any] = {}
    for name, value in node.items():
        if name == REST:
            properties |= orjson.loads(value)
        elif name.startswith(PREFIX):
            properties[name.removeprefix(PREFIX)] = value
        elif name not in OWN_FIELDS and not name.startswith(CONTEXT_PREFIX):
            properties[name] = value
    return properties


def is_plain_trait(name: str, value: object) -> bool:
    """Whether a trait's value is kept as it is.

    Traits are found by name and value in one index, whose keys have about 8,000 bytes at most; a
    value with no room there would be refused by the database. `V007` says the same.
    """
    return len(name) <= _MAX_NAME and is_plain(value) and _room(value) <= _MAX_ROOM


def _room(value: object) -> int:
    """The bytes that a plain value may need in an index, and rather too many."""
    if isinstance(value, str):
        return _ROOM + 4 * len(value)
    return sum(map(_room, value)) if isinstance(value, list) else _ROOM


def to_value(name: str, value: object) -> dict[str, Any]:
    """One trait's value as the properties `value` or `value_json` of its node."""
    if is_plain_trait(name, value):
        return {"value": value, "value_json": None}
    return {"value": None, "value_json": orjson.dumps(value).decode()}


def from_value(value: object, value_json: str | None) -> Any:
    """The inverse of `to_value`."""
    return value if value_json is None else orjson.loads(value_json)


@lru_cache(maxsize=8_192)
def _node_name(name: str) -> str:
    taken = name in OWN_FIELDS or name.startswith((PREFIX, CONTEXT_PREFIX))
    return PREFIX + name if taken else name
