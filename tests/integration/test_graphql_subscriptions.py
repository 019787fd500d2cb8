"""Waiting for a person to change, over a WebSocket as clients open it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from service.access import Scope, add_key, revoke_key
from service.profile.watching import Watcher
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lines import PATIENCE, QUIET, Line, let_in, opened
from tests.serving import Port

ID = '{ profile(identifier: {namespace: "user_id", value: "%s"}) { id } }'
CHANGED = """
subscription($id: ID!) {
  profileChanged(id: $id) { id traits { name value } identifiers { namespace value } }
}"""
ADDED = """
subscription($id: ID!) {
  touchpointAdded(profileId: $id) { messageId name identifier { value } properties }
}"""


@pytest.fixture
async def url(app: FastAPI) -> AsyncIterator[str]:
    async with Port().serving(app) as url:
        yield url.replace("http", "ws", 1) + "/graphql"


async def id_of(reader: Reader, user: str) -> str:
    return str((await reader.ask(ID % user))["profile"]["id"])


async def test_a_person_is_told_each_time_something_about_them_changed(
    url: str, web: Sender, reader: Reader
) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"plan": "free"}})
    await web.accept("identify", {"userId": "8"})
    id_ = await id_of(reader, "7")
    async with let_in(url, reader.api_key) as line:
        await line.subscribe(CHANGED, id=id_)
        assert await line.is_quiet()
        await web.accept("identify", {"userId": "8", "traits": {"plan": "gold"}})
        assert await line.is_quiet()
        await web.accept("identify", {"userId": "7", "traits": {"plan": "gold"}})
        told = await line.next()
        assert told["id"] == id_
        # Both are of one time, and the greater message id wins: it is the later one.
        assert [one["name"] for one in told["traits"]] == ["plan"]
        await web.accept("track", {"userId": "7", "anonymousId": "c", "event": "Bought"})
        told = await line.next()
        assert {one["value"] for one in told["identifiers"]} == {"7", "c"}
        assert await line.is_quiet()


async def test_who_became_part_of_another_is_told_under_any_of_the_ids(
    url: str, web: Sender, reader: Reader
) -> None:
    await web.accept("identify", {"userId": "7"})
    await web.accept("identify", {"anonymousId": "c"})
    older = await id_of(reader, "7")
    query = '{ profile(identifier: {namespace: "anonymous_id", value: "c"}) { id } }'
    younger = (await reader.ask(query))["profile"]["id"]
    async with let_in(url, reader.api_key) as line:
        await line.subscribe(CHANGED, id=younger)
        await web.accept("identify", {"userId": "7", "anonymousId": "c"})
        assert (await line.next())["id"] == older


async def test_what_arrives_is_told_once_also_when_it_happened_long_ago(
    url: str, web: Sender, reader: Reader
) -> None:
    await web.accept("track", {"userId": "7", "event": "Before"})
    async with let_in(url, reader.api_key) as line:
        await line.subscribe(ADDED, id=await id_of(reader, "7"))
        assert await line.is_quiet()
        now = {"type": "track", "messageId": "b", "userId": "7", "event": "Now"}
        past = {"type": "track", "messageId": "a", "userId": "7", "event": "Past"}
        answer = await web.batch(
            {**now, "timestamp": "2025-06-02T12:00:00Z", "properties": {"total": 3}},
            {**past, "timestamp": "2019-01-01T00:00:00Z"},
            {"type": "track", "messageId": "c", "userId": "8", "event": "Another's"},
        )
        assert answer.status_code == 200
        assert [(await line.next())["name"], (await line.next())["properties"]] == [
            *("Past", {"total": 3}),
        ]
        await web.batch({**now, "timestamp": "2025-06-02T12:00:00Z"})
        assert await line.is_quiet()


async def test_what_is_told_is_masked_as_anywhere(
    url: str, graph: Graph, web: Sender, reader: Reader
) -> None:
    await web.accept("identify", {"userId": "7"})
    id_ = await id_of(reader, "7")
    async with let_in(url, await add_key(graph, "narrow", [Scope.PROFILES_READ])) as line:
        await line.subscribe(CHANGED, "1", id=id_)
        await line.subscribe(ADDED, "2", id=id_)
        await web.accept("track", {"userId": "7", "event": "X", "properties": {"a": 1}})
        told = {one["id"]: one["payload"]["data"] for one in (await line.hear(), await line.hear())}
        [identifier] = told["1"]["profileChanged"]["identifiers"]
        assert identifier["value"].startswith("masked-")
        assert told["2"]["touchpointAdded"]["identifier"]["value"] == identifier["value"]
        assert told["2"]["touchpointAdded"]["properties"] == {"a": "***"}


async def test_queries_work_here_too(url: str, web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7"})
    async with let_in(url, reader.api_key) as line:
        await line.say("subscribe", id="q", payload={"query": ID % "7"})
        assert (await line.next())["id"] == await id_of(reader, "7")
        assert await line.hear() == {"id": "q", "type": "complete"}


@pytest.mark.parametrize("query", [CHANGED, ADDED])
async def test_who_is_not_there_and_who_may_not_see_them_is_told(
    url: str, graph: Graph, reader: Reader, query: str
) -> None:
    blind = await add_key(graph, "blind", [Scope.IDENTITY_WRITE])
    for key, code in ((reader.api_key, "not_found"), (blind, "forbidden")):
        async with let_in(url, key) as line:
            await line.say("subscribe", id="1", payload={"query": query, "variables": {"id": "x"}})
            told = await line.hear()
            errors = told["payload"] if told["type"] == "error" else told["payload"]["errors"]
            assert [one["extensions"] for one in errors] == [{"code": code}]


async def test_whose_key_is_taken_back_is_told_no_more(
    url: str, graph: Graph, web: Sender, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.access._TRUST_SECONDS", 0.0)
    await web.accept("identify", {"userId": "7"})
    async with let_in(url, await add_key(graph, "gone", [Scope.ADMIN])) as line:
        await line.subscribe(CHANGED, id=await id_of(reader, "7"))
        await revoke_key(graph, "gone")
        await web.accept("identify", {"userId": "7", "traits": {"plan": "gold"}})
        told = await line.hear()
        assert told["payload"]["errors"][0]["extensions"] == {"code": "unauthorized"}
        assert (await line.hear())["type"] == "complete"


async def test_whose_key_is_taken_back_asks_no_more(
    url: str, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.access._TRUST_SECONDS", 0.0)
    async with let_in(url, await add_key(graph, "gone", [Scope.ADMIN])) as line:
        await revoke_key(graph, "gone")
        await line.say("subscribe", id="1", payload={"query": "{ __typename }"})
        assert await line.closed() == 4403


async def test_who_comes_while_the_database_is_away_is_to_come_again(away: FastAPI) -> None:
    async with Port().serving(away) as url, opened(url.replace("http", "ws") + "/graphql") as line:
        await line.say("connection_init", payload={"Authorization": "Bearer x"})
        assert await line.closed() == 1013


async def test_nobody_is_let_in_without_a_key(url: str, reader: Reader) -> None:
    async with opened(url) as line:
        await line.say("connection_init", payload={"Authorization": "Bearer x"})
        assert await line.closed() == 4403
    async with opened(url) as line:
        await line.say("subscribe", id="1", payload={"query": "{ __typename }"})
        assert await line.closed() == 4401
    async with connect(url, subprotocols=[Subprotocol("graphql-ws")]) as socket:
        assert await Line(socket).closed() == 4406
    header = {"Authorization": f"Bearer {reader.api_key}"}
    async with opened(url, additional_headers=header) as line:
        await line.say("connection_init")
        assert await line.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "said", ["{", "[]", '"x"', "{}", '{"type": 7}', "\0", '{"type": "subscribe", "id": []}']
)
async def test_nonsense_hangs_up(url: str, said: str) -> None:
    async with opened(url) as line:
        await line.socket.send(said)
        assert await line.closed() in (4400, 4401)


def _looking() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if "Watcher._look" in repr(task)]


async def test_nobody_looks_when_nobody_waits(graph: Graph, web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7"})
    watcher = Watcher(graph)
    async with watcher.watching(await id_of(reader, "7")) as watch:
        await asyncio.sleep(0)
        assert len(_looking()) == 1
        await web.accept("identify", {"userId": "7", "anonymousId": "c"})
        await asyncio.wait_for(watch.change(), PATIENCE)
    await asyncio.sleep(0)
    assert not _looking()


async def test_who_begins_to_wait_while_others_are_looked_at_is_told_nothing(
    graph: Graph, web: Sender, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.profile.watching._SECONDS", 0.0)
    names = [f"u{number}" for number in range(12)]
    await web.batch(*({"type": "identify", "userId": name} for name in names))
    ids = [await id_of(reader, name) for name in names]
    watcher = Watcher(graph)
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(watcher.watching(id_)) for id_ in ids]
        told = [asyncio.ensure_future(watch.change()) for watch in watches]
        done, pending = await asyncio.wait(told, timeout=QUIET)
        for task in pending:
            task.cancel()
        assert not done
