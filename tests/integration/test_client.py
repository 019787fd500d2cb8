"""The client against the real service: over ASGI for asyncio, over a port for the other one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pytest
from fastapi import FastAPI

from service.access import Scope, add_key
from service.client import (
    Accepted,
    AsyncKnoop,
    BatchReport,
    ForbiddenError,
    Identifier,
    InvalidError,
    Knoop,
    MessagesRefusedError,
    Profile,
    Retries,
    StableIds,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    messages,
)
from service.store.graph import Graph
from tests.serving import Port

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def knoop(app: FastAPI, write_key: str, api_key: str) -> AsyncIterator[AsyncKnoop]:
    """The asynchronous client, in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with AsyncKnoop(
        "http://knoop", write_key=write_key, api_key=api_key, transport=transport
    ) as client:
        yield client


def _keys(profile: Profile | None) -> set[str]:
    assert profile is not None
    return set(map(str, profile.identifiers))


async def test_every_kind_of_message_is_stored_and_read_back(knoop: AsyncKnoop) -> None:
    ios = {"device": {"id": "V-1", "type": "ios", "model": "iPhone14,2"}, "os": {"name": "iOS"}}
    consent = {"consent": {"categoryPreferences": {"Advertising": True}}}
    hours = [NOON + timedelta(hours=hour) for hour in range(7)]
    await knoop.page("Home", {"path": "/"}, anonymous_id="c1", timestamp=hours[0])
    await knoop.screen("Start", anonymous_id="p1", context=ios, timestamp=hours[1])
    said = await knoop.identify(
        {"email": "Ann@Example.com", "plan": "gold"},
        user_id="ann-7",
        anonymous_id="c1",
        context=consent,
        timestamp=hours[2],
    )
    assert isinstance(said, Accepted)
    assert said.warnings == ()
    await knoop.track(
        "Order Completed",
        {"total": 12.5, "lines": [{"sku": "A"}]},
        user_id="ann-7",
        identifiers={"loyalty_card": "L-1"},
        timestamp=hours[3],
        message_id="m3",
    )
    await knoop.group("acme", {"name": "Acme"}, user_id="ann-7", timestamp=hours[4])
    await knoop.alias("c0", user_id="ann-7", timestamp=hours[5])
    await knoop.merge(["user_id:ann-7", "anonymous_id:p1"], timestamp=hours[6])

    profile = await knoop.profile(Identifier("email", "ANN@example.com"))
    assert profile is not None
    assert _keys(profile) == {
        "user_id:ann-7",
        "email:ann@example.com",
        "loyalty_card:L-1",
        "anonymous_id:c0",
        "anonymous_id:c1",
        "anonymous_id:p1",
        "ios.id:V-1",
    }
    assert (profile.trait("plan"), profile.trait("shoe size")) == ("gold", None)
    assert [(one.value, one.source, one.at) for one in profile.traits if one.name == "plan"] == [
        ("gold", "web", hours[2])
    ]
    assert {one.key: one.shared for one in profile.accounts} == {
        "login:ann-7": False,
        "loyalty_card:L-1": False,
        "organization:acme": True,
    }
    assert [(one.purpose, one.granted) for one in profile.consents] == [("Advertising", True)]
    [phone] = [one for one in profile.devices if one.id == "ios.id:V-1"]
    assert (phone.kind, phone.os, phone.browser) == ("phone", "iOS", None)
    [card] = [one for one in profile.identifiers if one.namespace == "loyalty_card"]
    assert (card.account, card.device, card.first_seen) == ("loyalty_card:L-1", None, hours[3])

    # By its id and by any other that it had.
    assert await knoop.profile(profile.id) == profile
    assert [await knoop.profile(one) for one in profile.former_ids] == [profile] * 6

    journey = [one async for one in knoop.journey("user_id:ann-7")]
    assert [(one.type, one.name, one.at) for one in journey] == [
        ("page", "Home", hours[0]),
        ("screen", "Start", hours[1]),
        ("identify", None, hours[2]),
        ("track", "Order Completed", hours[3]),
        ("group", None, hours[4]),
        ("alias", None, hours[5]),
        ("merge", None, hours[6]),
    ]
    order = journey[3]
    assert (order.message_id, order.source, order.channel) == ("m3", "web", "web")
    assert order.properties == {"total": 12.5, "lines": [{"sku": "A"}]}
    assert str(order.identifier) == "user_id:ann-7"
    assert journey[1].device == phone


