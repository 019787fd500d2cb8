"""Traits in the standard words."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.graphql.person import Address, Person
from service.profile.merge import MergedTrait, Said
from service.profile.well_known import ADDRESS, WORDS, well_known

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _known(*said: tuple[str, Any], minutes: tuple[int, ...] = ()) -> dict[str, Any]:
    """What is known by traits, each said the given minutes after noon."""
    late = [*minutes, *[0] * len(said)]
    return well_known(
        MergedTrait(Said(name, value, "web", NOON + timedelta(minutes=after), "trust"), value, ())
        for (name, value), after in zip(said, late, strict=False)
    )


def test_graphql_has_the_same_words() -> None:
    assert [field.name for field in dataclasses.fields(Person)] == list(WORDS)
    assert [field.name for field in dataclasses.fields(Address)] == list(ADDRESS)


@pytest.mark.parametrize(
    "name", ["firstName", "first_name", "First Name", "FIRSTNAME", "first-name", "given_name"]
)
def test_however_a_trait_is_spelt_it_is_the_same_word(name: str) -> None:
    assert _known((name, " Ann ")) == {"first_name": "Ann", "name": "Ann"}


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [
        ("birthdate", "1990-05-01", {"birthday": date(1990, 5, 1)}),
        ("birthday", "1990-05-01T23:30:00-05:00", {"birthday": date(1990, 5, 1)}),
        ("birthday", "0000-05-01", {}),  # OpenID Connect's way to leave the year out.
        ("birthday", "1 May", {}),
        ("birthday", 19900501, {}),
        ("age", 36, {"age": 36}),
        ("age", "36", {"age": 36}),
        ("age", 36.5, {"age": 36}),
        ("age", True, {}),
        ("age", -1, {}),
        ("age", 10**400, {}),
        ("age", "young", {}),
        ("phone", 31612345678, {"phone": "31612345678"}),
        ("email", True, {}),
        ("email", " ", {}),
        ("email", ["ann@example.com"], {}),
        ("locale", "nl-NL", {"language": "nl-NL"}),
        ("zoneinfo", "Europe/Amsterdam", {"timezone": "Europe/Amsterdam"}),
        ("company", {"name": "Acme", "id": 7}, {"company": "Acme"}),
        ("company", {"id": 7}, {}),
        ("company", "Acme", {"company": "Acme"}),
        ("createdAt", "2020-01-01", {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("created_at", "2020-01-01T01:00+01:00", {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("createdAt", 1577836800, {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("createdAt", 1e300, {}),
        ("createdAt", "9999-12-31T23:00:00-05:00", {}),
        ("shoe_size", 42, {}),
        ("", "x", {}),
    ],
)
def test_a_word_is_of_its_type_or_not_known(name: str, value: Any, known: dict[str, Any]) -> None:
    assert _known((name, value)) == known


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ({"street": "Dam 1", "postalCode": 1012}, {"street": "Dam 1", "postal_code": "1012"}),
        (
            {"street_address": "Dam 1", "locality": "Amsterdam", "region": "NH"},
            {"street": "Dam 1", "city": "Amsterdam", "state": "NH"},
        ),
        ({"addressCountry": "NL", "floor": 2}, {"country": "NL"}),
        ("Dam 1, Amsterdam", {"formatted": "Dam 1, Amsterdam"}),
        ({"floor": 2, "city": None}, None),
        ([], None),
        ("", None),
    ],
)
def test_an_address_has_its_parts(address: Any, known: dict[str, str] | None) -> None:
    assert _known(("address", address)).get("address") == known


def test_of_several_that_mean_the_same_the_one_said_last_that_can_be_read() -> None:
    said = ("birthday", "1990-01-01"), ("birthdate", "1991-01-01"), ("date_of_birth", "soon")
    assert _known(*said, minutes=(1, 2, 3)) == {"birthday": date(1991, 1, 1)}
    assert _known(*said, minutes=(2, 1, 3)) == {"birthday": date(1990, 1, 1)}
    # At one time it does not depend on the order in which they are told.
    assert _known(*said) == _known(*reversed(said))


def test_a_name_that_nobody_said_is_put_together() -> None:
    parts = ("last_name", "Jansen"), ("first_name", "Ann")
    assert _known(*parts)["name"] == "Ann Jansen"
    assert _known(*parts, ("name", "A. Jansen"))["name"] == "A. Jansen"


@given(
    st.sampled_from([word for _, words in WORDS.values() for word in words]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_whatever_was_said_a_person_is_told(name: str, value: Any) -> None:
    Person.of([MergedTrait(Said(name, value, "web", NOON, "trust"), value, ())])
