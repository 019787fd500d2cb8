"""What is done to paths before anything is made of them: small cases, and beside plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.journey.paths import TRANSFORMS
from service.store.graph import Graph
from service.store.procedures import cypher_folder, expand

_QUERY = expand(
    """
    UNWIND range(0, size($paths) - 1) AS path
    WITH path, [n IN range(0, size($paths[path]) - 1) | {label: $paths[path][n], at: n}] AS touches
    // include: transformed
    RETURN [v IN transformed | v.label] AS labels, [v IN transformed | v.at] AS kept
    ORDER BY path
    """,
    cypher_folder("procedures") / "parts",
)
_ONE_BY_ONE: dict[str, Callable[[list[str]], list[str]]] = {
    "without_direct": lambda row: [name for name in row if name != "direct"] or row,
    "collapsed": lambda row: [
        name for place, name in enumerate(row) if not place or row[place - 1] != name
    ],
    "first_occurrences": lambda row: list(dict.fromkeys(row)),
    "with_counts": lambda row: [f"{name}({row.count(name)})" for name in dict.fromkeys(row)],
}


async def _transformed(
    graph: Graph, paths: Sequence[Sequence[str]], *transforms: str
) -> list[dict[str, Any]]:
    return await graph.run(_QUERY, paths=paths, transforms=list(transforms))


@pytest.mark.parametrize(
    ("transforms", "labels", "kept"),
    [
        ([], "direct a a b a direct", [0, 1, 2, 3, 4, 5]),
        (["without_direct"], "a a b a", [1, 2, 3, 4]),
        (["collapsed"], "direct a b a direct", [0, 1, 3, 4, 5]),
        (["first_occurrences"], "direct a b", [0, 1, 3]),
        (["with_counts"], "direct(2) a(3) b(1)", [0, 1, 3]),
        (["without_direct", "collapsed"], "a b a", [1, 3, 4]),
        (["with_counts", "without_direct"], "direct(2) a(3) b(1)", [0, 1, 3]),
    ],
)
async def test_transforms_leave_what_they_say(
    migrated: Graph, transforms: list[str], labels: str, kept: list[int]
) -> None:
    [found] = await _transformed(migrated, [["direct", "a", "a", "b", "a", "direct"]], *transforms)
    assert found == {"labels": labels.split(), "kept": kept}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    paths=st.lists(
        st.lists(st.sampled_from(["direct", "a", "b"]), max_size=8), min_size=1, max_size=20
    ),
    transforms=st.lists(st.sampled_from(TRANSFORMS), max_size=3),
)
async def test_transforms_do_to_all_what_they_do_to_each(
    migrated: Graph, paths: list[list[str]], transforms: list[str]
) -> None:
    expected = paths
    for one in transforms:
        expected = [_ONE_BY_ONE[one](row) for row in expected]
    found = await _transformed(migrated, paths, *transforms)
    assert [row["labels"] for row in found] == expected


async def test_of_an_unknown_transform_nothing_is_told(migrated: Graph) -> None:
    [found] = await _transformed(migrated, [["a"]], "doubled")
    assert found == {"labels": None, "kept": None}


def test_every_transform_is_tried() -> None:
    assert tuple(_ONE_BY_ONE) == TRANSFORMS
