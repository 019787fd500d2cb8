"""The schema: the queries, and what holds for all of them."""

from __future__ import annotations

from typing import Annotated

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.types import ExecutionContext

from service.access import Scope
from service.api.graphql.ahead import page_below
from service.api.graphql.arguments import DEFAULT_PAGE, MAX_PAGE
from service.api.graphql.attribution import (
    DEFAULT_PATHS,
    EVERYBODY,
    Attribution,
    ConversionPaths,
    Flows,
    attribution,
    flows,
    paths,
)
from service.api.graphql.budget import Budget
from service.api.graphql.caller import Context, record_read
from service.api.graphql.changes import Change, change_id_of
from service.api.graphql.cost import costs
from service.api.graphql.explain import EXPLANATIONS, Explanation, explain
from service.api.graphql.finding import ProfileConnection, profiles
from service.api.graphql.history import PastProfile, who_was
from service.api.graphql.jobs import Job, JobConnection, job, job_key_of, jobs
from service.api.graphql.known_documents import Documents, KnownDocuments
from service.api.graphql.limits import MAX_TOKENS, RULES
from service.api.graphql.link_results import OUTCOMES
from service.api.graphql.mutations import Mutation
from service.api.graphql.next_steps import OUTCOMES as NEXT_STEPS
from service.api.graphql.plain import plain_execution
from service.api.graphql.profile import Profile, profile_by, profile_by_id
from service.api.graphql.subscriptions import Subscription
from service.api.graphql.touchpoints import Touchpoint, message_id_of
from service.api.graphql.types import IdentifierInput, Node
from service.errors import InvalidQueryError, KnoopError
from service.identity.history import read_change
from service.identity.identifiers import Dropped, identify
from service.journey.reading import read_touchpoint

_log = structlog.get_logger()


@strawberry.type
class Query:
    @strawberry.field(description="Anything by its id.", metadata=costs(1))
    async def node(self, info: Context, id: strawberry.ID) -> Node | None:  # noqa: A002
        info.context.require(Scope.PROFILES_READ)
        change_id = change_id_of(id)
        if change_id is not None:
            change = await read_change(info.context.graph, change_id)
            record_read(info, node=id)
            return Change.of(change) if change else None
        if job_key_of(id) is not None:
            return await job(info, id)
        message_id = message_id_of(id)
        if message_id is None:
            return await profile_by_id(info, id)
        row = await read_touchpoint(info.context.graph, message_id)
        record_read(info, node=id)
        return Touchpoint.of(row, {}) if row else None

    explain: Explanation = strawberry.field(
        resolver=explain,
        description="Why two identifiers are one person, or why they are not.",
        metadata=costs(1),
    )
    profiles: ProfileConnection = strawberry.field(
        resolver=profiles,
        description="People by what is known of them, in the order of their ids, which stays "
        "while data comes in. For the next page give the endCursor, and the same filter.",
        metadata=costs(2, size=DEFAULT_PAGE, argument="first", most=MAX_PAGE, of="edges"),
    )
    who_was: PastProfile | None = strawberry.field(
        resolver=who_was,
        description="Who an identifier was at an earlier time; null when it was not there yet.",
        metadata=costs(1),
    )

    paths: ConversionPaths = strawberry.field(
        resolver=paths,
        description="What led people to a conversion over all devices, one session a touchpoint, "
        "and what led others to none. All of them are read: it takes its time.",
        metadata=costs(EVERYBODY, size=DEFAULT_PATHS, argument="first", most=MAX_PAGE, of="top"),
    )
    flows: Flows = strawberry.field(
        resolver=flows,
        description="How many paths go from which touchpoint to which, step by step.",
        metadata=costs(EVERYBODY),
    )
    attribution: Attribution = strawberry.field(
        resolver=attribution,
        description="Which channels, sources, campaigns or devices have how much of the "
        "conversions, by one model or several.",
        metadata=costs(EVERYBODY),
    )

    job: Job | None = strawberry.field(
        resolver=job,
        description="A long computation by its id; null where there is none, or not any more. One "
        "that needed personal:read needs it to be seen, too.",
        metadata=costs(1),
    )
    jobs: JobConnection = strawberry.field(
        resolver=jobs,
        description="Long computations, the newest first.",
        metadata=costs(1, size=DEFAULT_PAGE, argument="first", most=MAX_PAGE, of="edges"),
    )

    @strawberry.field(
        description="One person, by any identifier or any id they ever had. By an identifier it "
        "needs personal:read: whoever may try identifiers can find out whose they are.",
        metadata=costs(1),
    )
    async def profile(
        self,
        info: Context,
        id: Annotated[  # noqa: A002
            strawberry.ID | None, strawberry.argument(description="Any id ever given.")
        ] = None,
        identifier: IdentifierInput | None = None,
    ) -> Profile | None:
        info.context.require(Scope.PROFILES_READ)
        if (id is None) == (identifier is None):
            raise InvalidQueryError("profile: give either id or identifier")
        if identifier is None:
            return await profile_by_id(info, str(id))
        info.context.require(Scope.PERSONAL_READ)
        found = identify(identifier.namespace, identifier.value, info.context.rules)
        if isinstance(found, Dropped):
            return None
        profile = await profile_by(info, found.key, page_below(info))
        # A key in capitals may lead to one that is not: to analysts it is a help, here a mistake.
        return profile if profile and found.key in profile.by_key() else None


class _Schema(strawberry.Schema):
    """Errors that callers can act on keep their text and code; the others go to the log."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        del execution_context
        for error in errors:
            original = error.original_error
            if isinstance(original, KnoopError):
                code = original.code
            elif original is None or isinstance(original, GraphQLError):
                code = InvalidQueryError.code
            else:
                _log.error("graphql_failed", path=error.path, exc_info=original)
                error.message = "something went wrong here; it is in the service's log"
                code = KnoopError.code
            error.extensions = {**(error.extensions or {}), "code": code}


def build_schema() -> strawberry.Schema:
    """The schema with its limits; what is over one is told in an error."""
    documents = Documents()
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Change, Profile, Touchpoint, *OUTCOMES, *EXPLANATIONS, *NEXT_STEPS],
        extensions=[
            lambda: AddValidationRules([*RULES]),
            Budget,
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: KnownDocuments(documents),
        ],
        execution_context_class=plain_execution(documents),
    )
