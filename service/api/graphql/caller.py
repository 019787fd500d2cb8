"""Who asks, and with what a query may work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strawberry.types import Info

from service.access import Key, Scope
from service.api.bearers import Bearer
from service.api.rates import Rate
from service.errors import ForbiddenError
from service.identity.rules import Rules
from service.profile.watching import Watcher
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.api.graphql.masking import Pseudonyms


@dataclass(frozen=True, slots=True)
class Caller:
    """What a query may use: the graph, the rules, the key that asks, and what it may take."""

    graph: Graph
    rules: Rules
    key: Key
    pseudonyms: Pseudonyms
    watcher: Watcher
    bearer: Bearer
    points: Rate
    query_seconds: float

    @property
    def sees_personal_data(self) -> bool:
        """Whether it is answered without masks."""
        return self.key.allows(Scope.PERSONAL_READ)

    async def still_allowed(self) -> None:
        """Make sure that the key of somebody who has waited was not taken back meanwhile.

        Raises:
            UnauthorizedError: it was, or it is over.
        """
        await self.bearer.find()

    def require(self, scope: Scope) -> None:
        """Make sure that the key allows this.

        Raises:
            ForbiddenError: it does not.
        """
        if not self.key.allows(scope):
            raise ForbiddenError(f"the key {self.key.name} lacks the scope {scope}")


Context = Info[Caller, None]
