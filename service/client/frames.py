"""Rows of a table (polars, pandas, or any mappings) as messages, importing neither."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import orjson

from service.client.errors import ClientError, InvalidError
from service.client.messages import Message, encode
from service.client.results import RefusedMessage

_IDENTIFIERS = "identifiers."
_IDS = frozenset({"userId", "anonymousId", "previousId", "groupId"})


@runtime_checkable
class PolarsFrame(Protocol):
    """What is needed of a `polars.DataFrame`."""

    def iter_rows(self, *, named: Literal[True]) -> Iterator[dict[str, Any]]:
        """The rows, by name."""


@runtime_checkable
class PandasFrame(Protocol):
    """What is needed of a `pandas.DataFrame`."""

    @property
    def columns(self) -> Any:
        """The names of the columns."""

    def itertuples(self, index: bool, name: None) -> Iterable[tuple[Any, ...]]:
        """The rows, as tuples."""


Frame = PolarsFrame | PandasFrame | Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class StableIds:
    """`messageId`s made from a row, so that the same row sent again is the same event.

    Attributes:
        name: What the rows are, as in `till_north orders`. Ids are unique over all sources, so two
            tills that both number their receipts from 1 need two names.
        columns: Those that together tell one row from all others, ever.
    """

    name: str
    columns: tuple[str, ...]


def rows(frame: Frame) -> Iterator[Mapping[str, Any]]:
    """The rows of a frame by the names of its columns, one after the other."""
    if isinstance(frame, PolarsFrame):
        yield from frame.iter_rows(named=True)
    elif isinstance(frame, PandasFrame):
        columns = [str(one) for one in frame.columns]
        for row in frame.itertuples(index=False, name=None):
            yield dict(zip(columns, row, strict=True))
    else:
        yield from frame


def messages_of(
    frame: Frame,
    columns: Mapping[str, str],
    *,
    constant: Mapping[str, Any],
    rest: str | None,
    ids: StableIds | None,
) -> Iterator[Message | RefusedMessage]:
    """A message for each row, or why there can be none.

    Raises:
        InvalidError: a column that is named is not there.
    """
    mapped = set(columns.values())
    named = mapped.union(ids.columns if ids else ())
    for index, row in enumerate(rows(frame)):
        if missing := sorted(named - row.keys()):
            raise InvalidError(f"there is no column {missing[0]}", field=missing[0])
        message: Message = {}
        for path, value in constant.items():
            _put(message, path, deepcopy(value))
        for path, column in columns.items():
            _put(message, path, row[column])
        for column in row.keys() - mapped if rest is not None else ():
            _put(message, f"{rest}.{column}", row[column], is_flat=True)
        try:
            yield message if ids is None else message | {"messageId": _stable(ids, row)}
        except ClientError as error:
            yield RefusedMessage(index, None, error.code, error.message, error.field)


def _put(message: Message, path: str, value: Any, *, is_flat: bool = False) -> None:
    """Put a value where a path leads, as in `properties.total`; an empty one says nothing."""
    if is_empty(value):
        return
    if path.startswith(_IDENTIFIERS):
        namespace = path.removeprefix(_IDENTIFIERS)
        one = {"type": namespace, "id": _id(value), "collection": "users", "encoding": "none"}
        message.setdefault("context", {}).setdefault("externalIds", []).append(one)
        return
    *tables, name = path.split(".", 1) if is_flat else path.split(".")
    for table in tables:
        message = message.setdefault(table, {})
    message[name] = _id(value) if path in _IDS else value


def _id(value: Any) -> Any:
    """A whole number as such: pandas makes 7.0 of 7 in a column where one cell is empty."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, pandas' NaT and NA, or no text."""
    if value is None or (isinstance(value, str) and not value):
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 — what is not itself is not a number
    except TypeError:  # pandas' NA is neither equal to itself nor not.
        return True
    except ValueError:  # An array.
        return False


def _stable(ids: StableIds, row: Mapping[str, Any]) -> str:
    values = [row[column] for column in ids.columns]
    for column, value in zip(ids.columns, values, strict=True):
        if is_empty(value):
            raise InvalidError(
                f"the column {column} is empty, and the row's messageId is made from it",
                code="invalid_message",
                field="messageId",
            )
    told = orjson.dumps([ids.name, list(ids.columns)]) + encode(values)
    return hashlib.sha256(told).hexdigest()[:32]
