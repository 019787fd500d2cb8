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

_PROFILE, _TOUCHPOINTS = "Profile", "touchpoints"


class ReadAhead(NamedTuple):
    """A page of a journey that was read with the person."""

    wanted: PageWanted
    page: Page


def page_below(info: Context) -> PageWanted | None:
    """The one page of touchpoints that is asked of the profile which is resolved now.

    None where none is, or several are; where a directive may leave something out; and where there
    is something wrong with it, which is told when it is resolved.
    """
    of = info._raw_info  # noqa: SLF001  (there is no other way to it)
    profile = of.schema.type_map[_PROFILE]
    assert isinstance(profile, GraphQLObjectType)  # noqa: S101  (for mypy)
    asked = list(_touchpoints([node.selection_set for node in of.field_nodes], of.fragments))
    field = asked[0] if len(asked) == 1 else None
    if field is None:
        return None
    try:
        variables = VariableValues(sources={}, coerced=info.variable_values)
        given = get_argument_values(profile.fields[_TOUCHPOINTS], field, variables)
        fields = names_of([field.selection_set], of.fragments.get)
        wanted = page_wanted(fields, from_=given.pop("from", None), **given)
        wanted.parameters()  # Its cursor may be none.
    except (GraphQLError, InvalidQueryError):
        return None
    return wanted


def _touchpoints(
    selections: Iterable[SelectionSetNode | None], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode | None]:
    """The fields in selections of a profile; None in the place of what may be left out."""
    seen: set[str] = set()
    waiting = list(selections)
    while waiting:
        found = waiting.pop()
        for one in found.selections if found else ():
            if isinstance(one, FieldNode):
                if one.name.value == _TOUCHPOINTS:
                    yield None if one.directives else one
            elif one.directives:
                yield None
            elif isinstance(one, InlineFragmentNode):
                waiting.append(one.selection_set)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
                seen.add(one.name.value)
                waiting.append(fragments[one.name.value].selection_set)
