"""A first mapping for a table, from the names of its columns and some of its rows. Pure.

It is a draft for a person, who knows what the columns mean; so it says what it is unsure of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.ingest.files.values import ToNumber, ToTime, boolean, plain
from service.ingest.message import TYPES

# Names, in small letters with single underscores, as people give them.
_NAMES = {
    "userId": "user_id userid user uid customer_id customerid customer customer_number "
    "member_id account_id login",
    "anonymousId": "anonymous_id anonymousid cookie cookie_id visitor_id client_id",
    "traits.email": "email e_mail mail email_address mail_address customer_email user_email",
    "traits.phone": "phone phone_number telephone tel mobile mobile_number mobile_phone",
    "traits.first_name": "first_name firstname given_name",
    "traits.last_name": "last_name lastname surname family_name",
    "traits.name": "name full_name fullname customer_name",
    "groupId": "group_id organization_id organisation_id company_id",
    "messageId": "message_id messageid",
    "event": "event event_name",
    "externalIds.loyalty_card": "loyalty_card loyalty_number loyalty_id card_number",
    "externalIds.crm_id": "crm_id contact_id crm_contact",
}
_FIELD_OF = {name: to for to, names in _NAMES.items() for name in names.split()}
_PERSONAL = re.compile(
    r"city|country|region|state|street|address|post_?code|zip(_code)?|postal_code|gender|birthday"
    r"|birth_date|date_of_birth|language|company|title|salutation"
)
_HAPPENED = re.compile(
    r"(^|_)(order|total|price|amount|quantity|product|event|sku|revenue|transaction|receipt|page|url"
    r"|visit|session|ticket|booking)(_|s?$)"
)
_WHEN = re.compile(
    r"(^|_)(timestamp|time|date|datetime|at|on|ts|when|occurred|created|ordered|bought)($|_)"
)
_NOT_WHEN = re.compile(r"birth|updated|modified|deleted|expir")
_KEY = re.compile(
    r"^(id|uuid|(order|transaction|receipt|invoice|event|booking|ticket|row)_?(id|no|number))$"
)
_NULLS = frozenset({"NULL", "null", "\\N", "NaN", "nan", "None", "N/A", "n/a"})
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+\d[\d ()./-]{6,}")
_FORMATS = (
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%m/%d/%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d.%m.%Y %H:%M:%S"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
)
_COMMA = "a decimal comma"
_SECONDS = range(10**8, 10**10)
_MILLISECONDS = range(10**11, 10**13)


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column is taken for. `told` is the rest of its entry; `why` a comment."""

    name: str
    to: str
    told: str = ""
    why: str = ""


@dataclass(slots=True)
class _Column:
    """A column as the sample has it: only what says something."""

    name: str
    plain_name: str
    values: list[Any] = field(default_factory=list)

    def all(self, read: Any) -> bool:
        """Whether every value can be read so."""
        if not self.values:
            return False
        try:
            return all(read(one) is not None for one in self.values)
        except ValueError:
            return False


def guess(
    file: str,
    columns: Sequence[str],
    sample: Iterable[Mapping[str, Any]],
    *,
    namespaces: Collection[str],
    delimiter: str | None = None,
) -> str:
    """The text of a mapping file. `namespaces` are those that the rules know."""
    rows = list(sample)
    nulls = sorted(
        {
            one
            for row in rows
            for one in row.values()
            if isinstance(one, str) and one.strip() in _NULLS
        }
    )
    read = [_column(name, rows, nulls) for name in columns]
    when = _when(read)
    is_track = when is not None and _is_of_events(read)
    guesses = _once(_guess(one, when, namespaces, is_track=is_track) for one in read)
    if any(_has_point(one) for one in read):  # A file has one decimal sign or the other.
        guesses = [Guess(one.name, one.to) if one.why == _COMMA else one for one in guesses]
    taken = {one.to for one in guesses}
    key = next((one for one in read if _KEY.match(one.plain_name) and _is_unique(one)), None)
    lines = [
        f"# How {file} becomes messages: a first guess. Read it, mend it, then:",
        "#   knoop import FILE --source NAME --mapping THIS_FILE",
    ]
    if delimiter is not None and delimiter != ",":
        lines.append(f"delimiter = {_quoted(delimiter)}")
    if nulls:
        lines += ["# These say nothing, like an empty field.", f"empty = {_list(nulls)}"]
    if any(one.why == _COMMA for one in guesses):
        lines.append('decimal = ","')
    lines += ["", *_constants(taken, is_track=is_track), "", *_columns(guesses, rows), ""]
    lines += _message_id(key, has_id="messageId" in taken)
    return "\n".join(lines) + "\n"


