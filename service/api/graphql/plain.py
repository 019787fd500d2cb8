"""Answers what is only read, without asking for each field of each object how to.

graphql-core works out every field by itself: its definition, its arguments, what a resolver may
want to know, whether it has to be awaited, and the place to tell if it fails. Most fields here are
attributes of objects that were read beforehand, or worked out from such an object alone. So, once
for a query, what it selects of such an object becomes a function from the object to the answer.
Whatever is not plain goes the ordinary way; and so does what fails, for there is told where.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
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
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from service.api.graphql.known_documents import Documents
from service.api.graphql.masking import mask_of

Read = Callable[[Any, Any], Any]
"""From a value, and who asks, to what is answered."""

_TYPENAME = "__typename"
_TEXTS = (GraphQLString, GraphQLID)


class _UnlikeItsTypeError(Exception):
    """A value that the ordinary way has to look at."""


class PlainExecution(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation; what it has worked out, it keeps with a document that is known."""

    documents = Documents()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = self.documents.reads_of(self.operation)
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
                return read(result, self.context_value)
            except Exception:  # noqa: BLE001, S110  (it is told when it happens again, below)
                pass
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _read(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Read | None:
        """How to read a value of this type, or None if there is more to it."""
        key = (id(type_), id(details))
        if key not in self._reads:
            self._reads[key] = (details, self._known_read(type_, details))
        return self._reads[key][1]

    def _known_read(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Read | None:
        key = (id(type_), *(id(one.node) for one in details))
        if key not in self._known:
            self._known[key] = self._compile(type_, details)
        found: Read | None = self._known[key]
        return found

    def _compile(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Read | None:
        if isinstance(type_, GraphQLNonNull):
            if is_leaf_type(type_.of_type):
                return _leaf(type_.of_type, may_be_null=False)
            inner = self._compile(type_.of_type, details)
            return inner and _never_null(inner)
        if isinstance(type_, GraphQLList):
            inner = self._compile(type_.of_type, details)
            return inner and _each(inner)
        if isinstance(type_, GraphQLObjectType):
            return self._compile_object(type_, details)
        return _leaf(type_, may_be_null=True) if is_leaf_type(type_) else None

    def _compile_object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
        fields: list[tuple[str, Read]] = []
        for name, below in self.collect_subfields(type_, details).grouped_field_set.items():
            read = self._compile_field(type_, below)
            if read is None:
                return None
            fields.append((name, read))

        def read_object(value: Any, caller: Any) -> Any:
            return None if value is None else {name: read(value, caller) for name, read in fields}

        return read_object

    def _compile_field(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Read | None:
        asked = details[0].node.name.value
        if asked == _TYPENAME:
            return lambda _, __: type_.name
        field = type_.fields[asked]
        get, read = _getter_of(field), self._compile(field.type, details)
        if get is None or read is None:
            return None
        mask = mask_of(field)
        if mask is None and get_nullable_type(field.type) in _TEXTS:
            return _text(get, read)
        if mask is None:
            return lambda value, caller: read(get(value), caller)
        return lambda value, caller: read(mask(value, get(value), caller), caller)


def plain_execution(documents: Documents) -> type[PlainExecution]:
    """The one for a schema whose known documents these are."""
    return type("PlainExecution", (PlainExecution,), {"documents": documents})


def _getter_of(field: GraphQLField) -> Callable[[Any], Any] | None:
    """How to get a field of an object, if it is an attribute, or a function of the object alone."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return attrgetter(definition.python_name)
    if resolver.is_async or resolver.arguments or resolver.info_parameter:
        return None
    if resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        return resolver
    return lambda _: resolver()


def _text(get: Callable[[Any], Any], read: Read) -> Read:
    """A text is what it is: most fields are, and to ask no further is most of what they take."""

    def read_text(value: Any, caller: Any) -> Any:
        found = get(value)
        return found if type(found) is str else read(found, caller)

    return read_text


def _leaf(type_: GraphQLLeafType, *, may_be_null: bool) -> Read:
    coerce = type_.coerce_output_value
    is_text = type_ in _TEXTS

    def read_leaf(value: Any, _: Any) -> Any:
        if is_text and type(value) is str:
            return value
        if value is None and may_be_null:
            return None
        coerced = coerce(value) if value is not None else None
        if coerced is None or coerced is Undefined:
            raise _UnlikeItsTypeError
        return coerced

    return read_leaf


def _each(inner: Read) -> Read:
    def read_each(values: Any, caller: Any) -> Any:
        if values is None:
            return None
        if type(values) is not list:
            raise _UnlikeItsTypeError
        return [inner(value, caller) for value in values]

    return read_each


def _never_null(inner: Read) -> Read:
    def read_something(value: Any, caller: Any) -> Any:
        read = inner(value, caller)
        if read is None:
            raise _UnlikeItsTypeError
        return read

    return read_something
