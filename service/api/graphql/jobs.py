"""Long computations as jobs: started, looked at, cancelled; and what they tell, for some days."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from enum import Enum
from typing import Annotated, Self, TypeAlias

import strawberry
from strawberry.relay import PageInfo

from service.access import Scope
from service.analysis import jobs as kept
from service.analysis.asking import Asked, AttributionTold, FlowsTold, PathsTold
from service.api.graphql.arguments import After, First, page_size
from service.api.graphql.attribution import Attribution, ConversionPaths, Flows
from service.api.graphql.caller import Caller, Context, request_of
from service.api.graphql.cost import costs
from service.api.graphql.types import Node
from service.errors import ForbiddenError

_PREFIX = "Job:"


@strawberry.enum(description="What a job works out.")
class JobKind(Enum):
    ATTRIBUTION = "attribution"
    PATHS = "paths"
    FLOWS = "flows"


@strawberry.enum(description="How it is with a job.")
class JobState(Enum):
    WAITING = strawberry.enum_value("waiting", description="Others are before it.")
    RUNNING = "running"
    DONE = strawberry.enum_value("done", description="There is a result.")
    FAILED = strawberry.enum_value("failed", description="There is an error.")
    CANCELLED = "cancelled"


JobResult: TypeAlias = Annotated[
    Attribution | ConversionPaths | Flows,
    strawberry.union("JobResult", description="What the query of the same name gives."),
]


@strawberry.type(description="How far a job is, in people: when it has looked at all, it credits.")
class JobProgress:
    done: int
    of: int | None = strawberry.field(
        description="Null until they are counted, and always for a job started with `people`."
    )


@strawberry.type(description="Why a job failed.")
class JobError:
    code: str = strawberry.field(description="As in extensions of an error.")
    message: str


@strawberry.type(
    description="A long computation, done beside the service when its turn comes. It is kept for "
    f"{kept.DAYS} days after its end."
)
class Job(Node):
    key: strawberry.Private[str]
    kind: JobKind
    state: JobState
    progress: JobProgress
    actor: str = strawberry.field(description="Who started it: key:NAME.")
    created_at: datetime
    started_at: datetime | None = strawberry.field(
        description="When it was begun; again, if what ran it ended without a word."
    )
    ended_at: datetime | None
    error: JobError | None

    @strawberry.field(description="What came of it; null until it is done.", metadata=costs(1))
    async def result(self, info: Context) -> JobResult | None:
        if self.state is not JobState.DONE:
            return None
        match await kept.read_told(info.context.graph, self.key):
            case AttributionTold() as told:
                return Attribution.of(told)
            case PathsTold() as told:
                return ConversionPaths.of(told)
            case FlowsTold() as told:
                return Flows.of(told)
            case None:
                return None

    @classmethod
    def of(cls, job: kept.Job) -> Self:
        code, message = job.error_code, job.error
        return cls(
            id=_node_id(job.id),
            key=job.id,
            kind=JobKind(job.kind),
            state=JobState(job.state),
            progress=JobProgress(done=job.done, of=job.of),
            actor=job.actor,
            created_at=job.created_at,
            started_at=job.started_at,
            ended_at=job.ended_at,
            error=JobError(code=code, message=message or "") if code else None,
        )


@strawberry.type
class JobEdge:
    cursor: str
    node: Job


@strawberry.type(description="A page of jobs, the newest first.")
class JobConnection:
    edges: list[JobEdge]
    page_info: PageInfo


JobId = Annotated[strawberry.ID, strawberry.argument(description="The id of a job.")]


async def job(info: Context, id: JobId) -> Job | None:  # noqa: A002
    """Resolve `job`."""
    info.context.require(Scope.PROFILES_READ)
    found = await _find(info.context, id)
    return Job.of(found) if found else None


async def jobs(info: Context, first: First = None, after: After = None) -> JobConnection:
    """Resolve `jobs`."""
    info.context.require(Scope.PROFILES_READ)
    page = await kept.list_jobs(
        info.context.graph,
        personal=info.context.sees_personal_data,
        first=page_size(first),
        after=after,
    )
    edges = [JobEdge(cursor=one.cursor(), node=Job.of(one)) for one in page.jobs]
    return JobConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


async def start(info: Context, asked: Asked, *, personal: bool, key: str | None) -> Job:
    """Start a job, or find the one that was started with the same key.

    Raises:
        InvalidQueryError: the key is none.
    """
    caller = info.context
    request = request_of(caller, key)
    started = await kept.start_job(
        caller.graph, asked, actor=caller.actor, personal=personal, request=request
    )
    return Job.of(started)


async def cancel(info: Context, id_: strawberry.ID) -> Job | None:
    """Cancel a job, if there is one of this id for this caller.

    Raises:
        ForbiddenError: somebody else started it, and the caller may not do everything.
    """
    caller = info.context
    caller.require(Scope.PROFILES_READ)
    found = await _find(caller, id_)
    if found is None:
        return None
    if found.actor != caller.actor and not caller.key.allows(Scope.ADMIN):
        raise ForbiddenError(f"{found.actor} started this job; only they or an admin may cancel it")
    ended = await kept.cancel_job(caller.graph, found.id)
    return Job.of(ended) if ended else None


async def _find(caller: Caller, id_: strawberry.ID) -> kept.Job | None:
    """A job that the caller may see."""
    key = job_key_of(id_)
    found = await kept.find_job(caller.graph, key) if key else None
    return found if found and (caller.sees_personal_data or not found.personal) else None


def _node_id(key: str) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(f"{_PREFIX}{key}".encode()).decode())


def job_key_of(id_: str) -> str | None:
    """The id in Cypher, from a job's global id; None when it is the id of something else."""
    try:
        text = base64.urlsafe_b64decode(id_.encode()).decode()
    except (binascii.Error, ValueError):
        return None
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else None
