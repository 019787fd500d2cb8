"""Event nodes as tables: no name has two types in one, and none is mostly empty."""

from __future__ import annotations

from datetime import UTC, datetime

from service.bulk.events import Event, Shape, event_tables

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_events_whose_names_are_all_different_come_in_tables_that_are_not_wide() -> None:
    shapes: dict[Shape, list[Event]] = {
        (("message_id", f"name{number}"), (str, int)): [
            Event(number, NOW, NOW, (f"m{number}", number))
        ]
        for number in range(3_000)
    }
    tables = event_tables(shapes)
    assert sum(table.num_rows for table in tables) == 3_000
    assert sum(table.num_rows * table.num_columns for table in tables) < 2_000_000
    told = {
        (row["message_id:string"], row[f"name{row[':ID(Event)']}:long"])
        for table in tables
        for row in table.to_pylist()
    }
    assert told == {(f"m{number}", number) for number in range(3_000)}


def test_a_name_with_two_types_makes_two_tables_and_a_few_empty_cells_none() -> None:
    shapes: dict[Shape, list[Event]] = {
        (("a",), (int,)): [Event(0, NOW, NOW, (1,))],
        (("a",), (float,)): [Event(1, NOW, NOW, (1.5,))],
        (("b",), (str,)): [Event(2, NOW, NOW, ("x",))],
    }
    assert [table.num_rows for table in event_tables(shapes)] == [2, 1]
