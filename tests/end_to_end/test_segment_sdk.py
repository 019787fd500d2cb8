"""A person's life, sent by the SDK that people already have, read by GraphQL and by Cypher."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from segment import analytics  # type: ignore[import-untyped]

from service.access import add_source
from service.store.graph import Graph

BEGAN = datetime(2025, 3, 1, 9, tzinfo=UTC)
LAPTOP = {
    "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
}
PHONE = {
    "device": {"id": "VENDOR-1", "type": "ios", "manufacturer": "Apple", "model": "iPhone14,2"},
    "os": {"name": "iOS", "version": "17.4"},
}
# What happened, in order: type, name, channel, kind of device, and whose identifier it was.
JOURNEY = [
    ("page", "Home", "email", "desktop", "anonymous_id:laptop-cookie"),
    ("track", "Product Viewed", "web", "desktop", "anonymous_id:laptop-cookie"),
    ("screen", "Start", "web", "phone", "ios.id:VENDOR-1"),
    ("identify", None, "web", "desktop", "user_id:ann-7"),
    ("track", "Order Completed", "web", "desktop", "user_id:ann-7"),
    ("identify", None, "web", "phone", "user_id:ann-7"),
    ("screen", "Orders", "web", "phone", "ios.id:VENDOR-1"),
    ("track", "Order Completed", "store", None, "loyalty_card:L-2007"),
]
QUERY = """
query($namespace: String!, $value: String!) {
  profile(identifier: {namespace: $namespace, value: $value}) {
    id
    formerIds
    identifiers { namespace value }
    traits { name value }
    devices { id }
    accounts { key }
    touchpoints {
      edges { node { at type name channel device { kind } identifier { namespace value }
                     messageId properties } }
      pageInfo { hasNextPage }
    }
  }
}"""


def _hours(hours: float) -> datetime:
    return BEGAN + timedelta(hours=hours)


def _live_online() -> None:
    """What the web shop and the app send; the SDK's own thread posts it."""
    mail = {**LAPTOP, "campaign": {"source": "spring", "medium": "email"}}
    analytics.page(anonymous_id="laptop-cookie", name="Home", context=mail, timestamp=_hours(0))
    analytics.track(
        anonymous_id="laptop-cookie",
        event="Product Viewed",
        properties={"sku": "boots-43", "price": 89.95},
        context={**LAPTOP},
        timestamp=_hours(1),
    )
    analytics.screen(
        anonymous_id="phone-install", name="Start", context={**PHONE}, timestamp=_hours(24)
    )
    analytics.identify(
        "ann-7",
        {"email": "Ann@Example.com", "firstName": "Ann", "loyalty_number": "L-2007"},
        anonymous_id="laptop-cookie",
        context={**LAPTOP},
        timestamp=_hours(48),
    )
    analytics.track(
        "ann-7",
        "Order Completed",
        {"order_id": "web-1", "total": 89.95, "lines": [{"sku": "boots-43", "quantity": 1}]},
        anonymous_id="laptop-cookie",
        context={**LAPTOP},
        timestamp=_hours(49),
    )
    analytics.identify(
        "ann-7", anonymous_id="phone-install", context={**PHONE}, timestamp=_hours(72)
    )
    analytics.screen(
        anonymous_id="phone-install", name="Orders", context={**PHONE}, timestamp=_hours(73)
    )
    analytics.shutdown()


def _buy_at_the_till(write_key: str, url: str) -> None:
    """What the till knows is the card; the SDK wants an id, so each receipt is a visitor."""
    till = analytics.Client(write_key, host=url)
    card = {"id": "L-2007", "type": "loyalty_card", "collection": "users", "encoding": "none"}
    till.track(
        anonymous_id="receipt-9001",
        event="Order Completed",
        properties={"order_id": "till-1", "total": 12},
        context={"externalIds": [card]},
        timestamp=_hours(96),
    )
    till.shutdown()


async def _ask(url: str, api_key: str, key: str) -> dict[str, Any]:
    namespace, _, value = key.partition(":")
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post(
            "/graphql",
            json={"query": QUERY, "variables": {"namespace": namespace, "value": value}},
            headers={"Authorization": f"Bearer {api_key}"},
        )
    body = answer.json()
    assert "errors" not in body
    profile: dict[str, Any] = body["data"]["profile"]
    return profile


async def test_a_life_sent_by_the_unmodified_sdk_is_one_profile_with_one_journey(
    url: str, graph: Graph, write_key: str, api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the host and the write key are set.
    monkeypatch.setattr(analytics, "default_client", None)
    monkeypatch.setattr(analytics, "host", url)
    monkeypatch.setattr(analytics, "write_key", write_key)
    # The till was offline: it sends before anybody knows whose card it is.
    await asyncio.to_thread(_buy_at_the_till, await add_source(graph, "till", channel="store"), url)
    await asyncio.to_thread(_live_online)

    profile = await _ask(url, api_key, "email:ANN@example.com")
    identifiers = {f"{one['namespace']}:{one['value']}" for one in profile["identifiers"]}
    assert identifiers == {
        "user_id:ann-7",
        "email:ann@example.com",
        "loyalty_card:L-2007",
        "anonymous_id:laptop-cookie",
        "anonymous_id:phone-install",
        "anonymous_id:receipt-9001",
        "ios.id:VENDOR-1",
    }
    assert {trait["name"]: trait["value"] for trait in profile["traits"]} == {
        "email": "Ann@Example.com",
        "firstName": "Ann",
        "loyalty_number": "L-2007",
    }
    assert [device["id"] for device in profile["devices"]] == [
        "anonymous_id:laptop-cookie",
        "ios.id:VENDOR-1",
    ]
    assert [account["key"] for account in profile["accounts"]] == [
        "login:ann-7",
        "loyalty_card:L-2007",
    ]
    assert not profile["touchpoints"]["pageInfo"]["hasNextPage"]
    told = [edge["node"] for edge in profile["touchpoints"]["edges"]]
    journey = [
        (
            one["type"],
            one["name"],
            one["channel"],
            one["device"] and one["device"]["kind"],
            "{namespace}:{value}".format(**one["identifier"]),
        )
        for one in told
    ]
    assert journey == JOURNEY
    assert [datetime.fromisoformat(one["at"]) for one in told] == [
        _hours(hours) for hours in (0, 1, 24, 48, 49, 72, 73, 96)
    ]
    assert told[4]["properties"] == {
        "order_id": "web-1",
        "total": 89.95,
        "lines": [{"sku": "boots-43", "quantity": 1}],
    }

    # Every identifier leads to this profile, and to no other.
    for key in identifiers:
        assert await _ask(url, api_key, key) == profile
    [people] = await graph.run("MATCH (p:Profile) RETURN count(p) AS n")
    assert people == {"n": 1}

    # An analyst is told the same.
    rows = await graph.run("CALL custom.knoop.journey('email:ann@example.com')")
    assert [
        (
            row["type"],
            row["name"],
            row["channel"],
            row["device"] and row["device"]["kind"],
            row["identifier"],
        )
        for row in rows
    ] == JOURNEY
    assert [(row["at"].to_native().isoformat(), row["message_id"]) for row in rows] == [
        (one["at"], one["messageId"]) for one in told
    ]
    [row] = await graph.run("CALL custom.knoop.profile('email:ann@example.com')")
    assert (row["id"], row["former_ids"]) == (profile["id"], profile["formerIds"])
    assert {one["key"] for one in row["identifiers"]} == identifiers
    by_id = await graph.run("CALL custom.knoop.profile($id) YIELD id", id=profile["formerIds"][0])
    assert by_id == [{"id": profile["id"]}]
