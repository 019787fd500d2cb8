"""Why two identifiers are one person, or why they are not."""

from __future__ import annotations

from enum import Enum

import strawberry

from service.access import Scope
from service.api.graphql.caller import Context, record_read
from service.api.graphql.cost import costs
from service.api.graphql.evidence import IdentityLink, Separation
from service.api.graphql.masking import hidden, personal
from service.api.graphql.profile import Profile, profile_by
from service.api.graphql.types import IdentifierInput, IdentifierName
from service.identity import explaining
from service.identity.explaining import Why
from service.identity.identifiers import Identifier, identify


@strawberry.enum(description="Why two identifiers are one person, or what keeps them apart.")
class ExplanationReason(Enum):
    LINKED = strawberry.enum_value("linked", description="A chain of links joins them.")
    SAME_IDENTIFIER = strawberry.enum_value(
        "same_identifier", description="Both are one and the same identifier."
    )
    NO_EVIDENCE = strawberry.enum_value(
        "no_evidence", description="Nothing was ever seen that links them."
    )
    SEPARATED = strawberry.enum_value("separated", description="Somebody said: they are two.")
    MAX_PER_PROFILE = strawberry.enum_value(
        "max_per_profile", description="One person may hold only so many values of a namespace."
    )
    MAX_IDENTIFIERS = strawberry.enum_value(
        "max_identifiers", description="One person may hold only so many identifiers."
    )
    DEVICE_JOINS = strawberry.enum_value(
        "device_joins", description="More people use a device than it may join."
    )
    SHARED = strawberry.enum_value(
        "shared", description="So many people use what links them that it links nobody."
    )
    KIND_NONE = strawberry.enum_value(
        "kind_none", description="What links them is of a namespace that links nobody."
    )
    UNKNOWN = strawberry.enum_value("unknown", description="Nobody ever sent one of them.")
    RULES_CHANGED = strawberry.enum_value(
        "rules_changed",
        description="It was decided by rules that have changed since; knoop resolve decides again.",
    )


@strawberry.interface(description="Why two identifiers are one person, or why they are not.")
class Explanation:
    same_person: bool
    reason: ExplanationReason
    summary: str = personal(hidden, "The reason in a sentence.")
    chain: list[IdentityLink] = strawberry.field(
        description="Of one person: the links that lead from the one to the other, of which the "
        "weakest is as strong as can be."
    )
    profile_ids: strawberry.Private[tuple[str, ...]] = ()

    @strawberry.field(
        description="The one or two profiles that they are in.", metadata=costs(2, size=2)
    )
    async def profiles(self, info: Context) -> list[Profile]:
        found = [await profile_by(info, id_) for id_ in self.profile_ids]
        return [profile for profile in found if profile is not None]


@strawberry.type(description="They are one person.")
class OnePerson(Explanation):
    pass


@strawberry.type(description="They are two people.")
class TwoPeople(Explanation):
    refused: IdentityLink | None = strawberry.field(
        description="The strongest link that would join them and that a rule refuses."
    )
    won: IdentityLink | None = strawberry.field(
        description="The link that was taken instead, because it is stronger."
    )
    left_out: list[IdentityLink] = strawberry.field(
        description="Of shared and kind_none: the link, or the two links over a third identifier, "
        "that would join them if it counted."
    )
    separation: Separation | None = strawberry.field(description="Who said that they are two.")


@strawberry.type(description="One of them, or both, are not known, or no identifiers by the rules.")
class UnknownIdentifiers(Explanation):
    identifiers: list[IdentifierName] = strawberry.field(description="Which.")


EXPLANATIONS = (OnePerson, TwoPeople, UnknownIdentifiers)


async def explain(info: Context, a: IdentifierInput, b: IdentifierInput) -> Explanation:
    """Resolve `explain`."""
    info.context.require(Scope.PERSONAL_READ)
    given = [(one, identify(one.namespace, one.value, info.context.rules)) for one in (a, b)]
    nobody = [one for one, named in given if not isinstance(named, Identifier)]
    if nobody:
        return UnknownIdentifiers(
            same_person=False,
            reason=ExplanationReason.UNKNOWN,
            summary="The rules drop the value: it identifies nobody.",
            chain=[],
            identifiers=[IdentifierName(namespace=i.namespace, value=i.value) for i in nobody],
        )
    one, other = (named.key for _, named in given if isinstance(named, Identifier))
    why = await explaining.explain(info.context.graph, one, other)
    record_read(info, *why.profiles)
    return _told(why)


def _told(why: Why) -> Explanation:
    reason = ExplanationReason(why.reason)
    chain = [IdentityLink.of(link) for link in why.chain]
    profile_ids = tuple(why.profiles)
    if why.unknown:
        return UnknownIdentifiers(
            same_person=False,
            reason=reason,
            summary=why.summary,
            chain=chain,
            profile_ids=profile_ids,
            identifiers=[IdentifierName.of(key) for key in dict.fromkeys(why.unknown)],
        )
    if why.same_person:
        return OnePerson(
            same_person=True,
            reason=reason,
            summary=why.summary,
            chain=chain,
            profile_ids=profile_ids,
        )
    return TwoPeople(
        same_person=False,
        reason=reason,
        summary=why.summary,
        chain=chain,
        profile_ids=profile_ids,
        refused=IdentityLink.of(why.refused) if why.refused else None,
        won=IdentityLink.of(why.won) if why.won else None,
        left_out=[IdentityLink.of(link) for link in why.left_out],
        separation=Separation.of(why.separation) if why.separation else None,
    )
