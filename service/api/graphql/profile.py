"""A person in GraphQL. One round trip reads the profile, two more each page of its journey."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

import strawberry

from service.api.graphql.caller import Context
from service.api.graphql.touchpoints import TouchpointConnection
from service.api.graphql.types import Account, Consent, Device, Identifier, Node, Order, Trait
from service.errors import InvalidQueryError
from service.journey.reading import read_page
from service.profile.merge import consents_that_hold
from service.profile.reading import ProfileRow

MAX_PAGE = 500
DEFAULT_PAGE = 50


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
            traits=[Trait.of(merged) for merged in row.merged_traits()],
            devices=list(devices.values()),
            accounts=list(accounts.values()),
            consents=[Consent.of(said) for said in consents_that_hold(row.said_consents())],
        )

    def by_key(self) -> dict[str, Identifier]:
        return {f"{one.namespace}:{one.value}": one for one in self.identifiers}

    @strawberry.field(description="One trait by its name; null when nobody said it.")
    def trait(self, name: str) -> Trait | None:
        return next((trait for trait in self.traits if trait.name == name), None)

    @strawberry.field(description="What this person did, over all devices and channels.")
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
        size = DEFAULT_PAGE if first is None else first
        if not 1 <= size <= MAX_PAGE:
            raise InvalidQueryError(f"first: is {size}; ask for 1 to {MAX_PAGE}, and page on")
        own = self.by_key()
        page = await read_page(
            info.context.graph,
            list(own),
            first=size,
            after=after,
            since=_in_utc("from", from_),
            until=_in_utc("to", to),
            names=names,
            channels=channels,
            newest_first=order is Order.DESC,
        )
        return TouchpointConnection.of(page, own, is_first=after is None)


def _in_utc(argument: str, time: datetime | None) -> datetime | None:
    """A time without an offset is in UTC. Neo4j orders one moment's times by their offsets."""
    if time is None or time.tzinfo is None:
        return time and time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise InvalidQueryError(f"{argument}: is not a possible time") from None
