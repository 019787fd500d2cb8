"""The mapping file: TOML, checked whole. Each mistake is one line with its key and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo

from service.errors import ImportFileError
from service.identity.rules import NAMESPACE
from service.ingest.files import values
from service.ingest.files.mapping import LISTS, Column, ColumnMapping, Path
from service.ingest.files.values import Convert, ToNumber, ToTime

# What a message may have, as the guide for integrators says it. Under those of the second set
# stands anything; what else there is would be ignored, so it must be a mistake.
TEXTS = frozenset({"userId", "anonymousId", "previousId", "groupId", "messageId"}) | {
    *("type", "event", "name")
}
TIMES = frozenset({"timestamp", "originalTimestamp", "sentAt", "receivedAt"})
TABLES = frozenset({"traits", "properties", "context", *LISTS})
_AS = ("text", "number", "integer", "boolean", "time", "json")
_TOP = ("columns", "constants", "message_id", "empty", "delimiter", "decimal")
_COLUMN = ("to", "as", "format", "zone")


def load_mapping(path: FilePath) -> ColumnMapping:
    """Read a mapping file.

    Raises:
        ImportFileError: it cannot be read, or names every mistake in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path} is not UTF-8: save it as UTF-8") from error
    return parse_mapping(text, str(path))


def parse_mapping(text: str, origin: str) -> ColumnMapping:
    """Read the text of a mapping file.

    Raises:
        ImportFileError: names, for each mistake on a line of its own, the file, the key and the
            remedy.
    """
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(f"{origin} is not valid TOML: {error}; mend it there") from error
    reading = _Reading(told)
    mapping = reading.mapping()
    if reading.mistakes:
        raise ImportFileError("\n".join(f"{origin}: {one}" for one in reading.mistakes))
    return mapping