def _column(name: str, rows: list[Mapping[str, Any]], nulls: Collection[str]) -> _Column:
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    plain_name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    values = [row.get(name) for row in rows]
    said = [
        one
        for one in values
        if one is not None and not (isinstance(one, str) and (not one.strip() or one in nulls))
    ]
    return _Column(name, plain_name, said)


def _when(columns: list[_Column]) -> str | None:
    """The column that tells when it happened: the first that can, by name and values."""
    for one in columns:
        name = one.plain_name
        if _WHEN.search(name) and not _NOT_WHEN.search(name) and _time_format(one) is not None:
            return one.name
    return None


def _is_of_events(columns: list[_Column]) -> bool:
    """A table of people may have a time too: when each was added."""
    names = [one.plain_name for one in columns]
    if any(_HAPPENED.search(name) for name in names):
        return True
    return not any(
        _PERSONAL.fullmatch(name) or _FIELD_OF.get(name, "").endswith("name") for name in names
    )


def _time_format(column: _Column) -> str | None:
    """How its values are times: "" if in ISO 8601 or as times of their own."""
    numbers = [one for one in column.values if re.fullmatch(r"\d+(\.\d+)?", str(one))]
    if column.values and len(numbers) == len(column.values):
        for name, possible in (("unix", _SECONDS), ("unix_ms", _MILLISECONDS)):
            if all(int(float(str(one))) in possible for one in numbers):
                return name
        return None
    if column.all(ToTime()):
        return ""
    return next((one for one in _FORMATS if column.all(ToTime(one))), None)


def _guess(
    column: _Column, when: str | None, namespaces: Collection[str], *, is_track: bool
) -> Guess:
    name = column.name
    by_name = _FIELD_OF.get(column.plain_name)
    rest = column.plain_name or "column"
    table = "properties" if is_track and not _PERSONAL.fullmatch(rest) else "traits"
    if name == when:
        return _guess_time(column)
    if column.plain_name == "type" and set(map(str, column.values)) <= set(TYPES):
        return Guess(name, "type")
    if by_name is not None:
        return Guess(name, by_name, *_guess_id(column, by_name))
    if column.plain_name in namespaces:
        return Guess(name, f"externalIds.{column.plain_name}")
    if column.all(lambda one: _MAIL.fullmatch(str(one).strip())):
        return Guess(name, "traits.email", why="by its values")
    if column.all(lambda one: _PHONE.fullmatch(str(one).strip())):
        return Guess(name, "traits.phone", why="by its values")
    return Guess(name, f"{table}.{rest}", *_guess_kind(column))


def _guess_time(column: _Column) -> Guess:
    how = _time_format(column)
    if how is None or how == "":
        zoned = not column.all(lambda one: "+" in str(one) or str(one).strip().endswith("Z"))
        why = 'without a zone it is UTC; else add: zone = "Europe/Amsterdam"' if zoned else ""
        return Guess(column.name, "timestamp", "", why)
    why = "" if how.startswith("unix") else 'UTC, unless you add: zone = "Europe/Amsterdam"'
    if how.startswith("%d/%m") and column.all(ToTime(how.replace("%d/%m", "%m/%d"))):
        why = f"day or month first? {why}"
    return Guess(column.name, "timestamp", f", format = {_quoted(how)}", why)


