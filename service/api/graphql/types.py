"""What a profile is made of, as GraphQL types. A text in quotes is a description in the schema."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from service.api.graphql.arguments import DEFAULT_PAGE, MAX_PAGE, After, First
from service.api.graphql.caller import Context
from service.api.graphql.cost import costs
from service.api.graphql.masking import (
    always,
    if_held_by_one,
    if_trait_is_closed,
    masked_flag,
    personal,
    pseudonym,
    says_trait_is_closed,
)
from service.profile.merge import ConsentSaid, MergedTrait
from service.profile.reading import merged_traits

if TYPE_CHECKING:
    from service.api.graphql.finding import ProfileConnection


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    id: strawberry.ID


@strawberry.enum(description="The direction of a list in time.")
class Order(Enum):
    ASC = strawberry.enum_value("asc", description="The oldest first.")
    DESC = strawberry.enum_value("desc", description="The newest first.")


@strawberry.input(description="One value in one namespace, as it was sent; knoop normalises it.")
class IdentifierInput:
    namespace: str
    value: str


@strawberry.type(description="Names an identifier: one value in one namespace.")
class IdentifierName:
    namespace: str
    value: str = personal(pseudonym)

    @classmethod
    def of(cls, key: str) -> IdentifierName:
        namespace, _, value = key.partition(":")
        return IdentifierName(namespace=namespace, value=value)


@strawberry.type(description="Where data comes from: a site, an app, a till, a CRM.")
class Source:
    id: strawberry.ID
    name: str
    channel: str | None


@strawberry.type(description="A browser, phone, tablet, desktop, television or kiosk.")
class Device:
    id: strawberry.ID = personal(pseudonym)
    kind: str | None
    make: str | None
    model: str | None
    os: str | None
    os_version: str | None
    browser: str | None
    browser_version: str | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        facts = ("kind", "make", "model", "os", "os_version", "browser", "browser_version")
        return cls(id=strawberry.ID(row["id"]), **{fact: row.get(fact) for fact in facts})


@strawberry.type(description="One value of a trait, where it came from, and when.")
class TraitValue:
    name: strawberry.Private[str]
    value: JSON = personal(if_trait_is_closed)
    source: str
    at: datetime


@strawberry.enum(description="How the rules choose one of several values.")
class MergePolicy(Enum):
    TRUST = strawberry.enum_value(
        "trust", description="That of the most trusted source; of several the one said last."
    )
    LATEST = strawberry.enum_value("latest", description="The one said last, whoever said it.")
    FIRST = strawberry.enum_value("first", description="The one said first.")
    MOST_FREQUENT = strawberry.enum_value(
        "most_frequent",
        description="The one that the most identifiers and sources hold; then as by trust.",
    )
    UNION = strawberry.enum_value(
        "union", description="All of them in one list, each item once, in the order of trust."
    )


@strawberry.type(description="What is known of a person or account, after the merge policy.")
class Trait:
    name: str
    value: JSON = personal(if_trait_is_closed)
    masked: bool = masked_flag(says_trait_is_closed)
    source: str = strawberry.field(description="The source of the value that won.")
    at: datetime = strawberry.field(description="When it was said.")
    policy: MergePolicy = strawberry.field(description="Why it won.")
    others: list[TraitValue] = strawberry.field(
        description="The values that lost, best first; of a union what the others add to it."
    )

    @classmethod
    def of(cls, merged: MergedTrait) -> Self:
        won = merged.won
        return cls(
            name=won.name,
            value=merged.value,
            source=won.source,
            at=won.at,
            policy=MergePolicy(won.policy),
            others=[
                TraitValue(name=won.name, value=lost.value, source=lost.source, at=lost.at)
                for lost in merged.lost
            ],
        )


@strawberry.type(
    description="Something a person holds (a login, a card) or belongs to (a company)."
)
class Account:
    key: strawberry.ID = personal(if_held_by_one, "kind:id, unique.")
    kind: str
    id: str = personal(if_held_by_one)
    shared: bool = strawberry.field(description="Whether many people may belong to it.")
    traits: list[Trait]

    @strawberry.field(
        description="The people who hold it or belong to it, in the order of their ids.",
        metadata=costs(2, size=DEFAULT_PAGE, argument="first", most=MAX_PAGE, of="edges"),
    )
    async def members(
        self, info: Context, first: First = None, after: After = None
    ) -> Annotated[ProfileConnection, strawberry.lazy("service.api.graphql.finding")]:
        from service.api.graphql.finding import ProfileConnection  # noqa: PLC0415  (a circle)

        return await ProfileConnection.of_members(info, str(self.key), first, after)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        return cls(
            key=strawberry.ID(row["key"]),
            kind=row["kind"],
            id=row["id"],
            shared=row["shared"],
            traits=[Trait.of(merged) for merged in merged_traits(row["traits"])],
        )


@strawberry.type(description="One value in one namespace. Never a person.")
class Identifier:
    namespace: str
    value: str = personal(pseudonym)
    masked: bool = masked_flag(always)
    first_seen: datetime
    last_seen: datetime
    shared: bool = strawberry.field(description="Seen with so many people that it links nobody.")
    device: Device | None
    account: Account | None = strawberry.field(description="The account that it is the key of.")

    @classmethod
    def of(cls, row: dict[str, Any], device: Device | None, account: Account | None) -> Self:
        facts = ("namespace", "value", "first_seen", "last_seen", "shared")
        return cls(device=device, account=account, **{fact: row[fact] for fact in facts})

    @classmethod
    def alone(cls, row: dict[str, Any]) -> Self:
        """One that was read without its profile."""
        device, account = row["device"], row["account"]
        return cls.of(
            row,
            Device.of(device) if device else None,
            Account.of(account) if account else None,
        )


@strawberry.type(description="A yes or no to one purpose, as one source said it.")
class ConsentStatement:
    granted: bool
    at: datetime = strawberry.field(description="When it was said last.")
    first_at: datetime = strawberry.field(description="When this source first said it.")
    source: str
    legal_basis: str
    identifier: IdentifierName = strawberry.field(description="Of whom it was said.")

    @classmethod
    def of(cls, said: ConsentSaid) -> Self:
        return cls(
            granted=said.granted,
            at=said.at,
            first_at=said.first_at,
            source=said.source,
            legal_basis=said.legal_basis,
            identifier=IdentifierName.of(said.identifier),
        )


@strawberry.type(description="A person's last word on one purpose.")
class Consent:
    purpose: str
    granted: bool
    at: datetime = strawberry.field(description="When it was said last.")
    first_at: datetime = strawberry.field(description="When this source first said it.")
    source: str
    legal_basis: str
    record: list[ConsentStatement] = strawberry.field(
        description="All that was said of it, the last word first: by each source of each "
        "identifier the yes once and the no once."
    )

    @classmethod
    def of(cls, said: Sequence[ConsentSaid]) -> Self:
        """From what was said of one purpose, the last word first."""
        last = said[0]
        return cls(
            purpose=last.purpose,
            granted=last.granted,
            at=last.at,
            first_at=last.first_at,
            source=last.source,
            legal_basis=last.legal_basis,
            record=[ConsentStatement.of(one) for one in said],
        )
