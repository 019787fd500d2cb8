"""What queries cost: told, refused when one is too much, and counted for each key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.api.app import build_app
from service.api.graphql.cost import MAX_COST
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lines import let_in
from tests.integration.round_trips import counted_round_trips
from tests.serving import Port

ONE = '{ profile(identifier: {namespace: "user_id", value: "7"}) { id } }'
PAGE = "profiles(first: 500) { edges { node { traits { others { value } } devices { id } } } }"
TOO_MUCH = "{ " + " ".join(f"p{number}: {PAGE}" for number in range(20)) + " }"
ADDED = "subscription($id: ID!) { touchpointAdded(profileId: $id) { name } }"

Served = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was spent counts less from moment to moment; here it is one moment."""
    clock = SimpleNamespace(time=lambda: 1_800_000_000.0)
    for module in ("storage.memory", "strategies"):
        monkeypatch.setattr(f"limits.aio.{module}.time", clock)


@pytest.fixture
def served(graph: Graph, rules: Rules) -> Served:
    """Serve with these settings."""

    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[str]:
        async with Port().serving(build_app(graph, rules, Settings(**settings))) as url:
            yield url

    return serve


async def test_an_answer_says_what_it_cost_and_what_is_left(reader: Reader) -> None:
    costs = [(await reader.post(ONE)).json()["extensions"]["cost"] for _ in range(2)]
    assert costs == [
        {"requested": 11, "left": 19_999_989},
        {"requested": 11, "left": 19_999_978},
    ]


async def test_what_was_never_run_costs_nothing(reader: Reader) -> None:
    assert "extensions" not in (await reader.post("{ nobody }")).json()
    assert (await reader.post("{ __typename }")).json()["extensions"]["cost"]["left"] == 20_000_000


async def test_what_costs_too_much_is_refused_before_it_is_run(reader: Reader) -> None:
    await reader.post(ONE)
    with counted_round_trips() as trips:
        answer = await reader.post(TOO_MUCH)
    assert trips.count == 0
    body = answer.json()
    cost = body["extensions"]["cost"]["requested"]
    assert cost > MAX_COST
    assert (answer.status_code, body["errors"]) == (
        200,
        [
            {
                "message": f"the query may cost {cost:,} points, and one may cost {MAX_COST:,}; "
                "ask for smaller pages (first), or for fewer things in each object",
                "extensions": {"code": "too_costly"},
            }
        ],
    )
    assert "data" not in body


async def test_a_key_that_has_had_its_points_is_to_come_again(
    served: Served, graph: Graph, reader: Reader
) -> None:
    other = await add_key(graph, "other", [Scope.ADMIN])
    async with (
        served(points_per_minute=30) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        asking = Reader(client, reader.api_key)
        for left in (19, 8):
            assert (await asking.post(ONE)).json()["extensions"]["cost"]["left"] == left
        refused = await asking.post(ONE)
        assert (refused.status_code, refused.headers["content-type"]) == (
            429,
            "application/json; charset=utf-8",
        )
        seconds = int(refused.headers["retry-after"])
        assert 1 <= seconds <= 120
        assert refused.json()["errors"] == [
            {
                "message": "the key tests has had nearly all of its 30 points in 60 seconds, and "
                f"this takes 11; come again in {seconds} s",
                "extensions": {"code": "rate_limited"},
            }
        ]
        assert (await Reader(client, other).post(ONE)).status_code == 200
        # What costs more than there is in a minute would be refused for ever.
        too_much = await asking.post("{ profiles { edges { cursor } } }")
        assert too_much.json()["errors"][0]["extensions"] == {"code": "too_costly"}


async def test_nought_is_no_limit(served: Served, reader: Reader) -> None:
    async with served(points_per_minute=0) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await Reader(client, reader.api_key).post(ONE)
        assert answer.json()["extensions"] == {"cost": {"requested": 11, "left": None}}


async def test_over_a_websocket_the_same_points_count(served: Served, reader: Reader) -> None:
    async with (
        served(points_per_minute=30) as url,
        let_in(_socket(url), reader.api_key) as line,
    ):
        for left in (19, 8):
            await line.say("subscribe", id="q", payload={"query": ONE})
            told = await line.hear()
            assert told["payload"]["extensions"] == {"cost": {"requested": 11, "left": left}}
            assert (await line.hear())["type"] == "complete"
        await line.say("subscribe", id="q", payload={"query": ONE})
        told = await line.hear()
        assert (told["type"], told["id"]) == ("error", "q")
        assert [one["extensions"] for one in told["payload"]] == [{"code": "rate_limited"}]


async def test_what_a_subscription_tells_counts_and_waits_until_there_is_enough(
    served: Served, web: Sender, reader: Reader
) -> None:
    await web.accept("identify", {"userId": "7"})
    id_ = (await reader.ask(ONE))["profile"]["id"]
    async with (
        served(points_per_minute=50) as url,
        let_in(_socket(url), reader.api_key) as line,
    ):
        await line.subscribe(ADDED, id=id_)  # It costs 21, and what it tells likewise.
        await web.accept("track", {"userId": "7", "event": "One"})
        told = await line.hear()
        assert told["payload"]["data"] == {"touchpointAdded": {"name": "One"}}
        await web.accept("track", {"userId": "7", "event": "Two"})
        assert await line.is_quiet()


async def test_a_source_has_its_messages_too(served: Served, write_key: str) -> None:
    message = {"type": "identify", "userId": "7"}
    async with served(messages_per_second=1) as url, httpx.AsyncClient(base_url=url) as client:
        sender = Sender(client, write_key)
        assert (await sender.batch(*[message] * 9)).status_code == 200
        await sender.accept("identify", {"userId": "7"})
        for refused in (await sender.send("identify", message), await sender.batch(message)):
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
            seconds = int(refused.headers["retry-after"])
            assert 1 <= seconds <= 20
            assert refused.json()["message"] == (
                "the source web has had nearly all of its 10 messages in 10 seconds, and this "
                f"takes 1; come again in {seconds} s"
            )


def _socket(url: str) -> str:
    return url.replace("http", "ws", 1) + "/graphql"
