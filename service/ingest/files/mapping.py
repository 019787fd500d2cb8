"""From the columns of a table to a message. Pure.

A mapping says which column is which field of a message, what is the same in every row, and by
which columns a row is known again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.errors import InvalidMessageError
from service.ingest.files.values import Convert

# Fields that hold a list, one entry a column: where the list is, and what an entry's value is.
LISTS = {"externalIds": (("context", "externalIds"), "id"), "mergeProperties": ((), "value")}

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and one field that it becomes: `traits.email` is `("traits", "email")`."""

    name: str
    path: Path
    convert: Convert

    @property
    def field(self) -> str:
        """The field as the mapping has it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A mapping that was checked whole."""

    columns: tuple[Column, ...]
    constants: Mapping[Path, Any]
    key: tuple[str, ...] = ()
    """The columns that a messageId is made of; without any it is made of the whole message."""
    count_rows: bool = False
    """Whether equal rows are several events: then the number of a row is part of its messageId."""
    empty: frozenset[str] = field(default=frozenset({""}))
    delimiter: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are needed, each once."""
        return tuple(dict.fromkeys([*(column.name for column in self.columns), *self.key]))

    def message(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The message that a row is. What is empty is left out, or is as the constants say.

        Raises:
            InvalidMessageError: a value is not what its column should have.
        """
        body: dict[str, Any] = {}
        for path, value in self.constants.items():
            _put(body, path, value)
        for column in self.columns:
            value = row[column.name]
            if self._says_nothing(value):
                continue
            try:
                value = column.convert(value)
            except ValueError as error:
                where = f"column {column.name} ({column.field})"
                raise InvalidMessageError(where, str(error)) from None
            if value is not None:
                _put(body, column.path, value)
        return body

    def key_of(self, row: Mapping[str, Any]) -> dict[str, str] | None:
        """What a row is known by: its key columns, as text. None if the mapping names none.

        Raises:
            InvalidMessageError: all of them are empty.
        """
        if not self.key:
            return None
        key = {name: "" if self._says_nothing(row[name]) else str(row[name]) for name in self.key}
        if not any(key.values()):
            columns = ", ".join(self.key)
            raise InvalidMessageError("messageId", f"nothing stands in its columns: {columns}")
        return key

    def _says_nothing(self, value: object) -> bool:
        return value is None or (isinstance(value, str) and value.strip() in self.empty)


def _put(body: dict[str, Any], path: Path, value: object) -> None:
    if path[0] in LISTS:
        place, name = LISTS[path[0]]
        entry = {"type": ".".join(path[1:]), name: value}
        table = body
        for step in place[:-1]:
            table = table.setdefault(step, {})
        table.setdefault(path[0], []).append(entry)
        return
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = value
