"""What a caller may have done.

Links and separations by hand, and taking them back, need `identity:write`, and `personal:read` too:
the answer shows the people concerned. A job needs what its result would need if asked for at once.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import strawberry

from service.access import Scope
from service.api.graphql import jobs
from service.api.graphql.arguments import MAX_PAGE
from service.api.graphql.attribution import (
    DEFAULT_PATHS,
    DEFAULT_STEPS,
    EVERYBODY,
    Conversion,
    FirstOfTop,
    Models,
    Steps,
    attribution_asked,
    flows_asked,
    paths_asked,
)
from service.api.graphql.caller import MAX_KEY, Context, record_write, request_of
from service.api.graphql.changes import change_id_of
from service.api.graphql.conversions import Paths, is_personal
from service.api.graphql.cost import costs
from service.api.graphql.evidence import Obstacle
from service.api.graphql.jobs import Job
from service.api.graphql.link_results import (
    AlreadyLinked,
    AlreadySeparated,
    AlreadyWithdrawn,
    Linked,
    LinkRefused,
    LinkResult,
    NotAnIdentifier,
    NotByHand,
    SameIdentifier,
    Separated,
    UnknownIdentifier,
    Withdrawn,
)
from service.api.graphql.types import IdentifierInput, IdentifierName
from service.errors import InvalidQueryError
from service.identity import by_hand
from service.identity.identifiers import Dropped, identify
from service.identity.rules import Rules

MAX_REASON = 1_000
# Locks, reads and writes: an act by hand is a transaction of several.
_ROUND_TRIPS = 5

Reason = Annotated[
    str, strawberry.argument(description=f"Why, in 1 to {MAX_REASON} characters; it is kept.")
]

IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description=f"Any text of yours, up to {MAX_KEY} characters, another one for each thing to "
        "do. Ask again with the same one where no answer came: it is not done twice."
    ),
]


@strawberry.type
class Mutation:
    @strawberry.field(
        description="Say that two identifiers are one person. It is evidence: a separation or a "
        "limit of the rules can still refuse it. Needs identity:write and personal:read.",
        metadata=costs(_ROUND_TRIPS),
    )
    async def link_identifiers(
        self,
        info: Context,
        a: IdentifierInput,
        b: IdentifierInput,
        reason: Reason,
        idempotency_key: IdempotencyKey = None,
    ) -> LinkResult:
        said = _said(info, reason, idempotency_key)
        keys = _keys(a, b, info.context.rules)
        if isinstance(keys, NotAnIdentifier):
            return keys
        done = await by_hand.link(info.context.graph, *keys, **said._asdict())
        record_write(info, *done.profiles, change=done.change_id)
        profiles, rule = tuple(done.profiles), Obstacle(done.rule) if done.rule else None
        if done.outcome == "already_linked":
            return AlreadyLinked(
                message=_kept(rule) if rule else "Somebody had linked them before.",
                rule=rule,
                change_id=done.change_id,
                profile_ids=profiles,
            )
        if done.outcome == "refused" and rule is not None:
            return LinkRefused(
                message=_kept(rule), rule=rule, change_id=done.change_id, profile_ids=profiles
            )
        if done.outcome == "linked":
            return Linked(
                message="They are one person now.", change_id=done.change_id, profile_ids=profiles
            )
        return _otherwise(done.outcome, done.change_id, keys, profiles)

    @strawberry.field(
        description="Say that two identifiers are not one person. It beats every link. Needs "
        "identity:write and personal:read.",
        metadata=costs(_ROUND_TRIPS),
    )
    async def separate_identifiers(
        self,
        info: Context,
        a: IdentifierInput,
        b: IdentifierInput,
        reason: Reason,
        idempotency_key: IdempotencyKey = None,
    ) -> LinkResult:
        said = _said(info, reason, idempotency_key)
        keys = _keys(a, b, info.context.rules)
        if isinstance(keys, NotAnIdentifier):
            return keys
        done = await by_hand.separate(info.context.graph, *keys, **said._asdict())
        record_write(info, *done.profiles, change=done.change_id)
        profiles = tuple(done.profiles)
        if done.outcome == "separated":
            return Separated(
                message="They are two people now.", change_id=done.change_id, profile_ids=profiles
            )
        if done.outcome == "already_separated":
            return AlreadySeparated(
                message="Somebody had separated them before.",
                change_id=done.change_id,
                profile_ids=profiles,
            )
        return _otherwise(done.outcome, done.change_id, keys, profiles)

    @strawberry.field(
        description="Take back what was linked or separated by hand. Needs identity:write and "
        "personal:read.",
        metadata=costs(_ROUND_TRIPS),
    )
    async def withdraw(
        self,
        info: Context,
        change_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="The id or the changeId of what was said."),
        ],
        reason: Reason,
        idempotency_key: IdempotencyKey = None,
    ) -> LinkResult:
        said = _said(info, reason, idempotency_key)
        told = change_id_of(change_id) or str(change_id)
        done = await by_hand.withdraw(info.context.graph, told, **said._asdict())
        record_write(info, *done.profiles, change=done.change_id)
        profiles = tuple(done.profiles)
        if done.outcome == "withdrawn":
            return Withdrawn(
                message="It is taken back.", change_id=done.change_id, profile_ids=profiles
            )
        if done.outcome == "already_withdrawn":
            return AlreadyWithdrawn(
                message="It had been taken back before.", change_id=told, profile_ids=profiles
            )
        return NotByHand(
            message="There is no link or separation by hand of this id.",
            change_id=told if done.outcome == "not_by_hand" else None,
        )

    @strawberry.field(
        description="Have `attribution` worked out beside the service, and its result kept.",
        metadata=costs(EVERYBODY),
    )
    async def start_attribution(
        self,
        info: Context,
        conversion: Conversion,
        models: Models,
        paths: Paths | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Job:
        asked = attribution_asked(info.context, conversion, models, paths)
        personal = is_personal(info.context, conversion, paths)
        return await jobs.start(info, asked, personal=personal, key=idempotency_key)

    @strawberry.field(
        description="Have `paths` worked out beside the service, and its result kept.",
        metadata=costs(EVERYBODY, size=DEFAULT_PATHS, argument="first", most=MAX_PAGE),
    )
    async def start_paths(
        self,
        info: Context,
        conversion: Conversion,
        paths: Paths | None = None,
        first: FirstOfTop = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Job:
        asked = paths_asked(info.context, conversion, paths, first)
        personal = is_personal(info.context, conversion, paths)
        return await jobs.start(info, asked, personal=personal, key=idempotency_key)

    @strawberry.field(
        description="Have `flows` worked out beside the service, and its result kept.",
        metadata=costs(EVERYBODY),
    )
    async def start_flows(
        self,
        info: Context,
        conversion: Conversion,
        paths: Paths | None = None,
        steps: Steps = DEFAULT_STEPS,
        idempotency_key: IdempotencyKey = None,
    ) -> Job:
        asked = flows_asked(info.context, conversion, paths, steps)
        personal = is_personal(info.context, conversion, paths)
        return await jobs.start(info, asked, personal=personal, key=idempotency_key)

    @strawberry.field(
        description="Cancel a job that you started, or, with admin, anybody's. One that has ended "
        "stays as it is. Null where there is none.",
        metadata=costs(2),
    )
    async def cancel_job(self, info: Context, id: jobs.JobId) -> Job | None:  # noqa: A002
        return await jobs.cancel(info, id)


class _Said(NamedTuple):
    """Why something is to be done, who says it, and their request, by which it is done once."""

    reason: str
    actor: str
    request: str | None


def _said(info: Context, reason: str, key: str | None) -> _Said:
    """What somebody says, if they may say it.

    Raises:
        ForbiddenError: they may not.
        InvalidQueryError: the reason is none, or the key.
    """
    info.context.require(Scope.IDENTITY_WRITE)
    info.context.require(Scope.PERSONAL_READ)
    if not reason.strip():
        raise InvalidQueryError("reason: is empty; say why, for those who read it later")
    if len(reason) > MAX_REASON:
        raise InvalidQueryError(f"reason: has over {MAX_REASON} characters; say it in fewer")
    return _Said(reason, info.context.actor, request_of(info.context, key))


def _keys(
    a: IdentifierInput, b: IdentifierInput, rules: Rules
) -> tuple[str, str] | NotAnIdentifier:
    """The keys of two identifiers, or which of them is none."""
    keys = []
    for one in (a, b):
        named = identify(one.namespace, one.value, rules)
        if isinstance(named, Dropped):
            return NotAnIdentifier(
                message="The rules drop this value: it identifies nobody.",
                identifier=IdentifierName(namespace=one.namespace, value=one.value),
                reason=named.reason,
            )
        keys.append(named.key)
    return keys[0], keys[1]


def _otherwise(
    outcome: str, change_id: str | None, keys: tuple[str, str], profiles: tuple[str, ...]
) -> AlreadyWithdrawn | UnknownIdentifier | SameIdentifier:
    if outcome == "withdrawn_since":
        return AlreadyWithdrawn(
            message="It was done when it was asked for before, and has been taken back since.",
            change_id=change_id,
            profile_ids=profiles,
        )
    if outcome == "same":
        return SameIdentifier(message="Both are the same identifier.", profile_ids=profiles)
    unknown = [key for key in dict.fromkeys(keys) if outcome == f"unknown: {key}"] or keys
    return UnknownIdentifier(
        message="Nothing is known of " + " and ".join(dict.fromkeys(unknown)) + ".",
        identifiers=[IdentifierName.of(key) for key in dict.fromkeys(unknown)],
    )


def _kept(rule: Obstacle) -> str:
    return f"The link is kept as evidence and does not count: {_WHY[rule]}."


_WHY = {
    Obstacle.SEPARATED: "somebody has separated people whom it would join",
    Obstacle.MAX_PER_PROFILE: "one person would hold more values of a namespace than may be",
    Obstacle.MAX_IDENTIFIERS: "one person would hold more identifiers than may be",
    Obstacle.DEVICE_JOINS: "more people use the device than it may join",
    Obstacle.SHARED: "so many people use one of them that it links nobody",
    Obstacle.KIND_NONE: "by the rules, one of their namespaces links nobody",
}
