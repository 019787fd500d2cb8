"""A first mapping: what it takes columns for, and that it is one. And the guide's own."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from service.ingest.files.guessing import guess
from service.ingest.files.mapping_file import parse_mapping
from service.ingest.files.sampling import guess_of
from service.ingest.files.table import Format

_GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "integrators.md"


def _guessed(**columns: list[Any]) -> str:
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    text = guess("t.csv", list(columns), rows, namespaces=["email", "staff_badge"])
    mapping = parse_mapping(text, "guessed")
    for row in rows:
        mapping.message(row)
    return text


def _entries(text: str) -> dict[str, str]:
    columns = text.partition("[columns]\n")[2].partition("\n\n")[0]
    return dict(re.findall(r'^"(.*?)" = (.*?)\s*(?:#.*)?$', columns, re.MULTILINE))


def test_columns_are_known_by_their_names_and_values() -> None:
    text = _guessed(
        orderId=["W-1", "W-2"],
        CustomerID=["17.0", "18.0"],
        **{"E-Mail": ["a@example.com", "b@example.com"]},
        contact=["x@example.com", ""],
        tel=["+31612345678", "NULL"],
        other_tel=["+31612345678", None],
        staff_badge=["1", "2"],
        created_at=["2026-01-31T09:30:00Z", "2026-02-01T09:30:00Z"],
        total=["29.90", "3"],
        comma=["29,90", "3"],
        zip=["0123", "4567"],
        gift=["yes", "no"],
    )
    assert _entries(text) == {
        "orderId": '"properties.order_id"',
        "CustomerID": '{ to = "userId", as = "integer" }',
        "E-Mail": '"traits.email"',
        "contact": '"properties.contact"',
        "tel": '"traits.phone"',
        "other_tel": '"properties.other_tel"',
        "staff_badge": '"externalIds.staff_badge"',
        "created_at": '"timestamp"',
        "total": '{ to = "properties.total", as = "number" }',
        "comma": '"properties.comma"',
        "zip": '"traits.zip"',
        "gift": '{ to = "properties.gift", as = "boolean" }',
    }
    assert 'columns = ["orderId"]' in text
    assert 'empty = ["NULL"]' in text
    assert 'type = "track"' in text
    assert "@example.com" not in text


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("2026-01-31 09:30", '"timestamp"'),
        ("31/01/2026 09:30", '{ to = "timestamp", format = "%d/%m/%Y %H:%M" }'),
        ("01/31/2026", '{ to = "timestamp", format = "%m/%d/%Y" }'),
        ("31.01.2026", '{ to = "timestamp", format = "%d.%m.%Y" }'),
        ("1769851800", '{ to = "timestamp", format = "unix" }'),
        (1769851800123, '{ to = "timestamp", format = "unix_ms" }'),
        ("20", '{ to = "properties.time", as = "number" }'),
        ("", '"properties.time"'),
    ],
)
def test_times_are_known_by_their_format(value: object, entry: str) -> None:
    text = _guessed(user=["u1"], time=[value], event=["x"])
    assert _entries(text)["time"].replace("traits", "properties") == entry


def test_a_table_of_people_is_no_table_of_events() -> None:
    text = _guessed(user_id=["1"], first_name=["Ann"], created_at=["2026-01-31"])
    assert 'type = "identify"' in text
    assert _entries(text)["first_name"] == '"traits.first_name"'


def test_a_decimal_comma_is_told_where_all_numbers_have_one() -> None:
    text = _guessed(user=["u1", "u2"], price=["1.029,90", "3,00"])
    assert 'decimal = ","' in text
    assert _entries(text)["price"].endswith('as = "number" }')


def test_names_that_need_quotes_and_nothing_at_all_make_a_mapping() -> None:
    parse_mapping(_guessed(**{'a "b" \\ c': ["1"], "": ["2"], "x\ty": ["3"], "é": ["4"]}), "m")
    assert "No column was recognised that names a person" in _guessed(colour=["red"])


def test_what_parts_the_columns_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("user;total;mail\nu1;29,90;a@example.com\n")
    text = guess_of(str(path), Format.CSV, [])
    assert 'delimiter = ";"' in text
    assert parse_mapping(text, "m").message({"user": "u1", "total": "29,90", "mail": ""}) == {
        "type": "identify",
        "userId": "u1",
        "traits": {"total": 29.9},
    }


def test_the_guides_example_is_one() -> None:
    guide = _GUIDE.read_text("utf-8")
    table = re.search(r"^```text\n(Receipt.*?)^```", guide, re.MULTILINE | re.DOTALL)
    toml = re.search(r"^```toml\n(# A mapping.*?)^```", guide, re.MULTILINE | re.DOTALL)
    assert table is not None
    assert toml is not None
    mapping = parse_mapping(toml[1], "guide")
    first, second = csv.DictReader(io.StringIO(table[1]))
    assert mapping.message(first) == {
        "type": "track",
        "event": "Order Completed",
        "userId": "c1",
        "traits": {"email": "ann@example.com"},
        "context": {"externalIds": [{"type": "loyalty_card", "id": "HF-1"}]},
        "properties": {"currency": "EUR", "order_id": "W-1", "total": 29.9},
        "timestamp": "2026-01-31T09:30:00+00:00",
    }
    assert mapping.key_of(second) == {"Receipt": "W-2"}
    assert "userId" not in mapping.message(second)