class _Reading:
    """Collects what is wrong while it takes what is right."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.mistakes: list[str] = []
        self._told = told
        self._taken: dict[Path, str] = {}
        self._point = self._decimal()

    def mapping(self) -> ColumnMapping:
        """What the file says, as far as it can be used."""
        for name in self._told.keys() - set(_TOP):
            self._unknown(name, name, _TOP)
        constants = {
            path: values.plain(value)
            for field, value in self._table("constants").items()
            if (path := self._path(f"constants.{field}", field)) is not None
        }
        columns = tuple(self._columns())
        for constant, value in constants.items():
            place = f"constants.{'.'.join(constant)}"
            if isinstance(value, dict):
                self._wrong(place, "is a table; write the whole path in quotes")
            # A column may say the same field; then the constant stands where it is empty.
            elif constant not in self._taken and constant[0] not in LISTS:
                self._take(place, constant)
        key = self._table("message_id")
        for name in key.keys() - {"columns", "count_rows"}:
            self._unknown(f"message_id.{name}", name, ("columns", "count_rows"))
        if not self._told.get("columns"):
            self._wrong("columns", 'is missing; name columns, as in [columns] and "Mail" = "…"')
        return ColumnMapping(
            columns=columns,
            constants=constants,
            key=self._texts("message_id.columns", key.get("columns", [])),
            count_rows=key.get("count_rows") is True,
            empty=frozenset({"", *self._texts("empty", self._told.get("empty", []))}),
            delimiter=self._delimiter(),
        )

    def _columns(self) -> Iterator[Column]:
        for name, told in self._table("columns").items():
            key = f"columns.{name}"
            for one in told if isinstance(told, list) else [told]:
                table = {"to": one} if isinstance(one, str) else one
                if not isinstance(table, dict) or not isinstance(table.get("to"), str):
                    self._wrong(key, 'is not a field; write one, as in "traits.email"')
                    continue
                path = self._path(key, table["to"])
                if path is None:
                    continue
                if path[0] not in LISTS:
                    self._take(key, path)
                yield Column(name, path, self._conversion(key, path, table))

    def _take(self, key: str, path: Path) -> None:
        """A field is of one column, and no field is both a value and a table."""
        for length in range(1, len(path) + 1):
            if (other := self._taken.get(path[:length])) is not None:
                self._wrong(key, f"{'.'.join(path)} is taken by {other}; take another field")
                return
        for other_path, other in self._taken.items():
            if other_path[: len(path)] == path:
                self._wrong(key, f"{'.'.join(path)} is a table, because of {other}")
                return
        self._taken[path] = key

    def _path(self, key: str, field: str) -> Path | None:
        root, *rest = path = tuple(field.split("."))
        if not all(path):
            self._wrong(key, f'"{field}" is not a field; write one, as in "traits.email"')
        elif root in TABLES and not rest:
            self._wrong(key, f'"{field}" is a table; say what in it, as in "{field}.name"')
        elif root in LISTS and not NAMESPACE.fullmatch(".".join(rest)):
            self._wrong(key, f'"{".".join(rest)}" is not the name of a namespace')
        elif root not in TABLES and (rest or root not in TEXTS | TIMES):
            meant = get_close_matches(field, [*TEXTS, *TIMES, *(f"{one}.…" for one in TABLES)], 1)
            known = ", ".join(sorted([*TEXTS, *TIMES, *(f"{one}.…" for one in TABLES)]))
            hint = f"did you mean {meant[0]}?" if meant else f"there are {known}"
            self._wrong(key, f'"{field}" is not a field of a message; {hint}')
        elif path[:2] == ("context", "externalIds"):
            self._wrong(key, 'write it as in "externalIds.loyalty_card"')
        else:
            return path
        return None

    def _conversion(self, key: str, path: Path, table: Mapping[str, Any]) -> Convert:
        for name in table.keys() - set(_COLUMN):
            self._unknown(f"{key}.{name}", name, _COLUMN)
        is_time = path[0] in TIMES
        kind = table.get("as", "time" if is_time or {"format", "zone"} & table.keys() else None)
        if kind is not None and kind not in _AS:
            self._wrong(f"{key}.as", f"is not one of {', '.join(_AS)}")
        if is_time and kind != "time":
            self._wrong(f"{key}.as", f'{path[0]} is a time; write as = "time", or leave it out')
        if kind != "time" and {"format", "zone"} & table.keys():
            self._wrong(key, 'format and zone are for as = "time"')
        if kind == "time":
            return ToTime(self._text(f"{key}.format", table.get("format")), self._zone(key, table))
        conversions: dict[object, Convert] = {
            "text": values.text,
            "number": ToNumber(self._point),
            "integer": values.integer,
            "boolean": values.boolean,
            "json": values.json,
        }
        if kind is None:
            # A name or id is text to whoever reads the message, also where a file has numbers.
            if path[0] in TEXTS | LISTS.keys():
                return values.text
            return values.trait if "traits" in path[:2] else values.plain
        return conversions.get(kind, values.plain)

    def _zone(self, key: str, table: Mapping[str, Any]) -> ZoneInfo | None:
        name = self._text(f"{key}.zone", table.get("zone"))
        try:
            return ZoneInfo(name) if name is not None else None
        except (KeyError, ValueError, OSError):
            self._wrong(f"{key}.zone", 'is not a time zone; write one, as in "Europe/Amsterdam"')
            return None

    def _table(self, name: str) -> dict[str, Any]:
        told = self._told.get(name, {})
        if isinstance(told, dict):
            return told
        self._wrong(name, f"is not a table; write it as [{name}]")
        return {}

    def _texts(self, key: str, told: object) -> tuple[str, ...]:
        if isinstance(told, list) and all(isinstance(one, str) for one in told):
            return tuple(told)
        self._wrong(key, 'is not a list of texts, as in ["a", "b"]')
        return ()

    def _text(self, key: str, told: object) -> str | None:
        if told is None or isinstance(told, str):
            return told
        self._wrong(key, "is not text; write it in quotes")
        return None

    def _delimiter(self) -> str | None:
        told = self._told.get("delimiter")
        if told is None or (isinstance(told, str) and len(told) == 1 and told not in '"\r\n'):
            return told
        self._wrong("delimiter", 'is not one character, as in ";"')
        return None

    def _decimal(self) -> str:
        told = self._told.get("decimal", ".")
        if told in (".", ","):
            return str(told)
        self._wrong("decimal", 'is neither "." nor ","')
        return "."

    def _unknown(self, key: str, name: str, known: tuple[str, ...]) -> None:
        meant = get_close_matches(name, known, 1)
        hint = f"did you mean {meant[0]}?" if meant else f"there are {', '.join(known)}"
        self._wrong(key, f"is not known; {hint}")

    def _wrong(self, key: str, problem: str) -> None:
        self.mistakes.append(f"{key}: {problem}")
