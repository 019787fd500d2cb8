"""Jobs as they are kept in the graph: so any process answers about any of them, and ends it.

A job waits, runs, and ends: done, failed or cancelled. Whoever runs it holds it for some seconds at
a time; what nobody holds any more waits again.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter

from service.analysis.asking import Asked, Told
from service.errors import BusyError, ConflictError, InvalidQueryError
from service.store.graph import Graph
from service.store.procedures import procedure

State = Literal["waiting", "running", "done", "failed", "cancelled"]

DAYS = 7
"""How long a job is kept after its end."""
MAX_WAITING = 100
_NEWEST = (datetime(9999, 12, 31, tzinfo=UTC), "")

ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
TOLD: TypeAdapter[Told] = TypeAdapter(Told)


@dataclass(frozen=True, slots=True)
class Job:
    """What `tell_job` tells.

    `asked` is JSON. `personal` is whether only those may see it who may see personal data. `of` is
    how many people there are, when that is known, and `done` at how many it has looked.
    """

    id: str
    kind: Literal["attribution", "paths", "flows"]
    asked: str
    personal: bool
    actor: str
    state: State
    done: int
    of: int | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error_code: str | None
    error: str | None

    def cursor(self) -> str:
        """Where this job stands: it stays right while others come in."""
        where = orjson.dumps([self.created_at.isoformat(), self.id])
        return base64.urlsafe_b64encode(where).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, and whether there are more after them."""

    jobs: list[Job]
    has_next: bool


@dataclass(frozen=True, slots=True)
class _Row:
    job: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Told:
    told: str


_ADD = procedure("job_add", _Row)
_FIND = procedure("job_find", _Row)
_LIST = procedure("job_list", _Row)
_TOLD = procedure("job_told", _Told)
_CANCEL = procedure("job_cancel", _Row)


async def start_job(
    graph: Graph, asked: Asked, *, actor: str, personal: bool, request: str | None = None
) -> Job:
    """Have something computed when its turn comes; by the same request once.

    Raises:
        BusyError: too many wait already.
        ConflictError: by this request something else was asked for.
    """
    written = ASKED.dump_json(asked).decode()
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "request": request,
        "kind": asked.kind,
        "asked": written,
        "personal": personal,
        "actor": actor,
        "most": MAX_WAITING,
    }
    try:
        rows = await graph.write(_ADD, **given)
    except ConflictError:  # The same request at the same moment; by now it is there.
        rows = await graph.write(_ADD, **given)
    if not rows:
        raise BusyError(f"{MAX_WAITING} jobs wait already; ask again when some have ended")
    job = Job(**rows[0].job)
    if job.asked != written:
        raise ConflictError(
            "idempotencyKey: something else was asked for with it; take another one"
        )
    return job


async def find_job(graph: Graph, id_: str) -> Job | None:
    """A job by its id, if it is still kept."""
    rows = await graph.read(_FIND, id=id_)
    return Job(**rows[0].job) if rows else None


async def read_told(graph: Graph, id_: str) -> Told | None:
    """What a job told, if it is done and still kept."""
    rows = await graph.read(_TOLD, id=id_)
    return TOLD.validate_json(rows[0].told) if rows else None


async def list_jobs(
    graph: Graph, *, personal: bool, first: int, after: str | None = None
) -> JobPage:
    """A page of the jobs, the newest first; `personal` ones too, if said so.

    Raises:
        InvalidQueryError: `after` is not a cursor.
    """
    before, before_id = _NEWEST if after is None else _read_cursor(after)
    rows = await graph.read(
        _LIST, before=before, before_id=before_id, personal=personal, first=first + 1
    )
    return JobPage([Job(**row.job) for row in rows[:first]], has_next=len(rows) > first)


async def cancel_job(graph: Graph, id_: str) -> Job | None:
    """End a job that has not ended, if it is still kept. Whoever runs it notices within seconds."""
    rows = await graph.write(_CANCEL, id=id_)
    return Job(**rows[0].job) if rows else None


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        at, id_ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(at), str(id_)
    except (ValueError, TypeError) as error:
        raise InvalidQueryError("after: is not a cursor; use the endCursor of a page") from error
