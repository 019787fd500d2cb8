"""Which months are counted, and which of them need not be counted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from service.journey.learned import Kept
from service.journey.months import MONTHS, months_until, still_good

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
KEPT = Kept("2026-02", NOW - timedelta(days=1), "orders", 1_000, None)


def test_they_are_a_year_and_the_current_one_without_a_gap() -> None:
    months = months_until(NOW)
    assert len(months) == MONTHS
    assert [months[0].name, months[-2].name, months[-1].name] == ["2025-03", "2026-02", "2026-03"]
    assert all(one.until == other.since for one, other in pairwise(months))
    assert months[-1].until == NOW
    assert all(one.since.day == 1 for one in months)


def test_at_the_moment_when_a_month_begins_it_is_empty() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    months = months_until(first)
    assert months[-1].since == months[-1].until == first


@pytest.mark.parametrize(
    ("month", "kept", "subject", "events", "now", "good"),
    [
        (-2, KEPT, "orders", 1_000, NOW, True),
        (-2, KEPT, "orders", 1_999, NOW, True),
        (-2, None, "orders", 1_000, NOW, False),
        (-2, KEPT, "sign-ups", 1_000, NOW, False),
        (-2, KEPT, "orders", 2_000, NOW, False),  # Somebody brought in history.
        (-1, KEPT, "orders", 1_000, NOW, False),  # It is not over.
        (-2, KEPT, "orders", 1_000, datetime(2026, 4, 1, tzinfo=UTC), False),
        (-2, KEPT, "orders", 1_000, datetime(2027, 3, 20, tzinfo=UTC), False),
    ],
)
def test_a_month_is_counted_once_until_something_has_changed(
    month: int, kept: Kept | None, subject: str, events: int, now: datetime, good: bool
) -> None:
    assert still_good(months_until(NOW)[month], kept, subject, events, now) is good


def test_what_came_late_is_waited_for() -> None:
    february = months_until(NOW)[-2]
    early = replace(KEPT, learned_at=datetime(2026, 3, 7, 23, tzinfo=UTC))
    late = replace(KEPT, learned_at=datetime(2026, 3, 8, tzinfo=UTC))
    assert not still_good(february, early, "orders", 1_000, NOW)
    assert still_good(february, late, "orders", 1_000, NOW)
