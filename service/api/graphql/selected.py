"""What a query wants of an object, so that no more is read than that."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

from service.api.graphql.caller import Context


def names_within(info: Context) -> set[str]:
    """The names of all fields that are selected anywhere in the one that is resolved now.

    A field that is skipped, or of a type that does not come up, is among them: it is what may be
    wanted, and rather too much.
    """
    of = info._raw_info  # noqa: SLF001  (there is no other way to it)
    return names_of((node.selection_set for node in of.field_nodes), of.fragments.get)


def names_of(
    selections: Iterable[SelectionSetNode | None],
    fragment: Callable[[str], FragmentDefinitionNode | None],
) -> set[str]:
    """The names of all fields in selections, with fragments, found by their names, written out."""
    names: set[str] = set()
    seen: set[str] = set()
    waiting = list(selections)
    while waiting:
        found = waiting.pop()
        for one in found.selections if found else ():
            if isinstance(one, FragmentSpreadNode):
                spread = fragment(one.name.value)
                if spread and one.name.value not in seen:
                    seen.add(one.name.value)
                    waiting.append(spread.selection_set)
                continue
            if isinstance(one, FieldNode):
                names.add(one.name.value)
            waiting.append(getattr(one, "selection_set", None))
    return names