def _guess_id(column: _Column, to: str) -> tuple[str, str]:
    if to.endswith("Id") and any(re.fullmatch(r"\d+\.0", str(one)) for one in column.values):
        return ', as = "integer"', "17.0 is the id 17"
    return "", ""


def _guess_kind(column: _Column) -> tuple[str, str]:
    """As what a value is kept; text with a leading zero is no number."""
    texts = [one for one in column.values if isinstance(one, str)]
    if not texts:
        return "", ""
    if column.all(boolean) and not column.all(ToNumber()):
        return ', as = "boolean"', ""
    if any(re.match(r"[+-]?0\d", one.strip()) for one in texts):
        return "", ""
    if column.all(ToNumber()):
        return ', as = "number"', ""
    if column.all(ToNumber(",")):
        return ', as = "number"', _COMMA
    return "", ""


def _has_point(column: _Column) -> bool:
    texts = [one for one in column.values if isinstance(one, str)]
    return column.all(ToNumber()) and any("." in one for one in texts)


def _once(guesses: Iterable[Guess]) -> list[Guess]:
    """A field is of one column: a second one keeps its own name, or its namespace a number."""
    taken: set[str] = set()
    found = []
    for one in guesses:
        to, why = one.to, one.why
        if to in taken and not to.startswith("externalIds."):
            base = to = (
                f"properties.{re.sub(r'[^A-Za-z0-9_]+', '_', one.name).strip('_') or 'column'}"
            )
            why, number = f"{one.to} is taken", 2
            while to in taken:
                to, number = f"{base}_{number}", number + 1
        taken.add(to)
        found.append(Guess(one.name, to, one.told, why))
    return found


def _is_unique(column: _Column) -> bool:
    return len({str(one) for one in column.values}) == len(column.values) > 0


def _constants(taken: Collection[str], *, is_track: bool) -> Iterator[str]:
    yield "[constants]"
    if "type" not in taken:
        yield f"type = {_quoted('track' if is_track else 'identify')}" + (
            "          # what happened; identify, if each row is only who somebody is"
            if is_track
            else "       # who somebody is; track, if each row is something that happened"
        )
    if is_track and "event" not in taken:
        yield 'event = "Order Completed"  # what happened: give it its name'
    if not {"userId", "anonymousId"} & set(taken) and not any(
        one.startswith(("traits.email", "traits.phone", "externalIds.")) for one in taken
    ):
        yield "# No column was recognised that names a person: map one to userId, anonymousId,"
        yield "# traits.email, traits.phone or externalIds.NAMESPACE."


def _columns(guesses: Sequence[Guess], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "# Column = field. Take out what you do not want to keep."
    yield "[columns]"
    entries = [
        f"{_quoted(one.name)} = "
        + (f"{{ to = {_quoted(one.to)}{one.told} }}" if one.told else _quoted(one.to))
        for one in guesses
    ]
    width = max((len(entry) for entry in entries), default=0)
    for entry, one in zip(entries, guesses, strict=True):
        # Not of names and addresses: a mapping is a file that is passed on.
        told = one.told or one.to == "timestamp"
        seen = next((_shown(row[one.name]) for row in rows if told and _says(row[one.name])), None)
        comments = [*([f"as in {seen}"] if seen else []), *([one.why] if one.why else [])]
        yield f"{entry.ljust(width)}  # {'; '.join(comments)}" if comments else entry


def _message_id(key: _Column | None, *, has_id: bool) -> Iterator[str]:
    yield "# What makes a row the same when it is imported again: these columns, or the whole row."
    if key is not None and not has_id:
        yield "[message_id]"
        yield f"columns = {_list([key.name])}"
    else:
        yield "# [message_id]"
        yield '# columns = ["order_id"]'
        yield "# count_rows = true         # equal rows are several events, by their row numbers"


def _says(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def _shown(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(plain(value))
    text = "".join(one if one.isprintable() else " " for one in text)
    return text if len(text) <= 30 else f"{text[:29]}…"  # noqa: PLR2004


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """TOML's basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped) + '"'
    )
