"""What queries of knoop's schema cost, and that no field of it is forgotten."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_object_type,
    parse,
    validate,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from service.api.graphql.cost import MAX_COST, cost_of, declared_cost
from service.api.graphql.schema import build_schema

_SCHEMA = build_schema()._schema  # noqa: SLF001
_WHO = '(identifier: {namespace: "user_id", value: "7"})'


def cost(query: str, **variables: Any) -> int:
    document = parse(query)
    assert validate(_SCHEMA, document) == []
    return cost_of(_SCHEMA, document, None, variables)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename __schema { types { name } } }", 0),
        (f"{{ profile{_WHO} {{ id }} }}", 11),
        (f"{{ profile{_WHO} {{ identifiers {{ value device {{ id }} }} }} }}", 11 + 5 * 2),
        (f"{{ a: profile{_WHO} {{ id }} b: profile{_WHO} {{ id }} }}", 22),
        # The profile, two round trips, the connection, and of each one an edge and a node.
        (f"{{ profile{_WHO} {{ touchpoints {{ edges {{ node {{ id }} }} }} }} }}", 11 + 21 + 100),
        (
            "{ profile { touchpoints(first: 3) { edges { cursor } pageInfo { endCursor } } } }",
            11 + 21 + 3 + 1,
        ),
        (f"{{ profile{_WHO} {{ history {{ id }} }} }}", 11 + 10 + 100),
        (f"{{ profile{_WHO} {{ history(first: 7) {{ identifiers {{ value }} }} }} }}", 63),
        (f"{{ profile{_WHO} {{ graph {{ links {{ kind }} moreLinks }} }} }}", 11 + 11 + 1_000),
        (f"{{ profile{_WHO} {{ graph(mostLinks: 0) {{ links {{ kind }} }} }} }}", 11 + 11),
        ("{ profiles(first: 500) { edges { node { traits { name } } } } }", 21 + 500 * (1 + 6)),
        ('mutation { withdraw(changeId: "1", reason: "x") { profiles { id } } }', 51 + 20 + 2),
        ('subscription { profileChanged(id: "1") { id } }', 11),
    ],
)
def test_objects_and_round_trips_are_added_up(query: str, expected: int) -> None:
    assert cost(query) == expected


PAGES = """
query($first: Int = 10, $with: Boolean = true) {
  profiles(first: $first) { edges { ...E } ...C }
}
fragment C on ProfileConnection { edges { ...E } }
fragment E on ProfileEdge { node { ... @include(if: $with) { traits { name } } ...N } }
fragment N on Profile { id traits @skip(if: true) { at } devices { id } }
"""


def test_variables_count_and_what_fragments_repeat_counts_once() -> None:
    assert cost(PAGES) == 21 + 10 * (2 + 5 + 5)
    assert cost(PAGES, first=100) == 21 + 100 * (2 + 5 + 5)
    assert cost(PAGES, first=100, **{"with": False}) == 21 + 100 * (2 + 5)
    # The default of the field holds, as when it is run.
    assert cost(PAGES, first=None) == 21 + 50 * (2 + 5 + 5)


def test_what_is_refused_when_it_is_run_costs_no_more_than_a_page() -> None:
    assert cost(PAGES, first=-1) == cost(PAGES, first=-(2**31)) == 21
    assert cost(PAGES, first=501) == cost(PAGES, first=2**31 - 1) == cost(PAGES, first=500)


def test_variables_that_do_not_fit_are_another_matter() -> None:
    assert cost(PAGES, first="many") == 0


def test_a_page_of_whole_people_may_be_asked_for_and_twenty_such_may_not() -> None:
    person = """
      id formerIds firstSeen lastSeen
      identifiers { namespace value firstSeen lastSeen shared device { kind os } account { key } }
      traits { name value source at policy others { value source at } }
      city: trait(name: "city") { value }
      devices { id kind make model os osVersion browser browserVersion }
      accounts { key kind shared traits { name value } }
      consents { purpose granted at firstAt source legalBasis }
    """
    page = f"profiles(first: 500) {{ edges {{ node {{ {person} }} }} }}"
    assert cost(f"{{ {page} }}") < MAX_COST
    many = " ".join(f"p{number}: {page}" for number in range(20))
    assert cost(f"{{ {many} }}") > MAX_COST


def fields() -> Iterator[tuple[str, GraphQLField]]:
    for kind in _SCHEMA.type_map.values():
        if is_object_type(kind) or is_interface_type(kind):
            for name, field in kind.fields.items():
                if not kind.name.startswith("__"):
                    yield f"{kind.name}.{name}", field


@pytest.mark.parametrize(("name", "field"), list(fields()))
def test_every_field_that_has_pages_or_asks_the_database_says_what_it_costs(
    name: str, field: GraphQLField
) -> None:
    declared = declared_cost(field)
    definition = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    resolver = definition.base_resolver and definition.base_resolver.wrapped_func
    waits = inspect.iscoroutinefunction(resolver) or inspect.isasyncgenfunction(resolver)
    assert bool(declared and declared.round_trips) == waits, f"{name}: metadata=costs(…)"
    sizes = {"first", "last", "mostLinks"} & set(field.args)
    assert {declared and declared.argument} - {None} == sizes, f"{name}: metadata=costs(…)"
    if declared and declared.of:
        inner = get_named_type(field.type)
        kinds = _SCHEMA.get_possible_types(inner) if is_abstract_type(inner) else [inner]
        there = {of for kind in kinds if is_object_type(kind) for of in kind.fields}
        assert declared.of in there, f"{name}: there is no field {declared.of}"
    if declared and declared.argument:
        assert declared.size is not None
        assert declared.most >= declared.size
