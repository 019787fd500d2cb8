"""Event nodes as tables. Pure.

A column has one type, and what messages say under one name may have several (29 and 29.9); so
events come in families, each with a table of its own, in which no name has two types. Nor is one
mostly empty: where each event has names that no other has, it would be as wide as it is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import pyarrow as pa

from service.bulk.values import TYPES, can_be_told, joined, type_of

AMENDED = "\0amended"
"""The column of what the importer cannot be told, as JSON; no property has a name like this."""

_EMPTY_CELLS = 100_000
"""How many empty cells a table may have, beyond as many as full ones."""

_TIME = pa.timestamp("us", "UTC")
_ARROW = {"long": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}

Shape = tuple[tuple[str, ...], tuple[type, ...]]
"""The names of the properties that an event has, and the types of their values."""


class Event(NamedTuple):
    """One event: its message's number, its times, and the values of its shape."""

    seq: int
    at: datetime
    received_at: datetime
    values: tuple[Any, ...]


class _Part(NamedTuple):
    """Events whose properties have the same types; `places` says where the values are."""

    types: dict[str, str]
    places: dict[str, int]
    events: list[Event]

    @property
    def cells(self) -> int:
        return len(self.types) * len(self.events)


@dataclass(slots=True)
class _Family:
    """Events of one table."""

    types: dict[str, str] = field(default_factory=dict)
    parts: list[_Part] = field(default_factory=list)
    rows: int = 0
    full: int = 0
    """How many cells have a value."""

    def has_room_for(self, part: _Part) -> bool:
        types = self.types
        width = len(types) + sum(name not in types for name in part.types)
        full = self.full + part.cells
        if width * (self.rows + len(part.events)) > 2 * full + _EMPTY_CELLS:
            return False
        return all(types.get(name, kind) == kind for name, kind in part.types.items())

    def add(self, part: _Part) -> None:
        self.types.update(part.types)
        self.parts.append(part)
        self.rows += len(part.events)
        self.full += part.cells


def event_tables(shapes: Mapping[Shape, list[Event]]) -> list[pa.Table]:
    """The events in as few tables as their types allow, the columns named `name:type`."""
    families: list[_Family] = []
    parts = [part for shape, events in shapes.items() for part in _parts(shape, events)]
    for part in sorted(parts, key=lambda part: -len(part.events)):
        family = next((one for one in families if one.has_room_for(part)), None)
        if family is None:
            families.append(family := _Family())
        family.add(part)
    return [_table(family.types, family.parts) for family in families]


def _parts(shape: Shape, events: list[Event]) -> Iterator[_Part]:
    """A shape as it is; or, where it has lists or names to be told otherwise, in parts."""
    names, kinds = shape
    if not any(kind is list for kind in kinds) and all(map(_is_plain_name, names)):
        types = {
            name: TYPES[kind]
            for name, kind in zip(names, kinds, strict=True)
            if kind is not type(None)
        }
        yield _Part(types, {name: names.index(name) for name in types}, events)
        return
    parts: dict[tuple[tuple[str, str], ...], _Part] = {}
    for event in events:
        told = {}
        amended = {}
        for name, value in zip(names, event.values, strict=True):
            if value is None:
                continue
            if can_be_told(name, value):
                told[name] = joined(value) if isinstance(value, list) else value
            else:
                amended[name] = value
        types = {name: type_of(event.values[names.index(name)]) for name in told}
        if amended:
            types[AMENDED] = "string"
            told[AMENDED] = orjson.dumps(amended).decode()
        part = parts.setdefault(
            tuple(types.items()), _Part(types, {name: n for n, name in enumerate(types)}, [])
        )
        part.events.append(event._replace(values=tuple(told.values())))
    yield from parts.values()


def _table(types: Mapping[str, str], parts: list[_Part]) -> pa.Table:
    events = [event for part in parts for event in part.events]
    columns = {
        ":ID(Event)": pa.array([event.seq for event in events], pa.int64()),
        "at:datetime": pa.array([event.at for event in events], _TIME),
        "received_at:datetime": pa.array([event.received_at for event in events], _TIME),
    }
    valued = [tuple(zip(*(event.values for event in part.events), strict=True)) for part in parts]
    for name, kind in types.items():
        column: list[Any] = []
        for part, values in zip(parts, valued, strict=True):
            place = part.places.get(name)
            column.extend([None] * len(part.events) if place is None else values[place])
        header = AMENDED if name == AMENDED else f"{name}:{kind}"
        columns[header] = pa.array(column, _ARROW.get(kind, pa.string()))
    return pa.table(columns)


@lru_cache(maxsize=65_536)
def _is_plain_name(name: str) -> bool:
    return can_be_told(name, None)
