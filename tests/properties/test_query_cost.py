"""A query's cost is what running it gives, where every page is full and every list is short."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import execute_sync, parse, specified_rules, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.graphql.cost import ROUND_TRIP, SHORT, cost_of, costs

_trips: list[None] = []


@strawberry.type
class Part:
    name: str = "part"


@strawberry.type
class Edge:
    @strawberry.field
    def node(self) -> Thing:
        return Thing()


@strawberry.type
class Connection:
    edges: list[Edge]
    info: Part = strawberry.field(default_factory=Part)


def _count() -> int:
    _trips.append(None)
    return 7


def _log(first: int | None = None) -> list[Thing]:
    _trips.append(None)
    return [Thing()] * (3 if first is None else first)


def _things(first: int | None = None) -> Connection:
    _trips.extend([None, None])
    return Connection(edges=[Edge()] * (2 if first is None else first))


@strawberry.type
class Thing:
    name: str = "thing"
    count: int = strawberry.field(resolver=_count, metadata=costs(1))
    log: list[Thing] = strawberry.field(
        resolver=_log, metadata=costs(1, size=3, argument="first", most=3)
    )
    things: Connection = strawberry.field(
        resolver=_things, metadata=costs(2, size=2, argument="first", most=3, of="edges")
    )

    @strawberry.field
    def other(self) -> Thing:
        return Thing()

    @strawberry.field
    def parts(self) -> list[Part]:
        return [Part()] * SHORT


_SCHEMA = strawberry.Schema(query=Thing)._schema  # noqa: SLF001


def _both(one: st.SearchStrategy[str], template: str) -> st.SearchStrategy[str]:
    return one.map(lambda text: template.replace("%", text))


def _deeper(things: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What may stand between the braces of a Thing. A name always has the same arguments."""
    edges = _both(things, "edges { node { % } }")
    connection = st.lists(edges | st.just("info { name }"), min_size=1).map(" ".join)
    one = st.one_of(
        _both(things, "other { % }"),
        _both(things, "log { % }"),
        _both(things, "none: log(first: 0) { % }"),
        _both(things, "few: log(first: $few) { % }"),
        _both(connection, "things { % }"),
        _both(connection, "more: things(first: 3) { % ...C }"),
        _both(things, "... on Thing { % }"),
        _both(things, "... @include(if: $yes) { % }"),
        _both(things, "... @skip(if: $yes) { % }"),
    )
    return st.lists(one | things, min_size=1, max_size=4).map(" ".join)


_LEAVES = st.sampled_from(["name", "count", "parts { name }", "...F", "__typename"])
_THINGS = st.recursive(_LEAVES, _deeper, max_leaves=12)
_FRAGMENTS = """
fragment F on Thing { parts { name } log { name parts { name } } }
fragment C on Connection { info { name } edges { node { ...F } } }
fragment Unused on Thing { ...F things { ...C } }
"""


def _objects(answer: object) -> int:
    if isinstance(answer, dict):
        return 1 + sum(_objects(one) for one in answer.values())
    return sum(_objects(one) for one in answer) if isinstance(answer, list) else 0


@settings(deadline=None)
@given(_THINGS, st.none() | st.integers(0, 3), st.booleans())
def test_the_cost_is_what_running_it_gives(things: str, few: int | None, yes: bool) -> None:
    query = f"query($few: Int, $yes: Boolean!) {{ ...Unused @skip(if: true) {things} }}"
    document = parse(query + _FRAGMENTS)
    variables: dict[str, Any] = {"few": few, "yes": yes}
    rules = [rule for rule in specified_rules if not rule.__name__.startswith("NoUnused")]
    assert validate(_SCHEMA, document, [*rules]) == []
    _trips.clear()
    result = execute_sync(_SCHEMA, document, root_value=Thing(), variable_values=variables)
    assert result.errors is None
    # The answer itself is no object that was asked for.
    told = _objects(result.data) - 1 + ROUND_TRIP * len(_trips)
    assert cost_of(_SCHEMA, document, None, variables) == told
