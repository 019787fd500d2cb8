"""Who asks, and with what a query may work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from strawberry.types import Info

from service.access import Key, Scope
from service.api.bearers import Bearer
from service.api.graphql.together import Together
from service.api.rates import Rate
from service.audit import AuditLog, Entry
from service.errors import ForbiddenError, InvalidQueryError
from service.identity.rules import Rules
from service.journey.foretelling import Foreteller
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
    together: Together
    foreteller: Foreteller
    audit: AuditLog
    address: str | None
    """Where they call from."""
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

    @property
    def actor(self) -> str:
        """Their name, as it is kept with what they do."""
        return f"key:{self.key.name}"


Context = Info[Caller, None]
MAX_KEY = 200


def request_of(caller: Caller, key: str | None) -> str | None:
    """What names a request for ever, from the idempotency key that its caller chose.

    Raises:
        InvalidQueryError: it is no key.
    """
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise InvalidQueryError(f"idempotencyKey: give 1 to {MAX_KEY} characters")
    return None if key is None else f"{caller.actor} {key}"


def record_read(info: Context, *profiles: str, node: str | None = None) -> None:
    """Put on record who is told what, before they are; what is masked is nobody's.

    Raises:
        UnavailableError: it cannot be put on record.
    """
    if info.context.sees_personal_data and (profiles or node):
        _record(info, "read", profiles, node=node)


def record_write(info: Context, *profiles: str, change: str | None) -> None:
    """Put on record who did what to whom; as `record_read`."""
    _record(info, "write", profiles, change=change)


def _record(
    info: Context,
    action: Literal["read", "write"],
    profiles: Sequence[str],
    *,
    node: str | None = None,
    change: str | None = None,
) -> None:
    caller, name = info.context, info.operation.name
    caller.audit.record(
        Entry(
            actor=caller.actor,
            address=caller.address,
            action=action,
            field=info.field_name,
            operation=name.value if name else None,
            profiles=profiles,
            node=node,
            change=change,
        )
    )
