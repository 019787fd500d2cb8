"""Who a person was at an earlier time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from service.access import Scope
from service.api.graphql.arguments import in_utc
from service.api.graphql.caller import Context, record_read
from service.api.graphql.cost import costs
from service.api.graphql.profile import Profile, profile_by
from service.api.graphql.types import IdentifierInput, IdentifierName
from service.identity.history import read_past
from service.identity.identifiers import Dropped, identify


@strawberry.type(description="A profile as it was at an earlier time, by what is still on record.")
class PastProfile:
    id: strawberry.ID = strawberry.field(description="The id that it had then.")
    at: datetime
    identifiers: list[IdentifierName] = strawberry.field(
        description="The identifiers that were in it, without those erased since."
    )
    id_now: strawberry.Private[str]

    @strawberry.field(description="The profile that the identifier is in now.", metadata=costs(1))
    async def profile(self, info: Context) -> Profile | None:
        return await profile_by(info, self.id_now)


async def who_was(
    info: Context,
    identifier: IdentifierInput,
    at: Annotated[datetime, strawberry.argument(description="Without an offset it is in UTC.")],
) -> PastProfile | None:
    """Resolve `whoWas`."""
    info.context.require(Scope.PERSONAL_READ)
    moment = in_utc("at", at)
    named = identify(identifier.namespace, identifier.value, info.context.rules)
    if moment is None or isinstance(named, Dropped):
        return None
    row = await read_past(info.context.graph, named.key, moment)
    if row is None or named.key not in row.identifiers:
        return None
    record_read(info, row.profile_id)
    return PastProfile(
        id=strawberry.ID(row.profile_id),
        at=moment,
        identifiers=[IdentifierName.of(key) for key in row.identifiers],
        id_now=row.profile_id_now,
    )