async def test_a_message_sent_again_changes_nothing_and_warnings_are_told(
    knoop: AsyncKnoop,
) -> None:
    for _ in range(2):
        accepted = await knoop.track("Seen", user_id="undefined", anonymous_id="c", message_id="m")
    assert accepted == Accepted("m", ("user_id:undefined identifies nobody: placeholder",))
    assert [one.message_id async for one in knoop.journey("anonymous_id:c")] == ["m"]


async def test_a_journey_is_paged_as_it_is_read(knoop: AsyncKnoop) -> None:
    report = await knoop.batch(
        messages.track(
            ("Seen", "Bought")[n % 2],
            {"n": n},
            user_id="7",
            timestamp=NOON + timedelta(minutes=n),
            context={"campaign": {"medium": "email"}} if n % 5 == 0 else {},
        )
        for n in range(25)
    )
    assert report == BatchReport(accepted=25)

    async def told(**options: Any) -> list[int]:
        return [one.properties["n"] async for one in knoop.journey("user_id:7", **options)]

    assert await told(page=10) == list(range(25))
    assert await told(page=25) == list(range(25))
    assert await told(page=4, newest_first=True, first=6) == [24, 23, 22, 21, 20, 19]
    assert await told(first=0) == []
    assert await told(names=["Bought"], page=3) == list(range(1, 25, 2))
    assert await told(channels=["email"]) == [0, 5, 10, 15, 20]
    minutes = {"from_": NOON + timedelta(minutes=3), "to": NOON + timedelta(minutes=6)}
    assert await told(**minutes) == [3, 4, 5]
    naive = NOON.replace(tzinfo=None) + timedelta(minutes=23)
    assert await told(from_=naive) == [23, 24]
    assert [one async for one in knoop.journey("user_id:nobody")] == []
    assert await knoop.profile("user_id:nobody") is None
    with pytest.raises(InvalidError, match="page"):
        knoop.journey("user_id:7", page=501)


async def test_people_are_linked_explained_separated_and_it_is_taken_back(
    knoop: AsyncKnoop,
) -> None:
    await knoop.identify(user_id="7", anonymous_id="c7")
    await knoop.identify(user_id="8")
    await knoop.page(anonymous_id="c")
    linked = await knoop.link("user_id:7", "anonymous_id:c", "the same laptop")
    assert (linked.outcome, linked.rule, len(linked.profiles)) == ("Linked", None, 1)
    again = await knoop.link("user_id:7", "anonymous_id:c", "the same laptop")
    assert (again.outcome, again.change_id) == ("AlreadyLinked", linked.change_id)
    why = await knoop.explain("anonymous_id:c7", "anonymous_id:c")
    assert why.same_person
    assert why.reason == "LINKED"
    assert [(str(one.a), str(one.b), one.kind) for one in why.chain] == [
        ("anonymous_id:c7", "user_id:7", "OBSERVED"),
        ("user_id:7", "anonymous_id:c", "MANUAL"),
    ]
    assert linked.change_id is not None
    assert (await knoop.withdraw(linked.change_id, "another laptop")).outcome == "Withdrawn"
    assert _keys(await knoop.profile("anonymous_id:c")) == {"anonymous_id:c"}

    refused = await knoop.link("user_id:7", "user_id:8", "two logins")
    assert (refused.outcome, refused.rule) == ("LinkRefused", "MAX_PER_PROFILE")
    separated = await knoop.separate("user_id:7", "anonymous_id:c7", "a guest")
    assert (separated.outcome, len(separated.profiles)) == ("Separated", 2)
    why = await knoop.explain("user_id:7", "anonymous_id:c7")
    assert not why.same_person
    assert why.separation is not None
    assert (why.separation.reason, why.separation.change_id) == ("a guest", separated.change_id)
    why = await knoop.explain("user_id:7", "user_id:99")
    assert (why.reason, why.unknown) == ("UNKNOWN", (Identifier("user_id", "99"),))
    missing = await knoop.link("user_id:7", "user_id:99", "typing")
    assert missing.outcome == "UnknownIdentifier"


