"""What is asked of a person below, so that it is read with the person: one round trip for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues, get_argument_values

from service.api.graphql.caller import Context
from service.api.graphql.selected import names_of
from service.api.graphql.touchpoints import page_wanted
from service.errors import InvalidQueryError
from service.journey.reading import Page, PageWanted

_PROFILE, _TOUCHPOINTS, _EDGES = "Profile", "touchpoints", "edges"


class ReadAhead(NamedTuple):
    """A page of a journey that was read with the person."""

    wanted: PageWanted
    page: Page


def page_below(info: Context) -> PageWanted | None:
    """The page of touchpoints that is asked of the profile which is resolved now.

    Of several one; none that a directive may leave out, or that is only counted. None where there
    is something wrong with it, which is told when it is resolved.
    """
    of = info._raw_info  # noqa: SLF001  (there is no other way to it)
    profile = of.schema.type_map[_PROFILE]
    assert isinstance(profile, GraphQLObjectType)  # noqa: S101  (for mypy)
    for field in _touchpoints([node.selection_set for node in of.field_nodes], of.fragments):
        fields = names_of([field.selection_set], of.fragments.get)
        if _EDGES in fields:
            break
    else:
        return None
    try:
        variables = VariableValues(sources={}, coerced=info.variable_values)
        given = get_argument_values(profile.fields[_TOUCHPOINTS], field, variables)
        wanted = page_wanted(fields, from_=given.pop("from", None), **given)
        wanted.parameters()  # Its cursor may be none.
    except (GraphQLError, InvalidQueryError):
        return None
    return wanted


def _touchpoints(
    selections: Iterable[SelectionSetNode | None], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields in selections of a profile, but for those that may be left out."""
    seen: set[str] = set()
    waiting = list(selections)
    while waiting:
        found = waiting.pop()
        for one in found.selections if found else ():
            if one.directives:
                continue
            if isinstance(one, FieldNode):
                if one.name.value == _TOUCHPOINTS:
                    yield one
            elif isinstance(one, InlineFragmentNode):
                waiting.append(one.selection_set)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
                seen.add(one.name.value)
                waiting.append(fragments[one.name.value].selection_set)
