"""A person in GraphQL. One round trip reads the profile, and the one page of a journey below it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from service.api.graphql.ahead import ReadAhead, page_below
from service.api.graphql.arguments import DEFAULT_PAGE, MAX_PAGE, After, First, page_size
from service.api.graphql.caller import Context, record_read
from service.api.graphql.changes import Change, change_id_of
from service.api.graphql.cost import costs
from service.api.graphql.evidence import IdentityGraph
from service.api.graphql.masking import personal
from service.api.graphql.next_steps import (
    DEFAULT_STEPS,
    Channels,
    Conversions,
    NextSteps,
    Steps,
    WithinDays,
    next_steps_of,
)
from service.api.graphql.person import Person, by_open_traits
from service.api.graphql.selected import names_within
from service.api.graphql.sessions import SessionConnection
from service.api.graphql.touchpoints import TouchpointConnection, page_wanted
from service.api.graphql.types import Account, Consent, Device, Identifier, Node, Order, Trait
from service.errors import ConflictError, InvalidQueryError
from service.identity.explaining import read_graph
from service.identity.history import read_history
from service.journey.foretelling import DAYS
from service.journey.reading import PageWanted, read_pages, read_person
from service.journey.sessions import read_sessions
from service.profile.merge import MergedTrait, consents_by_purpose
from service.profile.reading import ProfileRow, merged_traits, read_profile
from service.store.graph import Graph

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
    merged: strawberry.Private[list[MergedTrait]]
    ahead: strawberry.Private[ReadAhead | None]

    @classmethod
    def of(cls, row: ProfileRow, ahead: ReadAhead | None = None) -> Self:
        accounts = {one["key"]: Account.of(one) for one in row.accounts}
        devices = {one["id"]: Device.of(one) for one in row.devices}
        merged = merged_traits(row.traits)
        return cls(
            id=strawberry.ID(row.id),
            former_ids=[strawberry.ID(id_) for id_ in row.former_ids],
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            identifiers=[
                Identifier.of(one, devices.get(one["device"]), accounts.get(one["account"]))
                for one in row.identifiers
            ],
            traits=[Trait.of(one) for one in merged],
            devices=list(devices.values()),
            accounts=list(accounts.values()),
            consents=[Consent.of(said) for said in consents_by_purpose(row.said_consents())],
            merged=merged,
            ahead=ahead,
        )

    def by_key(self) -> dict[str, Identifier]:
        return {f"{one.namespace}:{one.value}": one for one in self.identifiers}

    def _person(self) -> Person:
        return Person.of(self.merged)

    person: Person = personal(by_open_traits, "Who it is, in the standard words.", _person)

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
        first: First = None,
        after: After = None,
        from_: Annotated[
            datetime | None, strawberry.argument(name="from", description="This time or later.")
        ] = None,
        to: Annotated[datetime | None, strawberry.argument(description="Before this time.")] = None,
        names: list[str] | None = None,
        channels: list[str] | None = None,
        order: Order = Order.ASC,
    ) -> TouchpointConnection:
        wanted = page_wanted(names_within(info), first, after, from_, to, names, channels, order)
        own = self.by_key()
        if self.ahead is not None and self.ahead.wanted == wanted:
            page = self.ahead.page
        else:
            page = await info.context.together.ask(read_pages, list(own), wanted=wanted)
        return TouchpointConnection.of(page, own, wanted)

    @strawberry.field(
        description="What this person did as sessions, the newest first: made of the touchpoints "
        "as they are now.",
        metadata=costs(2, size=DEFAULT_PAGE, argument="first", most=MAX_PAGE, of="edges"),
    )
    async def sessions(
        self, info: Context, first: First = None, after: After = None
    ) -> SessionConnection:
        page = await info.context.together.ask(
            read_sessions, list(self.by_key()), first=page_size(first), after=after
        )
        return SessionConnection.of(page, is_first=after is None)

    @strawberry.field(
        description="What this person may do next, and when and where to reach them: told from "
        "everybody's journeys, which the service learns from in the background.",
        metadata=costs(3, size=DEFAULT_STEPS, argument="first", most=MAX_PAGE, of="touchpoints"),
    )
    async def next_steps(
        self,
        info: Context,
        within_days: WithinDays = DAYS,
        conversions: Conversions = None,
        channels: Channels = None,
        first: Steps = None,
    ) -> NextSteps:
        return await next_steps_of(info, str(self.id), within_days, conversions, channels, first)

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


async def profile_by(
    info: Context, identifier: str, below: PageWanted | None = None
) -> Profile | None:
    """The profile of an identifier's key, or of any id that it ever had; with a page, if wanted."""
    row, ahead = await _read(info.context.graph, identifier, below)
    if row is None:
        return None
    record_read(info, row.id)
    return Profile.of(row, ahead)


async def _read(
    graph: Graph, identifier: str, below: PageWanted | None
) -> tuple[ProfileRow | None, ReadAhead | None]:
    if below is None:
        return await read_profile(graph, identifier), None
    row, page = await read_person(graph, identifier, below) or (None, None)
    return row, None if page is None else ReadAhead(below, page)


async def profile_by_id(info: Context, id_: str) -> Profile | None:
    """The profile of an id that somebody gave; keys are for those who may see identifiers."""
    if info.context.sees_personal_data:
        return await profile_by(info, id_, page_below(info))
    # Nothing more is read before it is looked at: a key that leads to somebody takes no longer.
    profile = await profile_by(info, id_)
    if profile is None:
        return None
    return profile if id_ in (profile.id, *profile.former_ids) else None