async def test_a_batch_keeps_the_good_and_names_the_bad(knoop: AsyncKnoop) -> None:
    told: list[Any] = [
        messages.track("Seen", user_id="7", message_id="m0"),
        {"type": "track", "userId": "7", "messageId": "m1"},
        messages.track("Seen", {"pad": "x" * 33_000}, user_id="7", message_id="m2"),
        messages.track("Seen", user_id="null", anonymous_id="c", message_id="m3"),
        messages.page(message_id="m4"),
        {"type": "page", "userId": "7", "timestamp": "soon", "messageId": "m5"},
    ]
    report = await knoop.batch(told, check=False)
    assert report.accepted == 2
    assert [(one.index, one.message_id, one.code, one.field) for one in report.refused] == [
        (1, "m1", "invalid_message", "event"),
        (2, "m2", "too_large", None),
        (4, "m4", "invalid_message", "userId"),
        (5, "m5", "invalid_message", "timestamp"),
    ]
    assert [one.message_id for one in report.warnings] == ["m3"]
    with pytest.raises(MessagesRefusedError, match="4 of 6") as caught:
        await knoop.batch(told)
    assert caught.value.report == report
    assert [one.message_id async for one in knoop.journey("user_id:7")] == ["m0"]


async def test_what_the_client_takes_for_the_limit_is_the_service_s(
    knoop: AsyncKnoop, client: httpx.AsyncClient, write_key: str
) -> None:
    # Just 32 KiB by the client's measure, in a batch of just 500 KiB.
    bare = messages.track("Seen", {"pad": ""}, user_id="7", timestamp=NOON, message_id="m00")
    room = 32 * 1024 - len(
        httpx.Request(
            "POST", "http://x", json={**bare, "timestamp": "2025-06-01T12:00:00+00:00"}
        ).content
    )
    told = [
        bare
        | {"properties": {"pad": "é" * (room // 2) + "x" * (room % 2)}, "messageId": f"m{n:02}"}
        for n in range(40)
    ]
    assert await knoop.batch(told) == BatchReport(accepted=40)
    assert await knoop.send(told[0]) == Accepted("m00")
    one_more = told[0] | {"messageId": "m000"}
    with pytest.raises(TooLargeError):
        await knoop.send(one_more)
    whole = {**one_more, "timestamp": NOON.isoformat(), "writeKey": write_key}
    assert (await client.post("/v1/track", json=whole)).status_code == 413


@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame])
async def test_a_frame_sent_twice_counts_once(knoop: AsyncKnoop, kind: Any) -> None:
    frame = kind(
        {
            "receipt": [1, 2, 3],
            "card": ["L-1", "L-2", "L-1"],
            "mail": ["ann@example.com", None, None],
            "total": [1.5, 2.5, 3.5],
            "at": [NOON, NOON, NOON + timedelta(days=1)],
        }
    )
    for _ in range(2):
        report = await knoop.send_frame(
            frame,
            {
                "identifiers.loyalty_card": "card",
                "context.traits.email": "mail",
                "timestamp": "at",
                "properties.total": "total",
            },
            constant={"type": "track", "event": "Order Completed"},
            rest="properties",
            ids=StableIds("till_north orders", ("receipt",)),
        )
        assert report == BatchReport(accepted=3)
    journey = [one async for one in knoop.journey("email:ann@example.com")]
    assert [one.properties for one in journey] == [
        {"receipt": 1, "total": 1.5},
        {"receipt": 3, "total": 3.5},
    ]
    assert [one.at for one in journey] == [NOON, NOON + timedelta(days=1)]


async def test_each_wrong_key_is_an_error_of_its_own(
    app: FastAPI, graph: Graph, write_key: str, api_key: str
) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with AsyncKnoop(
        "http://knoop", write_key=api_key, api_key="nobody", transport=transport
    ) as wrong:
        with pytest.raises(UnauthorizedError, match="this is an API key"):
            await wrong.page(anonymous_id="c")
        with pytest.raises(UnauthorizedError, match="not known"):
            await wrong.profile("user_id:7")
    weak = await add_key(graph, "weak", [Scope.PERSONAL_READ])
    async with AsyncKnoop(
        "http://knoop", write_key=write_key, api_key=weak, transport=transport
    ) as reader:
        with pytest.raises(ForbiddenError, match="identity:write"):
            await reader.link("user_id:7", "user_id:8", "why")
        with pytest.raises(InvalidError) as caught:
            await reader.send({"type": "track", "userId": "7"})
        assert (caught.value.code, caught.value.field) == ("invalid_message", "event")


async def test_what_is_wrong_with_a_query_names_the_argument(knoop: AsyncKnoop) -> None:
    with pytest.raises(InvalidError) as caught:
        await knoop.separate("user_id:7", "user_id:8", " ")
    assert (caught.value.code, caught.value.field) == ("invalid_query", "reason")
    with pytest.raises(InvalidError):
        await knoop.ask("{ nothing }")
    told = await knoop.ask("query($id: ID!) { node(id: $id) { id } }", {"id": "nobody"})
    assert told == {"node": None}


async def test_the_client_that_waits_does_the_same_over_a_port(
    app: FastAPI, write_key: str, api_key: str
) -> None:
    def live(url: str) -> list[str]:
        with Knoop(url, write_key=write_key, api_key=api_key) as knoop:
            knoop.identify({"email": "ann@example.com"}, user_id="7")
            coming = (
                messages.track(f"Seen {n}", user_id="7", timestamp=NOON + timedelta(minutes=n))
                for n in range(30)
            )
            assert knoop.batch(coming).accepted == 30
            linked = knoop.link("user_id:7", "email:ann@example.com", "certain")
            assert knoop.withdraw(str(linked.change_id), "not so certain").outcome == "Withdrawn"
            assert knoop.explain("user_id:7", "email:ann@example.com").same_person
            profile = knoop.profile("email:ann@example.com")
            assert _keys(profile) == {"user_id:7", "email:ann@example.com"}
            return [str(one.name) for one in knoop.journey("user_id:7", first=30, page=7)]

    async with Port().serving(app) as url:
        names = await asyncio.to_thread(live, url)
    assert names == [f"Seen {n}" for n in range(30)]


async def test_messages_sent_while_the_service_is_away_arrive_once(
    app: FastAPI, away: FastAPI, write_key: str, api_key: str
) -> None:
    port = Port()
    patient = Retries(attempts=30, seconds=60, first_wait=0.1, longest_wait=1)

    def send() -> str:
        with Knoop(port.url, write_key=write_key, retries=patient) as knoop:
            return knoop.track("Seen", user_id="7", timestamp=NOON).message_id

    sending = asyncio.create_task(asyncio.to_thread(send))
    await asyncio.sleep(0.5)  # Nobody listens there.
    async with port.serving(away):
        await asyncio.sleep(0.5)
    async with port.serving(app):
        message_id = await sending
        async with AsyncKnoop(port.url, api_key=api_key) as knoop:
            journey = [one async for one in knoop.journey("user_id:7")]
    assert [(one.message_id, one.at) for one in journey] == [(message_id, NOON)]


async def test_a_service_that_stays_away_is_told_with_its_wait(away: FastAPI) -> None:
    once = Retries(attempts=1)
    transport = httpx.ASGITransport(away, raise_app_exceptions=False)
    async with AsyncKnoop(
        "http://knoop", write_key="w", retries=once, transport=transport
    ) as knoop:
        with pytest.raises(UnavailableError) as caught:
            await knoop.track("Seen", user_id="7", message_id="m")
    error = caught.value
    assert (error.status, error.code, error.retry_after) == (503, "unavailable", 5.0)
    assert [one["messageId"] for one in error.unsent] == ["m"]
