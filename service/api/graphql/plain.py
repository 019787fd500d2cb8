"""Answers what is only read, without asking for each field of each object how to.

graphql-core works out every field by itself: its definition, its arguments, what a resolver may
want to know, whether it has to be awaited, and the place to tell if it fails. Most fields here are
attributes of objects that were read beforehand. So, once for a query, what it selects of such an
object becomes a function from the object to the answer. Whatever is not plain goes the ordinary
way; and so does what fails, for there is told where.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from service.api.graphql.masking import mask_of

Read = Callable[[Any], Any]

_TYPENAME = "__typename"
_TEXTS = (GraphQLString, GraphQLID)


class _UnlikeItsTypeError(Exception):
    """A value that the ordinary way has to look at."""


class PlainExecution(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # With the lists, so that their ids stay theirs.
        self._reads: dict[tuple[int, int], tuple[FieldDetailsList, Read | None]] = {}

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Make of what a resolver gave what is answered."""
        read = self._read(return_type, field_details_list)
        if read is not None:
            try:
                return read(result)
            except Exception:  # noqa: BLE001, S110  (it is told when it happens again, below)
                pass
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _read(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Read | None:
        """How to read a value of this type, or None if there is more to it."""
        key = (id(type_), id(details))
        if key not in self._reads:
            self._reads[key] = (details, self._compile(type_, details))
        return self._reads[key][1]

    def _compile(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Read | None:
        if isinstance(type_, GraphQLNonNull):
            inner = self._compile(type_.of_type, details)
            return inner and _never_null(inner)
        if isinstance(type_, GraphQLList):
            inner = self._compile(type_.of_type, details)
            return inner and _each(inner)
        if isinstance(type_, GraphQLObjectType):
            return self._compile_object(type_, details)
        return _leaf(type_) if is_leaf_type(type_) else None

    def _compile_object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
        fields: list[tuple[str, Read]] = []
        for name, below in self.collect_subfields(type_, details).grouped_field_set.items():
            read = self._compile_field(type_, below)
            if read is None:
                return None
            fields.append((name, read))

        def read_object(value: Any) -> Any:
            return None if value is None else {name: read(value) for name, read in fields}

        return read_object

    def _compile_field(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
        asked = details[0].node.name.value
        if asked == _TYPENAME:
            return lambda _: type_.name
        field = type_.fields[asked]
        attribute, read = _attribute_of(field), self._compile(field.type, details)
        if attribute is None or read is None:
            return None
        mask, caller = mask_of(field), self.context_value
        if mask is None:
            return lambda value: read(getattr(value, attribute))
        return lambda value: read(mask(value, getattr(value, attribute), caller))


def _attribute_of(field: GraphQLField) -> str | None:
    """Which attribute a field is, if it is nothing but that."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryField) and definition.is_basic_field:
        return definition.python_name
    return None


def _leaf(type_: GraphQLLeafType) -> Read:
    coerce = type_.coerce_output_value
    is_text = type_ in _TEXTS

    def read_leaf(value: Any) -> Any:
        if value is None or (is_text and type(value) is str):
            return value
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise _UnlikeItsTypeError
        return coerced

    return read_leaf


def _each(inner: Read) -> Read:
    def read_each(values: Any) -> Any:
        if values is None:
            return None
        if type(values) is not list:
            raise _UnlikeItsTypeError
        return [inner(value) for value in values]

    return read_each


def _never_null(inner: Read) -> Read:
    def read_something(value: Any) -> Any:
        read = inner(value)
        if read is None:
            raise _UnlikeItsTypeError
        return read

    return read_something
