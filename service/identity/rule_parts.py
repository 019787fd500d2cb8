"""What the tables of the rules file are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import SchemaError, SchemaValidator, core_schema


class Table(BaseModel):
    """A table of the file: what it may hold is known, and it never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def like(pattern: str | re.Pattern[str], remedy: str) -> AfterValidator:
    """A text of this form; else the remedy is told."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(remedy)
        return text

    return AfterValidator(check)


def _check_entry(entry: str) -> str:
    if _is_expression(entry):
        try:
            _expression(entry[1:-1])
        except SchemaError as error:
            why = str(error).splitlines()[-1].strip().removeprefix("error: ")
            raise ValueError(f"mend the regular expression: {why}") from error
    return entry


Entry = Annotated[str, AfterValidator(_check_entry)]
"""An exact value, or a /regular expression/ that is searched for anywhere in one."""


class Entries(NamedTuple):
    """A list of entries, to be asked for many values."""

    values: frozenset[str]
    expressions: tuple[SchemaValidator, ...]

    def have(self, value: str) -> bool:
        """Whether one of them is, or is found in, the value."""
        return value in self.values or any(
            each.isinstance_python(value) for each in self.expressions
        )


def entries(told: Iterable[str], *, in_lower_case: bool = False) -> Entries:
    """The entries of a list, for values as they are, or for values in lower case."""
    values, expressions = set(), []
    for entry in told:
        if _is_expression(entry):
            pattern = entry[1:-1]
            expressions.append(_expression(f"(?i){pattern}" if in_lower_case else pattern))
        else:
            values.add(entry.lower() if in_lower_case else entry)
    return Entries(frozenset(values), tuple(expressions))


def _is_expression(entry: str) -> bool:
    return len(entry) > 2 and entry.startswith("/") and entry.endswith("/")  # noqa: PLR2004


def _expression(pattern: str) -> SchemaValidator:
    """An expression of Rust's engine, which takes no longer for a value that is meant to be slow.

    Values come from anybody; with Python's engine one of them could hold up the service for hours.

    Raises:
        SchemaError: it is no expression, or one that only a backtracking engine knows.
    """
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
