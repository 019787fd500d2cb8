"""A person in GraphQL. One round trip reads the profile, two more each page of its journey."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from service.api.graphql.arguments import MAX_PAGE, in_utc, page_size
from service.api.graphql.caller import Context
from service.api.graphql.changes import Change, change_id_of
from service.api.graphql.cost import costs
from service.api.graphql.evidence import IdentityGraph
from service.api.graphql.touchpoints import TouchpointConnection
from service.api.graphql.types import Account, Consent, Device, Identifier, Node, Order, Trait
from service.errors import ConflictError, InvalidQueryError
from service.identity.explaining import read_graph
from service.identity.history import read_history
from service.journey.reading import read_page
from service.profile.merge import consents_that_hold
from service.profile.reading import ProfileRow, merged_traits, read_profile

DEFAULT_PAGE = 50
DEFAULT_CHANGES = 100
MAX_LINKS = 1_000


@strawberry.type(description="A person, as far as we know: a set of identifiers, and an id.")
class Profile(Node):
    id: strawberry.ID = strawberry.field(
        description="The profile's own id: opaque, stable, the one that HTTP and Cypher use."
    )
    former_ids: list[strawberry.ID] = strawberry.field(description="Other ids that lead here.")
    first_seen: datetime
    last_seen: datetime
    identifiers: list[Identifier]
    traits: list[Trait]
    devices: list[Device]
    accounts: list[Account]
    consents: list[Consent] = strawberry.field(description="The last word on each purpose.")

    @classmethod
    def of(cls, row: ProfileRow) -> Self:
        accounts = {one["key"]: Account.of(one) for one in row.accounts}
        devices = {one["id"]: Device.of(one) for one in row.devices}
        return cls(
            id=strawberry.ID(row.id),
            former_ids=[strawberry.ID(id_) for id_ in row.former_ids],
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            identifiers=[
                Identifier.of(one, devices.get(one["device"]), accounts.get(one["account"]))
                for one in row.identifiers
            ],
            traits=[Trait.of(merged) for merged in merged_traits(row.traits)],
            devices=list(devices.values()),
            accounts=list(accounts.values()),
            consents=[Consent.of(said) for said in consents_that_hold(row.said_consents())],
        )

    def by_key(self) -> dict[str, Identifier]:
        return {f"{one.namespace}:{one.value}": one for one in self.identifiers}

    @strawberry.field(description="One trait by its name; null when nobody said it.")
    def trait(self, name: str) -> Trait | None:
        return next((trait for trait in self.traits if trait.name == name), None)

    @strawberry.field(
        description="What this person did, over all devices and channels.",
        metadata=costs(2, size=DEFAULT_PAGE, argument="first", most=MAX_PAGE, of="edges"),
    )
    async def touchpoints(
        self,
        info: Context,
        first: Annotated[
            int | None,
            strawberry.argument(description=f"Up to {MAX_PAGE}; {DEFAULT_PAGE} if not said."),
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="The cursor of the touchpoint before.")
        ] = None,
        from_: Annotated[
            datetime | None, strawberry.argument(name="from", description="This time or later.")
        ] = None,
        to: Annotated[datetime | None, strawberry.argument(description="Before this time.")] = None,
        names: list[str] | None = None,
        channels: list[str] | None = None,
        order: Order = Order.ASC,
    ) -> TouchpointConnection:
        size = page_size(first, DEFAULT_PAGE)
        own = self.by_key()
        page = await read_page(
            info.context.graph,
            list(own),
            first=size,
            after=after,
            since=in_utc("from", from_),
            until=in_utc("to", to),
            names=names,
            channels=channels,
            newest_first=order is Order.DESC,
        )
        return TouchpointConnection.of(page, own, is_first=after is None)

    @strawberry.field(
        description="What was decided about this person, the oldest first: everything that "
        "concerns today's identifiers, or the ids that these brought along. For the next page, "
        "ask for those after the last one.",
        metadata=costs(1, size=DEFAULT_CHANGES, argument="first", most=MAX_PAGE),
    )
    async def history(
        self,
        info: Context,
        first: Annotated[
            int | None,
            strawberry.argument(description=f"Up to {MAX_PAGE}; {DEFAULT_CHANGES} if not said."),
        ] = None,
        after: Annotated[
            strawberry.ID | None, strawberry.argument(description="The id of the change before.")
        ] = None,
    ) -> list[Change]:
        size = page_size(first, DEFAULT_CHANGES)
        rows = await read_history(
            info.context.graph,
            str(self.id),
            first=size,
            after=None if after is None else change_id_of(after) or after,
        )
        return [Change.of(row) for row in rows]

    @strawberry.field(
        description="The identifiers, and every link between them or to others, kept or not, "
        "with its evidence.",
        metadata=costs(1, size=MAX_LINKS, argument="mostLinks", most=MAX_LINKS, of="links"),
    )
    async def graph(
        self,
        info: Context,
        most_links: Annotated[
            int, strawberry.argument(description=f"Leave off what is over; up to {MAX_LINKS}.")
        ] = MAX_LINKS,
    ) -> IdentityGraph:
        if not 0 <= most_links <= MAX_LINKS:
            raise InvalidQueryError(f"mostLinks: is {most_links}; ask for up to {MAX_LINKS}")
        row = await read_graph(info.context.graph, str(self.id), most_links)
        if row is None:
            raise ConflictError("the profile is gone since it was read; ask again")
        return IdentityGraph.of(row, self.by_key())


async def profile_by(info: Context, identifier: str) -> Profile | None:
    """The profile of an identifier's key, or of any id that it ever had."""
    row = await read_profile(info.context.graph, identifier)
    return Profile.of(row) if row else None


async def profile_by_id(info: Context, id_: str) -> Profile | None:
    """The profile of an id that somebody gave; keys are for those who may see identifiers."""
    profile = await profile_by(info, id_)
    if profile is None or info.context.sees_personal_data:
        return profile
    return profile if id_ in (profile.id, *profile.former_ids) else None
