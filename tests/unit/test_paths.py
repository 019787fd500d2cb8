"""Paths in columns: how they are read, checked and grouped."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from service.errors import InvalidQueryError
from service.journey.attribution.paths import UNTOUCHED, Path, Paths, distinct


def _paths(*rows: str) -> Paths:
    return Paths.read(Path(row.split()) for row in rows)


def _shown(paths: Paths) -> list[str]:
    names = [paths.names[touch] for touch in paths.touches]
    starts = paths.starts.tolist()
    return [" ".join(names[a:b]) for a, b in pairwise(starts)]


def test_equal_paths_are_one_group_where_the_first_was() -> None:
    rows = [
        Path("ab", [2, 1], 1, 0, 5.0),
        Path("b", [1], 0, 1),
        Path("ab", [9, 0], 2, 3, 7.5),
        Path("ba", [1, 1], 0, 4),
        Path("", [], 1, 1, 1.0),
        Path("b", [7], 1, 0),
        Path("", [], 0, 2),
    ]
    grouped = Paths.read(rows).grouped()
    assert _shown(grouped) == ["a b", "b", "b a", ""]
    assert grouped.conversions.tolist() == [3, 1, 0, 1]
    assert grouped.losses.tolist() == [3, 1, 4, 3]
    assert grouped.value.tolist() == [12.5, 0, 0, 1]
    assert grouped.before is None


def test_long_paths_are_grouped_by_all_of_their_touches() -> None:
    long = "a b " * 50
    grouped = _paths(long, f"{long}a", f"b {long}", f"{long}b", long, f"b {long}").grouped()
    assert grouped.conversions.tolist() == [2, 1, 2, 1]
    assert grouped.lengths.tolist() == [100, 101, 101, 101]


def test_no_paths_are_paths_too() -> None:
    none = Paths.read([])
    assert len(none) == len(none.grouped()) == 0


def test_names_that_are_wanted_are_there_in_any_case_and_first() -> None:
    assert Paths.read([Path("ba")], ["z", "a", "z"]).names == ("z", "a", "b")


def test_nobody_can_write_to_paths() -> None:
    paths = _paths("a b")
    with pytest.raises(ValueError, match="read-only"):
        paths.touches[0] = 1


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([Path("a"), Path("ab", [1])], "before: of path 1 has 1 times for 2 touches"),
        ([Path("a"), Path("a", [1])], "1 paths have times and 1 have none"),
        ([Path("a", [1]), Path("ab", [1, 2])], "before: 2.0 of path 1 stands after"),
        ([Path("a", [-1])], "before: -1.0 of path 0"),
        ([Path("a", [float("nan")])], "before: nan of path 0"),
        ([Path("a"), Path("a", conversions=-1)], "conversions: -1 of path 1"),
        ([Path("a", losses=-2)], "losses: -2 of path 0"),
        ([Path("a", value=-3)], "value: -3.0 of path 0"),
        ([Path("a", value=float("inf"))], "value: inf of path 0"),
        ([Path("a", conversions=0, value=1)], "nothing converted"),
        ([Path([UNTOUCHED])], "is kept for paths without a touchpoint"),
    ],
)
def test_an_impossible_path_is_named(rows: list[Path], complaint: str) -> None:
    with pytest.raises(InvalidQueryError, match=complaint):
        Paths.read(rows)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"starts": [0, 1]}, "starts: do not begin"),
        ({"starts": []}, "starts: do not begin"),
        ({"starts": [0, 3, 2, 3]}, "starts: go back"),
        ({"touches": [0, 1, 2]}, "touches: one has no name"),
        ({"touches": [0, -1, 0]}, "touches: one has no name"),
        ({"names": ("a", "a")}, "names: one is there twice"),
        ({"losses": [0]}, "losses: is not one entry"),
        ({"before": [0.0]}, "before: is not one entry"),
    ],
)
def test_columns_that_do_not_fit_are_named(columns: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidQueryError, match=complaint):
        replace(_paths("a b", "a"), **columns)


@pytest.mark.parametrize("size", [8, 10_000])
def test_distinct_is_numpys_unique_with_and_without_a_table(size: int) -> None:
    keys = np.array([7, 3, 3, 0, 7, 3])
    values, inverse, counts = distinct(keys, size)
    assert values.tolist() == [0, 3, 7]
    assert inverse.tolist() == [2, 1, 1, 0, 2, 1]
    assert counts.tolist() == [1, 3, 2]
