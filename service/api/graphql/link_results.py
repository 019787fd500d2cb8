"""What came of linking, separating and withdrawing: each outcome is a type."""

from __future__ import annotations

import strawberry

from service.api.graphql.caller import Context
from service.api.graphql.changes import Change
from service.api.graphql.cost import costs
from service.api.graphql.evidence import Obstacle
from service.api.graphql.masking import hidden, personal
from service.api.graphql.profile import Profile, profile_by
from service.api.graphql.types import IdentifierName
from service.identity.history import read_change
from service.identity.identifiers import DropReason

strawberry.enum(DropReason, description="Why a value identifies nobody.")


@strawberry.interface(description="What came of linking, separating or withdrawing.")
class LinkResult:
    message: str = personal(hidden, "The outcome in a sentence.")
    change_id: strawberry.Private[str | None] = None
    profile_ids: strawberry.Private[tuple[str, ...]] = ()

    @strawberry.field(
        description="The change that keeps what was said; of what had been said before, that "
        "earlier one. Null where there is none.",
        metadata=costs(1),
    )
    async def change(self, info: Context) -> Change | None:
        row = await read_change(info.context.graph, self.change_id) if self.change_id else None
        return Change.of(row) if row else None

    @strawberry.field(
        description="The one or two profiles that the identifiers are in now; none where one of "
        "them is not known.",
        metadata=costs(2, size=2),
    )
    async def profiles(self, info: Context) -> list[Profile]:
        found = [await profile_by(info, id_) for id_ in self.profile_ids]
        return [profile for profile in found if profile is not None]


@strawberry.type(description="They are one person now, by what was said.")
class Linked(LinkResult):
    pass


@strawberry.type(description="The link is kept as evidence, and they are two people still.")
class LinkRefused(LinkResult):
    rule: Obstacle = strawberry.field(description="What keeps the link from counting.")


@strawberry.type(description="Somebody had linked them before. Nothing changed.")
class AlreadyLinked(LinkResult):
    rule: Obstacle | None = strawberry.field(
        description="What keeps the link from counting, where they are two people still."
    )


@strawberry.type(description="They are two people now, whatever links there are.")
class Separated(LinkResult):
    pass


@strawberry.type(description="Somebody had separated them before. Nothing changed.")
class AlreadySeparated(LinkResult):
    pass


@strawberry.type(
    description="The link or separation is taken back; the profiles are what they were without it."
)
class Withdrawn(LinkResult):
    pass


@strawberry.type(description="It had been taken back before. Nothing changed.")
class AlreadyWithdrawn(LinkResult):
    pass


@strawberry.type(description="Nobody ever sent this identifier. Nothing changed.")
class UnknownIdentifier(LinkResult):
    identifiers: list[IdentifierName] = strawberry.field(description="Which are not known.")


@strawberry.type(
    description="The value is no identifier by the rules: a placeholder, or not of its namespace."
)
class NotAnIdentifier(LinkResult):
    identifier: IdentifierName
    reason: DropReason


@strawberry.type(description="Both are one and the same identifier. Nothing changed.")
class SameIdentifier(LinkResult):
    pass


@strawberry.type(
    description="There is no change of this id that somebody made by hand. Nothing changed."
)
class NotByHand(LinkResult):
    pass


OUTCOMES = (
    Linked,
    LinkRefused,
    AlreadyLinked,
    Separated,
    AlreadySeparated,
    Withdrawn,
    AlreadyWithdrawn,
    UnknownIdentifier,
    NotAnIdentifier,
    SameIdentifier,
    NotByHand,
)
