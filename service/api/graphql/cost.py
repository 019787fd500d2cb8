"""What a query may cost, worked out from its text and variables before it is run.

A point for each object that it may give, and `ROUND_TRIP` for each time that it asks the database.
Objects multiply: 500 people with 50 touchpoints are 25,000. It is an upper bound, and about right.

Fields say what they cost where they are defined, by `costs`; whoever says nothing gives one object,
or a short list of them, and asks nothing of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    get_variable_values,
    is_composite_type,
    is_list_type,
)
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

MAX_COST = 150_000
ROUND_TRIP = 10
SHORT = 5
"""How long a list is taken to be that has no pages: somebody's identifiers, say."""
_COST = "cost"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a field costs beside the objects in it.

    Attributes:
        round_trips: How often it asks the database.
        size: How many it gives; None where it is one object or a short list.
        argument: Says the size, where a caller gives it.
        most: The greatest size; the field itself refuses what is over.
        of: The field within it that has the size; None where it is this one's own.
    """

    round_trips: int = 0
    size: int | None = None
    argument: str | None = None
    most: int = 0
    of: str | None = None


def costs(
    round_trips: int,
    *,
    size: int | None = None,
    argument: str | None = None,
    most: int = 0,
    of: str | None = None,
) -> dict[str, Any]:
    """The metadata of a field that says what it costs; the names are those of the schema."""
    return {_COST: Cost(round_trips, size, argument, most, of)}


def declared_cost(field: GraphQLField) -> Cost | None:
    """What was said with `costs` of a field of Strawberry's schema."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found = definition.metadata.get(_COST) if isinstance(definition, StrawberryField) else None
    return found if isinstance(found, Cost) else None


def cost_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any] | None,
) -> int:
    """What a document that fits the schema may cost.

    It is nothing where the variables do not fit: then it is not run.
    """
    operation = get_operation_ast(document, operation_name)
    kind = operation and schema.get_root_type(operation.operation)
    if not operation or not kind:
        return 0
    values = get_variable_values(
        schema, operation.variable_definitions or (), dict(variables or {})
    )
    if not isinstance(values, VariableValues):
        return 0
    return _Count(schema, document, values).of_object([operation.selection_set], kind, None)


@dataclass(frozen=True, slots=True)
class _Sized:
    """That a field gives so many, as the one that it is in says."""

    name: str
    size: int


@dataclass(slots=True)
class _Asked:
    """One field of an answer: by how many places it is asked, it is in it once."""

    parent: GraphQLCompositeType
    nodes: list[FieldNode]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What does not change from query to query; `kind` is None of what gives no objects."""

    field: GraphQLField
    declared: Cost
    kind: GraphQLCompositeType | None
    is_list: bool


@lru_cache(maxsize=1_000)
def _facts(schema: GraphQLSchema, parent: str, name: str) -> _Facts | None:
    kind = schema.get_type(parent)
    if not is_composite_type(kind) or name.startswith("__"):
        return None
    field = schema.get_field(kind, name)
    if field is None:
        return None
    inner = get_named_type(field.type)
    return _Facts(
        field,
        declared_cost(field) or Cost(),
        inner if is_composite_type(inner) else None,
        is_list_type(get_nullable_type(field.type)),
    )


class _Count:
    """Goes through a query as it will be run."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def of_object(
        self,
        selections: Iterable[SelectionSetNode],
        kind: GraphQLCompositeType,
        sized: _Sized | None,
    ) -> int:
        """What is asked of one object."""
        return sum(self._of_field(one, sized) for one in self._fields(selections, kind))

    def _of_field(self, asked: _Asked, sized: _Sized | None) -> int:
        node = asked.nodes[0]
        name = node.name.value
        facts = _facts(self._schema, asked.parent.name, name)
        if facts is None:
            return 0
        declared = facts.declared
        own = declared.round_trips * ROUND_TRIP
        if facts.kind is None:
            return own
        size, below = self._size(facts.field, node, declared), None
        if declared.of is not None:
            below, size = _Sized(declared.of, size or 0), 1
        if sized is not None and sized.name == name:
            size = sized.size
        if size is None:
            size = SHORT if facts.is_list else 1
        inner = [one.selection_set for one in asked.nodes if one.selection_set]
        return own + size * (1 + self.of_object(inner, facts.kind, below))

    def _size(self, field: GraphQLField, node: FieldNode, declared: Cost) -> int | None:
        if declared.argument is None:
            return declared.size
        try:
            said = get_argument_values(field, node, self._variables).get(declared.argument)
        except GraphQLError:  # Which is told when the field is run.
            said = None
        return declared.size if said is None else min(max(0, int(said)), declared.most)

    def _fields(
        self, selections: Iterable[SelectionSetNode], kind: GraphQLCompositeType
    ) -> Iterable[_Asked]:
        """The fields of an object, with fragments written out."""
        found: dict[tuple[str, str], _Asked] = {}
        seen: set[str] = set()
        waiting = [(one, kind) for one in selections]
        while waiting:
            selected, parent = waiting.pop()
            for one in selected.selections:
                if self._is_left_out(one):
                    continue
                if isinstance(one, FieldNode):
                    name = (one.alias or one.name).value
                    asked = found.setdefault((parent.name, name), _Asked(parent, []))
                    asked.nodes.append(one)
                elif isinstance(one, InlineFragmentNode):
                    waiting.append((one.selection_set, self._condition(one) or parent))
                elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
                    seen.add(one.name.value)
                    fragment = self._fragments[one.name.value]
                    waiting.append((fragment.selection_set, self._condition(fragment) or parent))
        return found.values()

    def _condition(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode
    ) -> GraphQLCompositeType | None:
        """The type that a fragment is of; None where it is that of what it stands in."""
        condition = fragment.type_condition
        kind = self._schema.get_type(condition.name.value) if condition else None
        return kind if is_composite_type(kind) else None

    def _is_left_out(self, node: SelectionNode) -> bool:
        if not node.directives:
            return False
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return bool(skip and skip["if"]) or bool(include and not include["if"])
