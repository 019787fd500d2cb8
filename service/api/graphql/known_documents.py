"""Queries that were asked before are not parsed and checked again.

Strawberry has such caches, one for parsing and one for checking. They are shared by all schemas,
keep texts of any size, and give an error found in one text for another that differs in its spaces:
with places that are not its own. Here only what is in order is kept, for each schema apart, by its
text and all that it was checked with.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

MAX_DOCUMENTS = 256
# Characters. A program's own queries are shorter; a text that is longer is checked each time.
MAX_TEXT = 8_192


Reads = dict[Any, Any]
"""What the executor worked out for an operation, by the places in it (`plain.py`)."""


class Documents:
    """What was checked and found in order: the queries that were asked last."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, DocumentNode] = OrderedDict()
        # By the ids of operations, which stay theirs as long as their documents are known.
        self._reads: dict[int, Reads] = {}

    def find(self, key: Hashable) -> DocumentNode | None:
        """The document, if it was kept."""
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def keep(self, key: Hashable, document: DocumentNode, *, is_fixed: bool = False) -> None:
        """Keep one more, and let go of the one that was not asked for the longest.

        It is fixed if it selects the same whatever its variables are.
        """
        if key in self._known:  # Two asked at once.
            self._forget(self._known.pop(key))
        self._known[key] = document
        if is_fixed:
            self._reads |= {id(operation): {} for operation in document.definitions}
        if len(self._known) > MAX_DOCUMENTS:
            self._forget(self._known.popitem(last=False)[1])

    def reads_of(self, operation: OperationDefinitionNode) -> Reads:
        """What is to be kept with an operation of a known and fixed document; else, nothing is."""
        return self._reads.get(id(operation), {})

    def _forget(self, document: DocumentNode) -> None:
        for operation in document.definitions:
            self._reads.pop(id(operation), None)


class KnownDocuments(SchemaExtension):
    """Takes the document of a query from those that are known, and keeps it when it is new."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._found: DocumentNode | None = None

    def _key(self) -> Hashable:
        context = self.execution_context
        options = tuple(sorted(context.parse_options.items()))
        return context.query, context.validation_rules, options

    def on_parse(self) -> Iterator[None]:
        """Nothing is left to parse of one that is known."""
        self._found = self._documents.find(self._key())
        if self._found is not None:
            self.execution_context.graphql_document = self._found
        yield

    def on_validate(self) -> Iterator[None]:
        """Nor to check: it is known to have no errors."""
        context = self.execution_context
        if self._found is not None:
            context.pre_execution_errors = []
        yield
        document, text = context.graphql_document, context.query
        is_new = self._found is None and not context.pre_execution_errors
        if is_new and document and text and len(text) <= MAX_TEXT:
            # What is skipped or included, is so by a directive.
            self._documents.keep(self._key(), document, is_fixed="@" not in text)
