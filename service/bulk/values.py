"""Values as the importer's files have them: a type, and a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import orjson

from service.store.properties import is_plain_trait

ARRAY_DELIMITER = "\0"
"""Between the items of a list. No message holds this character: see `service.ingest.message`."""

JSON = "json"
"""The type of what is kept as JSON text, since a property cannot hold it."""

# The importer's names of types.
TYPES: Mapping[type, str] = {str: "string", int: "long", float: "double", bool: "boolean"}
# A name that can stand in the head of a column as it is.
_NAME = re.compile(r"[\w$.@#/%&*+=?!()<>-]+( [\w$.@#/%&*+=?!()<>-]+)*")


def type_of(value: object) -> str:
    """The importer's type of a plain value."""
    if isinstance(value, list):
        return f"{TYPES[type(value[0])]}[]"
    return TYPES[type(value)]


def as_text(name: str, value: object) -> tuple[str, str]:
    """A trait's value, as its type and a text."""
    if not is_plain_trait(name, value):
        return JSON, orjson.dumps(value).decode()
    if isinstance(value, list):
        return type_of(value), joined(value)
    return type_of(value), _scalar(value)


def joined(items: Sequence[object]) -> str:
    """A list of plain values as one text."""
    return ARRAY_DELIMITER.join(map(_scalar, items))


def can_be_told(name: str, value: object) -> bool:
    """Whether the importer can be told of a property: else Cypher has to be."""
    return _NAME.fullmatch(name) is not None and value != [""]


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
