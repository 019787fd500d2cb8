"""When something happened, by the sender's clock and by ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidMessageError
from service.ingest.times import happened_at
from service.store.moments import from_moment, to_moment

ARRIVED = datetime(2025, 6, 1, 12, tzinfo=UTC)
TIMES = ("timestamp", "originalTimestamp", "sentAt")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({}, ARRIVED),
        ({"timestamp": None, "originalTimestamp": None, "sentAt": None}, ARRIVED),
        ({"timestamp": "2025-05-01T10:00:00Z"}, datetime(2025, 5, 1, 10, tzinfo=UTC)),
        ({"timestamp": "2025-05-01T10:00:00+02:00"}, datetime(2025, 5, 1, 8, tzinfo=UTC)),
        ({"timestamp": "2025-05-01T10:00:00.123Z"}, datetime(2025, 5, 1, 10, 0, 0, 123_000, UTC)),
        ({"timestamp": "2025-05-01T10:00:00"}, datetime(2025, 5, 1, 10, tzinfo=UTC)),
        ({"timestamp": "2025-05-01"}, datetime(2025, 5, 1, tzinfo=UTC)),
        ({"timestamp": "20250501T100000Z"}, datetime(2025, 5, 1, 10, tzinfo=UTC)),
        ({"timestamp": "1900-01-01T00:00:00Z"}, datetime(1900, 1, 1, tzinfo=UTC)),
        ({"timestamp": "2025-06-02T12:00:00Z"}, ARRIVED + timedelta(days=1)),
        # The timestamp is taken at its word, whatever else is said.
        (
            {"timestamp": "2025-05-01", "originalTimestamp": "never", "sentAt": 5},
            datetime(2025, 5, 1, tzinfo=UTC),
        ),
        ({"originalTimestamp": "2025-05-01"}, datetime(2025, 5, 1, tzinfo=UTC)),
        ({"sentAt": "2001-01-01"}, ARRIVED),
        # A clock that is years behind or ahead tells how long ago it was all the same.
        (
            {"originalTimestamp": "2001-01-01T00:00:00Z", "sentAt": "2001-01-01T00:05:00Z"},
            ARRIVED - timedelta(minutes=5),
        ),
        (
            {"originalTimestamp": "2099-01-01T02:00:00+02:00", "sentAt": "2099-01-01T00:05:00Z"},
            ARRIVED - timedelta(minutes=5),
        ),
    ],
)
def test_a_message_tells_when_it_happened(said: dict[str, Any], at: datetime) -> None:
    found = happened_at(said, ARRIVED)
    assert found == at
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("said", "field", "problem"),
    [
        ({"timestamp": "now"}, "timestamp", "is not a time"),
        ({"timestamp": ""}, "timestamp", "is not a time"),
        ({"timestamp": "2025-06-31"}, "timestamp", "is not a time"),
        ({"timestamp": "1748779200"}, "timestamp", "is not a time"),
        ({"timestamp": 1748779200}, "timestamp", "is not text"),
        ({"timestamp": False}, "timestamp", "is not text"),
        ({"timestamp": "1899-12-31T23:59:59Z"}, "timestamp", "is before 1900"),
        ({"timestamp": "2025-06-02T12:00:01Z"}, "timestamp", "is more than a day in the future"),
        ({"timestamp": "0001-01-01T00:00:00+01:00"}, "timestamp", "is not a possible time"),
        ({"originalTimestamp": []}, "originalTimestamp", "is not text"),
        ({"originalTimestamp": "2025-05-01", "sentAt": {}}, "sentAt", "is not text"),
        (
            {"originalTimestamp": "2025-05-03", "sentAt": "2025-05-01"},
            "originalTimestamp",
            "is more than a day in the future",
        ),
        (
            {"originalTimestamp": "1800-01-01", "sentAt": "2025-05-01"},
            "originalTimestamp",
            "is before 1900",
        ),
        (
            {"originalTimestamp": "0001-01-01", "sentAt": "9999-12-31"},
            "originalTimestamp",
            "is not a possible time",
        ),
        (
            {"originalTimestamp": "9999-12-31", "sentAt": "0001-01-01"},
            "originalTimestamp",
            "is not a possible time",
        ),
    ],
)
def test_an_impossible_time_is_named(said: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        happened_at(said, ARRIVED)
    assert refused.value.field == field
    assert refused.value.problem.startswith(problem)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            TIMES,
            st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat)
            | st.text(max_size=30)
            | st.integers()
            | st.none(),
        ),
    )
)
def test_any_time_is_possible_or_refused(said: dict[str, Any]) -> None:
    try:
        at = happened_at(said, ARRIVED)
    except InvalidMessageError:
        return
    assert datetime(1900, 1, 1, tzinfo=UTC) <= at <= ARRIVED + timedelta(days=1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_a_time_to_the_microsecond(time: datetime) -> None:
    assert from_moment(to_moment(time)) == time


@given(*[st.datetimes(timezones=st.just(UTC))] * 2)
def test_moments_are_ordered_as_their_times(one: datetime, other: datetime) -> None:
    assert (to_moment(one) < to_moment(other)) == (one < other)
