"""Evidence in GraphQL: links between identifiers, and what keeps them from counting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

from service.api.graphql.masking import hidden, personal
from service.api.graphql.types import Identifier, IdentifierName
from service.identity.explaining import GraphRow


@strawberry.enum(description="What keeps a link from making two identifiers one person.")
class Obstacle(Enum):
    SEPARATED = strawberry.enum_value("separated", description="Somebody said: they are two.")
    MAX_PER_PROFILE = strawberry.enum_value(
        "max_per_profile", description="One person may hold only so many values of a namespace."
    )
    MAX_IDENTIFIERS = strawberry.enum_value(
        "max_identifiers", description="One person may hold only so many identifiers."
    )
    DEVICE_JOINS = strawberry.enum_value(
        "device_joins", description="More people use the device than it may join."
    )
    SHARED = strawberry.enum_value(
        "shared", description="So many people use one of them that it links nobody."
    )
    KIND_NONE = strawberry.enum_value(
        "kind_none", description="The rules say that one of their namespaces links nobody."
    )


@strawberry.enum(description="How sure a piece of evidence is, from strong to weak.")
class EvidenceKind(Enum):
    MANUAL = strawberry.enum_value("manual", description="A person said so.")
    DECLARED = strawberry.enum_value("declared", description="A program said so: alias or merge.")
    OBSERVED = strawberry.enum_value("observed", description="Named together in messages.")
    MATCHED = strawberry.enum_value("matched", description="Alike, with some probability.")


@strawberry.type(description="What was observed or said of two identifiers, of one kind.")
class Evidence:
    kind: EvidenceKind
    first_seen: datetime
    last_seen: datetime
    count: int
    sources: list[str] = strawberry.field(description="The ids of the sources that sent it.")
    change_id: strawberry.ID | None = strawberry.field(
        description="Of what a person said: its id, by which it can be withdrawn."
    )
    actor: str | None = strawberry.field(description="Of what a person said: who.")
    reason: str | None = personal(hidden, "Of what a person said: why.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        change_id = row["change_id"]
        return cls(
            **{
                **row,
                "kind": EvidenceKind(row["kind"]),
                "change_id": None if change_id is None else strawberry.ID(change_id),
            }
        )


@strawberry.type(description="An identifier at the end of a link.")
class LinkEnd(IdentifierName):
    profile_id: strawberry.ID = strawberry.field(description="The profile that it is in.")

    @classmethod
    def at(cls, key: str, profile_id: str) -> Self:
        namespace, _, value = key.partition(":")
        return cls(namespace=namespace, value=value, profile_id=strawberry.ID(profile_id))


@strawberry.type(description="All evidence that two identifiers are one person.")
class IdentityLink:
    a: LinkEnd
    b: LinkEnd
    obstacle: Obstacle | None = strawberry.field(
        description="What keeps it from counting; null where it counts."
    )
    kind: EvidenceKind = strawberry.field(description="The strongest kind there is.")
    first_seen: datetime
    last_seen: datetime
    count: int = strawberry.field(description="How often, in all kinds.")
    sources: list[str] = strawberry.field(description="The ids of all sources that sent it.")
    evidence: list[Evidence] = strawberry.field(description="Kind by kind, the strongest first.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        return cls(
            a=LinkEnd.at(row["one"], row["one_profile"]),
            b=LinkEnd.at(row["other"], row["other_profile"]),
            obstacle=Obstacle(row["obstacle"]) if row["obstacle"] else None,
            kind=EvidenceKind(row["kind"]),
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            count=row["count"],
            sources=row["sources"],
            evidence=[Evidence.of(one) for one in row["evidence"]],
        )


@strawberry.type(description="A person's word that two identifiers are not one person.")
class Separation:
    a: IdentifierName
    b: IdentifierName
    at: datetime
    change_id: strawberry.ID | None = strawberry.field(
        description="Its id, by which it can be withdrawn."
    )
    actor: str | None
    reason: str | None = personal(hidden)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        change_id = row["change_id"]
        return cls(
            a=IdentifierName.of(row["one"]),
            b=IdentifierName.of(row["other"]),
            at=row["at"],
            change_id=None if change_id is None else strawberry.ID(change_id),
            actor=row["actor"],
            reason=row["reason"],
        )


@strawberry.type(description="One person's identifiers, and everything that links them.")
class IdentityGraph:
    identifiers: list[Identifier]
    links: list[IdentityLink] = strawberry.field(
        description="Every link of these identifiers: first those within the profile, then those "
        "that lead out, which do not count; of each the one seen last first."
    )
    more_links: int = strawberry.field(description="How many links are left off.")
    separations: list[Separation]

    @classmethod
    def of(cls, row: GraphRow, owners: Mapping[str, Identifier]) -> Self:
        return cls(
            identifiers=[owners[one["key"]] for one in row.identifiers if one["key"] in owners],
            links=[IdentityLink.of(one) for one in row.links],
            more_links=row.more_links,
            separations=[Separation.of(one) for one in row.separations],
        )
