"""Traits that are known everywhere, in one spelling and of the right type. Pure.

Whoever sends traits calls them what their own tool does: `firstName`, `first_name`, `given_name`.
The words here are the reserved traits of the Segment spec
(https://segment.com/docs/connections/spec/identify/#traits); beside each are what OpenID Connect
(https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims) and schema.org
(https://schema.org/Person, https://schema.org/PostalAddress) call the same thing. Capitals,
underscores, hyphens and blanks make no difference.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from service.profile.merge import MergedTrait

_SEPARATORS = re.compile(r"[\s_-]+")
_MAX_AGE = 150


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", name).lower()


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):  # A telephone number, or a postcode.
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def _day(value: object) -> date | None:
    """A day of the calendar: an ISO 8601 date, or the one that a time begins with as written."""
    try:
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    """An ISO 8601 time, without an offset in UTC; or Unix time in seconds."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _years(value: object) -> int | None:
    try:
        years = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return int(years) if 0 <= years <= _MAX_AGE and not isinstance(value, bool) else None


def _address(value: object) -> dict[str, str] | None:
    if isinstance(value, dict):
        said = {_plain(str(name)): one for name, one in value.items()}
        parts = {
            part: text
            for part, words in ADDRESS.items()
            if (text := next(filter(None, (_text(said.get(word)) for word in words)), None))
        }
        return parts or None
    text = _text(value)
    return None if text is None else {"formatted": text}


def _company(value: object) -> str | None:
    return _text(value.get("name") if isinstance(value, dict) else value)


ADDRESS: Mapping[str, tuple[str, ...]] = {
    "street": ("street", "streetaddress"),
    "city": ("city", "locality", "addresslocality"),
    "state": ("state", "region", "addressregion"),
    "postal_code": ("postalcode", "zip"),
    "country": ("country", "addresscountry"),
    "formatted": ("formatted",),
}
"""The parts of an address, and what each is called."""

_Read = Callable[[object], Any]

WORDS: Mapping[str, tuple[_Read, tuple[str, ...]]] = {
    "name": (_text, ("name", "fullname")),
    "first_name": (_text, ("firstname", "givenname")),
    "middle_name": (_text, ("middlename", "additionalname")),
    "last_name": (_text, ("lastname", "familyname", "surname")),
    "nickname": (_text, ("nickname", "alternatename")),
    "username": (_text, ("username", "preferredusername")),
    "email": (_text, ("email",)),
    "phone": (_text, ("phone", "phonenumber", "telephone")),
    "birthday": (_day, ("birthday", "birthdate", "dateofbirth")),
    "age": (_years, ("age",)),
    "gender": (_text, ("gender",)),
    "language": (_text, ("language", "locale", "preferredlanguage")),
    "timezone": (_text, ("timezone", "zoneinfo")),
    "address": (_address, ("address",)),
    "title": (_text, ("title", "jobtitle")),
    "company": (_company, ("company", "worksfor")),
    "website": (_text, ("website", "url")),
    "avatar": (_text, ("avatar", "picture", "image")),
    "description": (_text, ("description",)),
    "created_at": (_moment, ("createdat",)),
}
"""How each well-known trait is read, and what it is called."""

_MEANS = {word: field for field, (_, words) in WORDS.items() for word in words}


def well_known(traits: Iterable[MergedTrait]) -> dict[str, Any]:
    """What is known of a person in the standard words; what is not known is not in it.

    Where several traits mean the same, it is the one that was said last of those that can be read.
    A `name` that nobody said is put together from the first and the last one, as the spec says.
    """
    last: dict[str, tuple[datetime, str, Any]] = {}
    for trait in traits:
        field = _MEANS.get(_plain(trait.won.name))
        value = None if field is None else WORDS[field][0](trait.value)
        if field is not None and value is not None:
            said = (trait.won.at, trait.won.name)
            if field not in last or said > last[field][:2]:
                last[field] = (*said, value)
    found = {field: value for field, (_, _, value) in last.items()}
    both = [found[part] for part in ("first_name", "last_name") if part in found]
    if both and "name" not in found:
        found["name"] = " ".join(both)
    return found
