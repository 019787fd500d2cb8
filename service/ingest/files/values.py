"""What stands in a column, as what a message has: text of a CSV, or a Parquet file's own values.

A conversion gives None for what says nothing, and raises ValueError with what is wrong. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

Convert = Callable[[Any], Any]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPS = re.compile(r"(?<=\d)[.\s'](?=\d{3}(?:\D|$))")
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_MAX_WHOLE = 2**63 - 1
_EXACT = 2**53


def plain(value: object) -> Any:
    """A value as JSON has it: a time in ISO 8601, a decimal as a number, bytes as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return _of_number(value) if value.is_finite() else None
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return _of_bytes(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def trait(value: object) -> Any:
    """A value as JSON has it, whole numbers without a point: a trait may be an identifier.

    A column of whole numbers in which some are missing often comes as 17.0.
    """
    value = plain(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def text(value: object) -> str | None:
    """Text as it is; a number or truth value as JSON writes it."""
    value = plain(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if type(value) is int else orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class ToNumber:
    """A number, whole or not. `decimal` is its point: with "," the number 1.234,50 is 1234.5."""

    decimal: str = "."

    def __call__(self, value: object) -> int | float | None:
        """Read it."""
        if isinstance(value, str):
            read = value.strip()
            if self.decimal == ",":
                read = _GROUPS.sub("", read).replace(",", ".")
            if not _NUMBER.fullmatch(read):
                raise ValueError("is not a number")
            return _of_number(Decimal(read))
        value = plain(value)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError("is not a number")
        return value


def integer(value: object) -> int | None:
    """A whole number, also where it is written as 17.0."""
    number = ToNumber()(value)
    if number is not None and number != int(number):
        raise ValueError("is not a whole number")
    return None if number is None else int(number)


def boolean(value: object) -> bool | None:
    """A yes or no, in the usual words."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("is not true or false")


def json(value: object) -> Any:
    """JSON in text."""
    if not isinstance(value, str):
        return plain(value)
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ValueError("is not JSON") from None


@dataclass(frozen=True, slots=True)
class ToTime:
    """A time, in ISO 8601. Where it does not say its zone, `zone` does; without that it is UTC.

    `format` is as in strptime, or unix or unix_ms for a number of seconds or milliseconds.
    """

    format: str | None = None
    zone: ZoneInfo | None = None

    def __call__(self, value: object) -> str | None:
        """Read it."""
        if value is None:
            return None
        try:
            read = self._read(value)
            if read.tzinfo is None and self.zone is not None:
                read = read.replace(tzinfo=self.zone)
            return (read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)).isoformat()
        except (ValueError, OverflowError, OSError):
            raise ValueError(f"is not a time{self._expected()}") from None

    def _read(self, value: object) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (the caller knows)
        if self.format in ("unix", "unix_ms"):
            number = float(str(value))
            return datetime.fromtimestamp(number / (1 if self.format == "unix" else 1000), UTC)
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004  (wrong values, like all others)
        if self.format is None:
            return datetime.fromisoformat(value.strip())
        return datetime.strptime(value.strip(), self.format)  # noqa: DTZ007  (the caller knows)

    def _expected(self) -> str:
        if self.format is None:
            return "; give its format in the mapping unless it is as in 2026-01-31T09:30:00Z"
        return f" in the format {self.format}"


def _of_number(value: Decimal) -> int | float:
    if value.as_tuple().exponent == 0 and abs(value) <= _MAX_WHOLE:
        return int(value)
    number = float(value)
    if value.as_tuple().exponent == 0 or not math.isfinite(number):
        raise ValueError("is too large for a number; take it as text")
    return number


def _of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError("is neither text nor a number") from None
