"""Well-known traits in GraphQL, each of its own type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self

import strawberry

from service.api.graphql.caller import Caller
from service.profile.merge import MergedTrait
from service.profile.well_known import well_known


@strawberry.type(description="A postal address; what came as one text is in formatted.")
class Address:
    street: str | None = None
    city: str | None = None
    state: str | None = strawberry.field(default=None, description="State, province or region.")
    postal_code: str | None = None
    country: str | None = None
    formatted: str | None = None


@strawberry.type(
    description="What is known of a person in the standard words: Segment's reserved traits, under "
    "whatever name OpenID Connect or schema.org give them. Of several that mean the same, the one "
    "said last. What cannot be read as its type is null here, and as it was said in traits."
)
class Person:
    name: str | None = strawberry.field(
        default=None, description="The full name; of a first and a last one, both."
    )
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    nickname: str | None = None
    username: str | None = None
    email: str | None = None
    phone: str | None = None
    birthday: date | None = None
    age: int | None = strawberry.field(default=None, description="In years, as it was said.")
    gender: str | None = None
    language: str | None = strawberry.field(
        default=None, description="As it was said: nl, nl-NL, Dutch."
    )
    timezone: str | None = None
    address: Address | None = None
    title: str | None = strawberry.field(
        default=None, description="What they are at their company."
    )
    company: str | None = strawberry.field(default=None, description="The name of it.")
    website: str | None = None
    avatar: str | None = strawberry.field(default=None, description="The URL of a picture.")
    description: str | None = None
    created_at: datetime | None = strawberry.field(
        default=None, description="When the person's account was first made, as it was said."
    )

    @classmethod
    def of(cls, traits: Iterable[MergedTrait]) -> Self:
        known = well_known(traits)
        address = known.pop("address", None)
        return cls(**known, address=address and Address(**address))


def by_open_traits(profile: Any, _: Person, caller: Caller) -> Person:
    """The mask of a person: what is known of them by the traits that the rules open."""
    opened = caller.rules.privacy.open_traits
    return Person.of(one for one in profile.merged if one.won.name in opened)
