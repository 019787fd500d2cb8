"""Who asks, and with what a query may work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strawberry.types import Info

from service.access import Key, Scope
from service.errors import ForbiddenError
from service.identity.rules import Rules
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.api.graphql.masking import Pseudonyms


@dataclass(frozen=True, slots=True)
class Caller:
    """What a query may use: the graph, the rules, and the key that asks."""

    graph: Graph
    rules: Rules
    key: Key
    pseudonyms: Pseudonyms

    @property
    def sees_personal_data(self) -> bool:
        """Whether it is answered without masks."""
        return self.key.allows(Scope.PERSONAL_READ)

    def require(self, scope: Scope) -> None:
        """Make sure that the key allows this.

        Raises:
            ForbiddenError: it does not.
        """
        if not self.key.allows(scope):
            raise ForbiddenError(f"the key {self.key.name} lacks the scope {scope}")


Context = Info[Caller, None]
