"""What a caller can wait for: a person who changes, and what they do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from service.access import Scope
from service.api.graphql.caller import Context
from service.api.graphql.cost import costs
from service.api.graphql.profile import Profile, profile_by_id
from service.api.graphql.touchpoints import Touchpoint
from service.errors import ConflictError
from service.journey.arriving import Arriving
from service.profile.watching import Watch

AnyId = Annotated[strawberry.ID, strawberry.argument(description="Any id ever given.")]


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The person as they are now, each time when something about them has changed: "
        "an identifier, a trait, a consent, an event. Changes that come at once are told once.",
        metadata=costs(1),
    )
    async def profile_changed(
        self,
        info: Context,
        id: AnyId,  # noqa: A002
    ) -> AsyncGenerator[Profile, None]:
        async with _watched(info, str(id)) as (profile, arriving, watch):
            # A change that was on its way when somebody asked to be told may be there by now.
            if not await arriving.take(list(profile.by_key())):
                await watch.change()
            while now := await _now(info, str(id)):
                yield now
                await watch.change()

    @strawberry.subscription(
        description="What a person does, when it has arrived; each touchpoint once, of several "
        "the oldest first.",
        metadata=costs(2),
    )
    async def touchpoint_added(
        self, info: Context, profile_id: AnyId
    ) -> AsyncGenerator[Touchpoint, None]:
        async with _watched(info, str(profile_id)) as (profile, arriving, watch):
            now: Profile | None = profile
            while now:
                own = now.by_key()
                for row in await arriving.take(list(own)):
                    touchpoint = Touchpoint.of(row, own)
                    if touchpoint is not None:
                        yield touchpoint
                await watch.change()
                now = await _now(info, str(profile_id))


@asynccontextmanager
async def _watched(info: Context, id_: str) -> AsyncIterator[tuple[Profile, Arriving, Watch]]:
    """Somebody, what arrives of them, and what tells of changes."""
    began = datetime.now(UTC)
    info.context.require(Scope.PROFILES_READ)
    async with info.context.watcher.watching(id_) as watch:
        profile = await profile_by_id(info, id_)
        if profile is None:
            raise ConflictError("the profile is gone since it was read; ask again")
        keys = list(profile.by_key())
        yield profile, await Arriving.since(info.context.graph, began, keys), watch


async def _now(info: Context, id_: str) -> Profile | None:
    """The person after a change, if the caller may still see them; None if there is none."""
    await info.context.still_allowed()
    return await profile_by_id(info, id_)
