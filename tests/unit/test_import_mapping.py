"""A mapping file, and the messages that it makes of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import ImportFileError, InvalidMessageError
from service.ingest.files.mapping import ColumnMapping
from service.ingest.files.mapping_file import load_mapping, parse_mapping
from service.ingest.files.message_ids import content_id, key_id

ORDERS = """
empty = ["NULL"]
decimal = ","

[constants]
type = "track"
event = "Order Completed"
"properties.currency" = "EUR"
"context.campaign.medium" = "store"

[columns]
Customer = "userId"
Mail = ["traits.email", "properties.receipt_to"]
Card = "externalIds.loyalty_card"
"Old card" = "externalIds.loyalty_card"
Total = { to = "properties.total", as = "number" }
Currency = "properties.currency"
"Bought at" = { to = "timestamp", format = "%d-%m-%Y %H:%M", zone = "Europe/Amsterdam" }

[message_id]
columns = ["Receipt"]
"""
ROW = {
    "Customer": "c1",
    "Mail": "ann@example.com",
    "Card": "HF-1",
    "Old card": "HF-0",
    "Total": "1.029,90",
    "Currency": "",
    "Bought at": "31-01-2026 10:30",
    "Receipt": "r1",
}


def test_a_row_becomes_a_message() -> None:
    mapping = parse_mapping(ORDERS, "orders.toml")
    assert mapping.message(ROW) == {
        "type": "track",
        "event": "Order Completed",
        "userId": "c1",
        "traits": {"email": "ann@example.com"},
        "context": {
            "campaign": {"medium": "store"},
            "externalIds": [
                {"type": "loyalty_card", "id": "HF-1"},
                {"type": "loyalty_card", "id": "HF-0"},
            ],
        },
        "properties": {"currency": "EUR", "receipt_to": "ann@example.com", "total": 1029.9},
        "timestamp": "2026-01-31T09:30:00+00:00",
    }
    assert mapping.key_of(ROW) == {"Receipt": "r1"}
    assert mapping.names == (*tuple(ROW)[:-1], "Receipt")


def test_what_is_empty_is_left_out_and_a_column_beats_a_constant() -> None:
    mapping = parse_mapping(ORDERS, "orders.toml")
    row = dict.fromkeys(ROW, "  ") | {"Customer": "c1", "Card": "NULL", "Currency": "USD"}
    assert mapping.message(row) == {
        "type": "track",
        "event": "Order Completed",
        "userId": "c1",
        "context": {"campaign": {"medium": "store"}},
        "properties": {"currency": "USD"},
    }
    with pytest.raises(InvalidMessageError, match="nothing stands in its columns: Receipt"):
        mapping.key_of(row)


def test_numbers_are_ids_where_an_id_is_wanted() -> None:
    mapping = parse_mapping(
        '[columns]\na = "userId"\nb = "externalIds.crm_id"\nc = "traits.n"', "m"
    )
    assert mapping.message({"a": 17.0, "b": 4, "c": 4}) == {
        "userId": "17",
        "context": {"externalIds": [{"type": "crm_id", "id": "4"}]},
        "traits": {"n": 4},
    }


def test_merges_are_told_by_columns_too() -> None:
    told = 'constants = { type = "merge" }\n[columns]\na = "mergeProperties.user_id"\n'
    mapping = parse_mapping(told + 'b = "mergeProperties.email"', "m")
    assert mapping.message({"a": "7", "b": "ann@example.com"}) == {
        "type": "merge",
        "mergeProperties": [
            {"type": "user_id", "value": "7"},
            {"type": "email", "value": "ann@example.com"},
        ],
    }


def test_a_value_that_is_something_else_names_its_column() -> None:
    mapping = parse_mapping(ORDERS, "orders.toml")
    with pytest.raises(InvalidMessageError) as told:
        mapping.message(ROW | {"Total": "free"})
    assert str(told.value) == "column Total (properties.total): is not a number"


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", ["columns: is missing"]),
        ("columns = 1", ["columns: is not a table"]),
        ("[columns]\n", ["columns: is missing"]),
        ('[columns]\na = "userid"', ['columns.a: "userid" is not a field of a message; did you']),
        ('[columns]\na = "xyz"', ["there are anonymousId, context.…, event"]),
        ('[columns]\na = "traits"', ['columns.a: "traits" is a table']),
        ('[columns]\na = "traits."', ['columns.a: "traits." is not a field']),
        ('[columns]\na = "userId.x"', ['columns.a: "userId.x" is not a field']),
        ("[columns]\na = 1", ["columns.a: is not a field"]),
        ('[columns]\na = { to = "userId", ass = "text" }', ["columns.a.ass: is not known"]),
        ('[columns]\na = { to = "traits.x", as = "date" }', ["columns.a.as: is not one of text"]),
        ('[columns]\na = { to = "timestamp", as = "text" }', ["columns.a.as: timestamp is a time"]),
        ('[columns]\na = { to = "timestamp", zone = "Mars" }', ["columns.a.zone: is not a time"]),
        ('[columns]\na = { to = "traits.x", as = "text", format = "x" }', ["format and zone are"]),
        ('[columns]\na = "userId"\nb = "userId"', ["columns.b: userId is taken by columns.a"]),
        ('[columns]\na = "traits.x"\nb = "traits.x.y"', ["traits.x.y is taken by columns.a"]),
        ('[columns]\na = "traits.x.y"\nb = "traits.x"', ["traits.x is a table, because of"]),
        ('[columns]\na = "externalIds.my card"', ['"my card" is not the name of a namespace']),
        ('[columns]\na = "context.externalIds"', ['write it as in "externalIds.loyalty_card"']),
        ('[columns]\na = "userId"\n[constant]\n', ["constant: is not known; did you mean const"]),
        ('[columns]\na = "userId"\n[constants.traits]\nx = 1', ["constants.traits"]),
        (
            '[constants]\n"traits.x" = 1\n[columns]\na = "traits.x.y"',
            ["constants.traits.x: traits.x"],
        ),
        ('delimiter = ";;"\n[columns]\na = "userId"', ["delimiter: is not one character"]),
        ('decimal = ";"\n[columns]\na = "userId"', ['decimal: is neither "." nor ","']),
        ('empty = "x"\n[columns]\na = "userId"', ["empty: is not a list of texts"]),
        ('[columns]\na = "userId"\n[message_id]\ncolumn = "a"', ["message_id.column: is not"]),
        (
            'x = 1\n[columns]\na = "b"\nc = "d"',
            ["x: is not known", "columns.a:", "columns.c:"],
        ),
    ],
)
def test_every_mistake_is_told_with_its_key(text: str, mistakes: list[str]) -> None:
    with pytest.raises(ImportFileError) as told:
        parse_mapping(text, "m.toml")
    lines = str(told.value).splitlines()
    assert len(lines) == len(mistakes), lines
    assert all(line.startswith("m.toml: ") for line in lines)
    assert all(mistake in line for line, mistake in zip(lines, mistakes, strict=True)), lines


def test_a_file_that_is_no_toml_or_no_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    for content, why in ((b"[columns", "not valid TOML"), (b"\xff", "not UTF-8")):
        path.write_bytes(content)
        with pytest.raises(ImportFileError, match=why):
            load_mapping(path)
    with pytest.raises(ImportFileError, match="cannot be read"):
        load_mapping(path.with_name("nowhere.toml"))


def test_an_id_is_of_the_source_and_of_what_is_said_and_of_nothing_else() -> None:
    body = {"type": "track", "event": "x", "userId": "u", "properties": {"b": 1, "a": 2}}
    turned = {"userId": "u", "properties": {"a": 2, "b": 1}, "event": "x", "type": "track"}
    ids = [
        content_id("till", body),
        content_id("web", body),
        content_id("till", body | {"userId": "v"}),
        content_id("till", body, 1),
        content_id("till", body, 2),
        key_id("till", body, {"id": "1"}),
        key_id("till", body, {"id": "2"}),
        key_id("till", body | {"event": "y"}, {"id": "1"}),
        key_id("till", body | {"type": "page"}, {"id": "1"}),
    ]
    assert len(set(ids)) == len(ids)
    assert content_id("till", turned) == ids[0]
    assert key_id("till", body | {"userId": "mended"}, {"id": "1"}) == ids[5]
    # They are in the graphs that there are: a change would import everything once more.
    assert ids[0] == "import-c7394658843da6d7824c8d3b125662e8"
    assert ids[5] == "import-d40716826e449f4af48ca62c7dcc4090"


def test_without_a_mapping_of_ids_there_is_no_key() -> None:
    assert ColumnMapping((), {}).key_of({}) is None
