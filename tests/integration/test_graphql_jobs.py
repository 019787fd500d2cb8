"""Long computations as jobs, through GraphQL; what does them runs here, when the test says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.analysis import jobs as kept
from service.analysis.working import LetGoError, count_waiting, do_next_job, take_job
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
ORDER = {"event": "Order Completed", "value": "total"}
MODELS = [{"model": "LAST_TOUCH"}, {"model": "MARKOV", "order": 2}, {"model": "TIME_DECAY"}]
JOB = "id kind state progress { done of } actor createdAt startedAt endedAt error { code message }"
ATTRIBUTION = "people conversions value models { model credits { name conversions value } }"
PATHS = """
people conversions losses value touchpoints { low median high } days { median }
top { touchpoints conversions }"""
FLOWS = "nodes { id step name } links { source target paths }"
RESULT = f"""
    result {{
        __typename
        ... on Attribution {{ {ATTRIBUTION} }}
        ... on ConversionPaths {{ {PATHS} }}
        ... on Flows {{ {FLOWS} }}
    }}"""
START = f"""
mutation($conversion: ConversionInput!, $key: String, $paths: PathInput) {{
  startPaths(conversion: $conversion, paths: $paths, idempotencyKey: $key) {{ {JOB} }}
}}"""
FIND = f"query($id: ID!) {{ job(id: $id) {{ {JOB} {RESULT} }} node(id: $id) {{ id __typename }} }}"
CANCEL = f"mutation($id: ID!) {{ cancelJob(id: $id) {{ {JOB} }} }}"
LIST = f"""
query($first: Int, $after: String) {{
  jobs(first: $first, after: $after) {{
    edges {{ cursor node {{ {JOB} }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }}
  }}
}}"""


async def _happen(web: Sender) -> None:
    """Two buy, and one only looks."""

    def message(hours: float, user: str, **more: Any) -> dict[str, Any]:
        at = (NOON + timedelta(hours=hours)).isoformat()
        return {"type": "page", "timestamp": at, "userId": user} | more

    def order(hours: float, user: str, total: float, currency: str = "EUR") -> dict[str, Any]:
        properties = {"total": total, "currency": currency}
        return message(hours, user, type="track", event="Order Completed", properties=properties)

    campaign = {"campaign": {"source": "google", "medium": "cpc"}}
    messages = [
        message(0, "u1", context=campaign),
        message(24, "u1"),
        order(24.1, "u1", 30),
        message(1, "u2"),
        order(1.1, "u2", 12),
        message(2, "u3"),
    ]
    assert (await web.batch(*messages)).json() == {"success": True}


async def _start(reader: Reader, **given: Any) -> dict[str, Any]:
    job: dict[str, Any] = (
        await reader.ask(START, **({"conversion": ORDER, "key": None, "paths": None} | given))
    )["startPaths"]
    return job


async def _find(reader: Reader, job: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await reader.ask(FIND, id=job["id"]))["job"]
    return found


@pytest.mark.parametrize(
    ("field", "arguments", "result", "type_"),
    [
        ("attribution", "models: $models, paths: {by: SOURCE}", ATTRIBUTION, "Attribution"),
        ("paths", "first: 2, paths: {transforms: [COLLAPSED]}", PATHS, "ConversionPaths"),
        (
            "flows",
            'steps: 3, paths: {people: {identifier: {namespace: "user_id", value: "u1"}}}',
            FLOWS,
            "Flows",
        ),
    ],
)
async def test_a_job_tells_what_the_query_tells(
    web: Sender,
    reader: Reader,
    graph: Graph,
    field: str,
    arguments: str,
    result: str,
    type_: str,
) -> None:
    await _happen(web)
    variables: dict[str, Any] = {"conversion": ORDER | {"from": NOON.isoformat()}}
    declared = "$conversion: ConversionInput!"
    if field == "attribution":
        declared, variables = f"{declared}, $models: [ModelInput!]!", variables | {"models": MODELS}
    asked = f"(conversion: $conversion, {arguments})"
    start = f"start{field.capitalize()}"
    mutation = f"mutation({declared}) {{ job: {start}{asked} {{ {JOB} }} }}"
    job = (await reader.ask(mutation, **variables))["job"]
    assert (job["kind"], job["state"], job["actor"]) == (field.upper(), "WAITING", "key:tests")
    assert (job["startedAt"], job["endedAt"], job["error"]) == (None, None, None)
    told = await reader.ask(FIND, id=job["id"])
    assert told["job"]["result"] is None
    assert told["node"] == {"id": job["id"], "__typename": "Job"}

    assert await do_next_job(graph)
    assert not await do_next_job(graph)
    done = await _find(reader, job)
    assert done is not None
    assert (done["state"], done["error"]) == ("DONE", None)
    assert done["createdAt"] <= done["startedAt"] <= done["endedAt"]
    assert done["progress"]["of"] == (None if "people" in arguments else 3)
    query = f"query({declared}) {{ {field}{asked} {{ {result} }} }}"
    at_once = await reader.ask(query, **variables)
    assert done["result"] == {"__typename": type_} | at_once[field]


async def test_what_is_asked_for_twice_with_one_key_is_one_job(
    reader: Reader, graph: Graph
) -> None:
    first, again = await asyncio.gather(*(_start(reader, key="k") for _ in range(2)))
    assert first["id"] == again["id"]
    assert (await _start(reader, key="another"))["id"] != first["id"]
    assert await count_waiting(graph) == 2
    assert await do_next_job(graph)
    assert (await _start(reader, key="k"))["state"] == "DONE"
    other = {"event": "Signed Up"}
    assert await reader.errors(START, conversion=other, key="k") == [
        {
            "message": "idempotencyKey: something else was asked for with it; take another one",
            "code": "conflict",
        }
    ]


async def test_a_job_that_waits_is_cancelled_and_not_done(reader: Reader, graph: Graph) -> None:
    job = await _start(reader)
    for _ in range(2):  # The second time, it stays as it is.
        cancelled = (await reader.ask(CANCEL, id=job["id"]))["cancelJob"]
        assert cancelled["state"] == "CANCELLED"
        assert cancelled["endedAt"] is not None
    assert not await do_next_job(graph)


async def test_what_does_a_job_notices_that_it_was_cancelled(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await _happen(web)
    job = await _start(reader)
    held = await take_job(graph)
    assert held is not None
    assert (await reader.ask(CANCEL, id=job["id"]))["cancelJob"]["state"] == "CANCELLED"
    with pytest.raises(LetGoError):
        await held.work()
    # What was worked out all the same comes too late.
    await held.end("done", told="{}")
    assert (await _find(reader, job) or {})["state"] == "CANCELLED"


async def test_a_job_that_has_ended_stays_as_it_is(reader: Reader, graph: Graph) -> None:
    job = await _start(reader)
    await do_next_job(graph)
    assert (await reader.ask(CANCEL, id=job["id"]))["cancelJob"]["state"] == "DONE"


async def test_of_two_that_would_do_a_job_one_does(reader: Reader, graph: Graph) -> None:
    jobs = [await _start(reader) for _ in range(3)]
    done = await asyncio.gather(*(do_next_job(graph) for _ in range(4)))
    while await do_next_job(graph):  # Who lost a race may have left one.
        done.append(True)
    assert sum(done) == 3
    tries = await graph.run("MATCH (j:Job) RETURN j.tries AS tries, j.state AS state")
    assert tries == [{"tries": 1, "state": "done"}] * len(jobs)


async def test_a_job_whose_process_is_gone_waits_again_and_fails_in_the_end(
    reader: Reader, graph: Graph
) -> None:
    job = await _start(reader)
    for attempt in range(1, 4):
        # Held for less than no time, as by a process that was killed.
        held = await take_job(graph, seconds=-1)
        assert held is not None
        assert (await _find(reader, job) or {})["state"] == "RUNNING"
        assert await count_waiting(graph) == (1 if attempt < 3 else 0)
        # Whoever comes back from the dead has nothing to say.
        await held.end("done", told="{}")
    failed = await _find(reader, job)
    assert failed is not None
    assert (failed["state"], failed["error"]["code"]) == ("FAILED", "interrupted")


async def test_whoever_is_told_to_stop_gives_its_job_back(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await _happen(web)
    job = await _start(reader)
    doing = asyncio.create_task(do_next_job(graph))
    while (await _find(reader, job) or {})["state"] == "WAITING":
        await asyncio.sleep(0)
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert (await _find(reader, job) or {})["state"] == "WAITING"
    assert await do_next_job(graph)
    assert (await _find(reader, job) or {})["state"] == "DONE"


async def test_what_cannot_be_worked_out_is_told(web: Sender, reader: Reader, graph: Graph) -> None:
    await _happen(web)
    at = {"timestamp": (NOON + timedelta(days=3)).isoformat(), "userId": "u1"}
    pounds = {"total": 1, "currency": "GBP"}
    await web.accept("track", at | {"event": "Order Completed", "properties": pounds})
    job = await _start(reader)
    await do_next_job(graph)
    failed = await _find(reader, job)
    assert failed is not None
    assert failed["state"] == "FAILED"
    assert failed["error"] == {
        "code": "invalid_query",
        "message": "currency: 'EUR' and 'GBP' cannot be added up; choose one",
    }
    assert failed["result"] is None


async def test_what_is_wrong_is_told_before_a_job_is_started(reader: Reader, graph: Graph) -> None:
    start = """mutation($models: [ModelInput!]!) {
        startAttribution(conversion: {event: "x"}, models: $models) { id }
    }"""
    assert await reader.errors(start, models=[{"model": "LINEAR", "order": 2}]) == [
        {"message": "models: LINEAR has no order", "code": "invalid_query"}
    ]
    assert await count_waiting(graph) == 0


async def test_who_may_see_a_job_and_who_may_cancel_it(
    reader: Reader, client: httpx.AsyncClient, graph: Graph
) -> None:
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    personal = await _start(reader, paths={"people": {"text": "ann"}})
    opened = await _start(reader)
    assert await _find(narrow, personal) is None
    assert (await _find(narrow, opened) or {})["actor"] == "key:tests"
    listed = (await narrow.ask(LIST))["jobs"]["edges"]
    assert [one["node"]["id"] for one in listed] == [opened["id"]]
    assert (await narrow.ask(CANCEL, id=personal["id"]))["cancelJob"] is None
    assert await narrow.errors(CANCEL, id=opened["id"]) == [
        {
            "message": "key:tests started this job; only they or an admin may cancel it",
            "code": "forbidden",
        }
    ]
    own = await _start(narrow)
    assert (await reader.ask(CANCEL, id=own["id"]))["cancelJob"]["state"] == "CANCELLED"
    own = await _start(narrow)
    assert (await narrow.ask(CANCEL, id=own["id"]))["cancelJob"]["state"] == "CANCELLED"
    assert await narrow.errors(START, conversion={"event": "x", "value": "age"}) == [
        {"message": "the key narrow lacks the scope personal:read", "code": "forbidden"}
    ]


async def test_jobs_are_listed_the_newest_first(reader: Reader) -> None:
    started = [(await _start(reader))["id"] for _ in range(3)]
    first = (await reader.ask(LIST, first=2))["jobs"]
    assert [one["node"]["id"] for one in first["edges"]] == [started[2], started[1]]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    after = first["pageInfo"]["endCursor"]
    last = (await reader.ask(LIST, first=2, after=after))["jobs"]
    assert [one["node"]["id"] for one in last["edges"]] == [started[0]]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert await reader.errors(LIST, after="no-cursor") == [
        {
            "message": "after: is not a cursor; use the endCursor of a page",
            "code": "invalid_query",
        }
    ]


async def test_so_many_wait_and_no_more(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_WAITING", 1)
    job = await _start(reader, key="k")
    assert await reader.errors(START, conversion=ORDER) == [
        {"message": "1 jobs wait already; ask again when some have ended", "code": "busy"}
    ]
    assert (await _start(reader, key="k"))["id"] == job["id"]


async def test_a_job_is_forgotten_some_days_after_its_end(reader: Reader, graph: Graph) -> None:
    jobs = [await _start(reader, key="k"), await _start(reader)]
    while await do_next_job(graph):
        pass
    await graph.run(
        "MATCH (j:Job {request: 'key:tests k'}) SET j.ended_at = j.ended_at - $days",
        days=timedelta(days=kept.DAYS, seconds=1),
    )
    assert await count_waiting(graph) == 0
    assert [await _find(reader, job) is None for job in jobs] == [True, False]
    assert (await _start(reader, key="k"))["state"] == "WAITING"


async def test_there_is_no_job_by_another_id(reader: Reader) -> None:
    for id_ in ("", "nobody", "Sm9iOm5vYm9keQ=="):
        told = await reader.ask("query($id: ID!) { job(id: $id) { id } }", id=id_)
        assert told["job"] is None
        assert (await reader.ask(CANCEL, id=id_))["cancelJob"] is None
