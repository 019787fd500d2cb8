"""What stands in a column, as what a message has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.ingest.files import values
from service.ingest.files.values import ToNumber, ToTime

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
JAN = "2026-01-31T09:30:00+00:00"


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        (ToNumber(), " 29.90 ", 29.9),
        (ToNumber(), "17", 17),
        (ToNumber(), "-1e3", -1000.0),
        (ToNumber(), 12, 12),
        (ToNumber(), float("nan"), None),
        (ToNumber(), Decimal("29.90"), 29.9),
        (ToNumber(","), "1.234,50", 1234.5),
        (ToNumber(","), "1 234", 1234),
        (ToNumber(","), "29,9", 29.9),
        (values.integer, "17.0", 17),
        (values.integer, 17.0, 17),
        (values.boolean, "YES", True),
        (values.boolean, "0", False),
        (values.boolean, 1, True),
        (values.boolean, False, False),
        (values.json, '{"a": [1]}', {"a": [1]}),
        (values.json, [1, Decimal(2)], [1, 2]),
        (values.trait, 17.0, 17),
        (values.trait, 17.5, 17.5),
        (values.trait, 1e300, 1e300),
        (values.text, 17, "17"),
        (values.text, 17.0, "17"),
        (values.text, True, "true"),
        (values.text, "007", "007"),
        (values.plain, b"abc", "abc"),
        (values.plain, {"at": date(2026, 1, 31)}, {"at": "2026-01-31"}),
        (ToTime(), "2026-01-31T09:30:00Z", JAN),
        (ToTime(), "2026-01-31 09:30:00+00", JAN),
        (ToTime(), "2026-01-31 09:30", JAN),
        (ToTime(zone=AMSTERDAM), "2026-01-31 10:30", JAN),
        (ToTime(zone=AMSTERDAM), "2026-01-31T09:30:00Z", JAN),
        (ToTime("%d-%m-%Y %H:%M", AMSTERDAM), "31-01-2026 10:30", JAN),
        (ToTime("unix"), "1769851800", JAN),
        (ToTime("unix_ms"), 1769851800000, JAN),
        (ToTime(), datetime(2026, 1, 31, 9, 30, tzinfo=UTC), JAN),
        (ToTime(zone=AMSTERDAM), datetime(2026, 1, 31, 10, 30), JAN),  # noqa: DTZ001
        (ToTime(), date(2026, 1, 31), "2026-01-31T00:00:00+00:00"),
    ],
)
def test_a_value_is_read(convert: Any, value: object, expected: object) -> None:
    read = convert(value)
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("convert", "value", "why"),
    [
        (ToNumber(), "1,5", "is not a number"),
        (ToNumber(), "nan", "is not a number"),
        (ToNumber(), "", "is not a number"),
        (ToNumber(), True, "is not a number"),
        (ToNumber(), "1e999", "is too large"),
        (ToNumber(), "9" * 30, "is too large"),
        (values.integer, "17.5", "is not a whole number"),
        (values.boolean, "maybe", "is not true or false"),
        (values.json, "{", "is not JSON"),
        (values.plain, b"\xff", "is neither"),
        (ToTime(), "31/01/2026", "give its format"),
        (ToTime("%d/%m/%Y"), "2026-01-31", "in the format %d/%m/%Y"),
        (ToTime("unix"), "soon", "in the format unix"),
        (ToTime("unix"), "1e300", "is not a time"),
        (ToTime("unix"), "nan", "is not a time"),
    ],
)
def test_a_value_that_is_something_else_is_told(convert: Any, value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        convert(value)
