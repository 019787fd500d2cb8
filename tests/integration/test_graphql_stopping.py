"""Queries that take too long, and those of clients who hang up: they end in the database, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lines import let_in
from tests.integration.locks import all_locked, until_nothing_runs, until_waiting
from tests.serving import Port

PEOPLE = """
{
  a: profile(identifier: {namespace: "user_id", value: "7"}) { id }
  b: profile(identifier: {namespace: "anonymous_id", value: "c"}) { id }
}
"""
LINK = """
mutation {
  linkIdentifiers(
    a: {namespace: "user_id", value: "7"}, b: {namespace: "anonymous_id", value: "c"}, reason: "x"
  ) { __typename profiles { id } }
}
"""
HISTORY = """
{ profile(identifier: {namespace: "user_id", value: "7"}) { history { kind changeId } } }
"""
WITHDRAW = 'mutation($id: ID!) { withdraw(changeId: $id, reason: "x") { __typename } }'


@pytest.fixture
async def url(graph: Graph, rules: Rules) -> AsyncIterator[str]:
    """The service, whose queries have a second."""
    async with Port().serving(build_app(graph, rules, Settings(query_seconds=1))) as url:
        yield url


@pytest.fixture
async def patient_url(graph: Graph, rules: Rules) -> AsyncIterator[str]:
    """The service, whose queries have as long as they like."""
    async with Port().serving(build_app(graph, rules, Settings(query_seconds=600))) as url:
        yield url


@pytest.fixture
async def two_people(web: Sender, reader: Reader) -> None:
    # The database takes seconds to plan what links; so it is planned here, for nobody.
    await reader.ask(LINK)
    await web.accept("identify", {"userId": "7"})
    await web.accept("identify", {"anonymousId": "c"})


async def _are_two(reader: Reader) -> bool:
    told = await reader.ask(PEOPLE)
    return bool(told["a"]["id"] != told["b"]["id"])


async def _post(url: str, key: str, seconds: float) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, timeout=seconds) as client:
        return await Reader(client, key).post(LINK)


@pytest.mark.usefixtures("two_people")
async def test_what_takes_too_long_is_stopped_and_told(
    url: str, graph: Graph, reader: Reader
) -> None:
    async with all_locked(graph):
        asking = asyncio.ensure_future(_post(url, reader.api_key, 20))
        await until_waiting(graph, 1)
        answer = await asking
        assert answer.status_code == 504
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "timed_out"}
        assert error["message"].startswith("the query took more than 1 seconds and was stopped;")
        await until_waiting(graph, 0)
    assert await _are_two(reader)
    # Nothing is left of it that others would have to wait for.
    assert (await _post(url, reader.api_key, 20)).json()["data"]["linkIdentifiers"]


@pytest.mark.usefixtures("two_people")
async def test_what_a_client_no_longer_waits_for_is_stopped(
    patient_url: str, graph: Graph, reader: Reader
) -> None:
    async with all_locked(graph):
        asking = asyncio.ensure_future(_post(patient_url, reader.api_key, 2))
        await until_waiting(graph, 1)
        with pytest.raises(httpx.ReadTimeout):
            await asking
        await until_waiting(graph, 0)
    assert await _are_two(reader)


@pytest.mark.usefixtures("two_people")
async def test_what_is_stopped_at_any_moment_is_whole_or_not_at_all(
    patient_url: str, graph: Graph, reader: Reader
) -> None:
    outcomes: list[bool] = []
    for milliseconds in (0, 5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 20_000):
        asking = asyncio.ensure_future(_post(patient_url, reader.api_key, 20))
        await asyncio.wait({asking}, timeout=milliseconds / 1000)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await until_nothing_runs(graph)
        history = (await reader.ask(HISTORY))["profile"]["history"]
        acts = [one["changeId"] for one in history if one["kind"] == "LINKED"]
        outcomes.append(not await _are_two(reader))
        assert len(acts) == outcomes.count(True)
        if outcomes[-1]:
            await reader.ask(WITHDRAW, id=acts[-1])
    assert {outcomes[0], outcomes[-1]} == {False, True}


@pytest.mark.usefixtures("two_people")
async def test_over_a_websocket_it_is_told_under_its_id(
    url: str, graph: Graph, reader: Reader
) -> None:
    async with all_locked(graph), let_in(_socket(url), reader.api_key) as line:
        await line.say("subscribe", id="slow", payload={"query": LINK})
        await until_waiting(graph, 1)
        told = await line.hear()
        assert (told["type"], told["id"]) == ("error", "slow")
        assert [one["extensions"] for one in told["payload"]] == [{"code": "timed_out"}]
        await until_waiting(graph, 0)


@pytest.mark.parametrize("how", ["complete", "close", "abort"])
@pytest.mark.usefixtures("two_people")
async def test_over_a_websocket_it_is_stopped_when_nobody_waits(
    patient_url: str, graph: Graph, reader: Reader, how: str
) -> None:
    async with all_locked(graph), let_in(_socket(patient_url), reader.api_key) as line:
        await line.say("subscribe", id="slow", payload={"query": LINK})
        await until_waiting(graph, 1)
        if how == "complete":
            await line.say("complete", id="slow")
        elif how == "close":
            await line.socket.close()
        else:
            line.socket.transport.abort()
        await until_waiting(graph, 0)
    assert await _are_two(reader)


def _socket(url: str) -> str:
    return url.replace("http", "ws", 1) + "/graphql"
