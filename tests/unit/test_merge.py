"""What a trait is, of all that was said of it and ranked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from service.api.graphql.types import MergePolicy as InGraphQL
from service.identity.rules import MergePolicy as InRules
from service.profile.merge import Said, merge_traits

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _said(value: Any, source: str = "web", *, name: str = "a", policy: str = "trust") -> Said:
    return Said(name, value, source, NOON, policy)


def test_the_first_that_is_given_of_a_name_won_and_the_others_lost() -> None:
    a, b, c, d = _said(1, "crm"), _said(2, name="b"), _said(3), _said(4, "till")
    merged = merge_traits([a, b, c, d])
    assert [(one.won, one.value, one.lost) for one in merged] == [(a, 1, (c, d)), (b, 2, ())]
    assert merge_traits([]) == []


@pytest.mark.parametrize(
    ("values", "union"),
    [
        ([["a", "b"], ["b", "c"]], ["a", "b", "c"]),
        ([["b", "b"]], ["b"]),
        (["x", ["y", "x"]], ["x", "y"]),
        (["x"], ["x"]),
        ([[], "x", []], ["x"]),
        ([[]], []),
        # As JSON has them: Python takes these for one thing.
        ([[1, True], 1.0, "1"], [1, True, 1.0, "1"]),
        ([[False], 0, None], [False, 0, None]),
        ([{"a": 1, "b": 2}, [{"b": 2, "a": 1}, [1]], [[1]]], [{"a": 1, "b": 2}, [1]]),
    ],
)
def test_a_union_has_each_item_once_in_the_order_of_the_sources(
    values: list[Any], union: list[Any]
) -> None:
    said = [_said(value, f"s{n}", policy="union") for n, value in enumerate(values)]
    [merged] = merge_traits(said)
    assert repr(merged.value) == repr(union)
    # What each of them said is not lost in it.
    assert [merged.won, *merged.lost] == said


def test_a_list_is_united_only_where_the_rules_say_so() -> None:
    [merged] = merge_traits([_said(["a"], "crm"), _said(["b"])])
    assert merged.value == ["a"]


def test_graphql_knows_the_policies_of_the_rules() -> None:
    assert [one.value for one in InGraphQL] == list(get_args(InRules))
