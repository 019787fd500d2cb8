"""How large a query may be, so that none can keep the service busy."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from service.api.graphql.selected import names_of

MAX_DEPTH = 15
MAX_ALIASES = 20
MAX_TOKENS = 2_000
MANY = frozenset({("Query", "profiles"), ("Account", "members")})
ONE_AT_A_TIME = frozenset({"history", "graph"})


class LimitsRule(ValidationRule):
    """Refuses what is too deep or has too many aliases, with its fragments written out."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._weigher = _Weigher(context.document)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Weigh an operation before it is run."""
        depth, aliases = self._weigher.weigh(node.selection_set)
        for found, limit, problem in (
            (depth, MAX_DEPTH, "is more than {} deep"),
            (aliases, MAX_ALIASES, "has more than {} aliases"),
        ):
            if found > limit:
                self.report_error(
                    GraphQLError(f"the query {problem.format(limit)}; ask for less at once", node)
                )


class OneAtATimeRule(ValidationRule):
    """Refuses, of many profiles at once, what takes the database a round trip for each."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at what is asked of each profile."""
        type_ = self.context.get_parent_type()
        if (type_ and type_.name, node.name.value) not in MANY:
            return
        within = names_of([node.selection_set], self.context.get_fragment)
        for name in sorted(within & ONE_AT_A_TIME):
            self.report_error(
                GraphQLError(
                    f"{name}: is not to be had in {node.name.value}; ask for one profile by its id",
                    node,
                )
            )


RULES = (LimitsRule, OneAtATimeRule)
"""What holds for every query, beside the rules of GraphQL itself."""


class _Weigher:
    """Weighs each fragment once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, tuple[int, int]] = {}

    def weigh(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        """How deep the selections are, and how many aliases they have."""
        depth = aliases = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FragmentSpreadNode):
                inner = self._weigh_fragment(selection.name.value)
            else:
                inner = self.weigh(getattr(selection, "selection_set", None))
            if isinstance(selection, FieldNode):
                is_deeper = selection.selection_set and not selection.name.value.startswith("__")
                inner = (inner[0] + 1 if is_deeper else 0, inner[1] + bool(selection.alias))
            depth, aliases = max(depth, inner[0]), aliases + inner[1]
        return depth, aliases

    def _weigh_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._known:
            self._known[name] = (0, 0)  # For one that spreads itself, which another rule refuses.
            fragment = self._fragments.get(name)
            self._known[name] = self.weigh(fragment.selection_set) if fragment else (0, 0)
        return self._known[name]
