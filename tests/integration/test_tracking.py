"""What becomes of each kind of message in the graph."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
IPHONE = {
    "device": {
        "id": "VENDOR-1",
        "advertisingId": "AEBE52E7-03EE-455A-B3C4-E57283966239",
        "token": "push-1",
        "type": "ios",
        "manufacturer": "Apple",
        "model": "iPhone14,2",
    },
    "os": {"name": "iOS", "version": "17.4"},
}
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)


async def _one(graph: Graph, statement: str, **parameters: object) -> Any:
    """The only value of the only row."""
    [row] = await graph.run(statement, **parameters)
    [value] = row.values()
    return value


async def _all(graph: Graph, statement: str) -> list[Any]:
    """The only column, in order."""
    return [next(iter(row.values())) for row in await graph.run(statement)]


async def _event(graph: Graph, message_id: str) -> dict[str, Any]:
    """An Event's properties, its times as Python's."""
    event: dict[str, Any] = await _one(
        graph, "MATCH (e:Event {message_id: $id}) RETURN properties(e)", id=message_id
    )
    return event | {name: event[name].to_native() for name in ("at", "received_at")}


async def _whole(graph: Graph) -> tuple[list[str], list[str]]:
    """Everything in the graph, so that two states can be compared."""
    nodes = await graph.run(
        "MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock "
        "RETURN labels(n) AS labels, properties(n) AS properties"
    )
    relationships = await graph.run(
        "MATCH (a)-[r]->(b) WHERE NOT a:Migration "
        "RETURN properties(a) AS a, type(r) AS type, properties(r) AS r, properties(b) AS b"
    )
    return sorted(map(repr, nodes)), sorted(map(repr, relationships))


# --- The event ---


async def test_an_event_is_a_node_with_everything_that_was_said_of_it(
    web: Sender, graph: Graph
) -> None:
    before = datetime.now(UTC)
    await web.accept(
        "track",
        {
            "messageId": "m1",
            "event": "Order Completed",
            "userId": "7",
            "anonymousId": "cookie-1",
            "timestamp": "2025-06-01T14:00:00.123456+02:00",
            "properties": {"total": 12.5, "items": 3, "gift": True, "tags": ["a", "b"]},
            "context": {
                "ip": "192.0.2.1",
                "locale": "nl-NL",
                "page": {"url": "https://shop.example/", "depth": 2},
                "campaign": {"source": "spring", "medium": "email"},
                "app": {"name": "shop", "nested": {"is": "left out"}},
            },
        },
    )
    event = await _event(graph, "m1")
    assert before <= event.pop("received_at") <= datetime.now(UTC)
    assert event == {
        "message_id": "m1",
        "type": "track",
        "name": "Order Completed",
        "at": datetime(2025, 6, 1, 12, 0, 0, 123456, tzinfo=UTC),
        "channel": "email",
        "traffic_source": "spring",
        "traffic_medium": "email",
        "source": "web",
        "by": "user_id:7",
        "total": 12.5,
        "items": 3,
        "gift": True,
        "tags": ["a", "b"],
        "context_ip": "192.0.2.1",
        "context_locale": "nl-NL",
        "context_page_url": "https://shop.example/",
        "context_page_depth": 2,
        "context_campaign_source": "spring",
        "context_campaign_medium": "email",
        "context_app_name": "shop",
    }


async def test_an_event_hangs_on_its_strongest_identifier_names_the_others_and_its_source(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "track",
        {
            "messageId": "m1",
            "event": "Viewed",
            "anonymousId": "cookie-1",
            "context": {"traits": {"email": "ann@example.com"}, **IPHONE},
        },
    )
    assert await _all(graph, "MATCH (:Event)-[:BY]->(i) RETURN i.key") == ["email:ann@example.com"]
    assert await _all(graph, "MATCH (:Event)-[:NAMES]->(i) RETURN i.key ORDER BY i.key") == [
        "anonymous_id:cookie-1",
        "ios.id:VENDOR-1",
        "ios.idfa:aebe52e7-03ee-455a-b3c4-e57283966239",
        "ios.push_token:push-1",
    ]
    assert await _all(graph, "MATCH (:Event)-[:FROM]->(s:Source) RETURN s.id") == ["web"]


@pytest.mark.parametrize(
    ("door", "kind", "special", "name"),
    [
        ("identify", "identify", {"traits": {"a": 1}}, None),
        ("i", "identify", {}, None),
        ("track", "track", {"event": "Clicked"}, "Clicked"),
        ("t", "track", {"event": "Clicked"}, "Clicked"),
        ("page", "page", {"name": "Home"}, "Home"),
        ("page", "page", {}, None),
        ("p", "page", {"name": "Home"}, "Home"),
        ("screen", "screen", {"name": "Start"}, "Start"),
        ("s", "screen", {"name": "Start"}, "Start"),
        ("group", "group", {"groupId": "acme", "name": "not an event's"}, None),
        ("g", "group", {"groupId": "acme"}, None),
        ("alias", "alias", {"previousId": "cookie-1"}, None),
        ("a", "alias", {"previousId": "cookie-1"}, None),
        ("merge", "merge", {"mergeProperties": [{"type": "email", "value": "a@b.nl"}] * 2}, None),
    ],
)
async def test_every_kind_of_message_has_its_door(
    web: Sender, graph: Graph, door: str, kind: str, special: dict[str, Any], name: str | None
) -> None:
    # The door decides about the type, not the body.
    await web.accept(door, {"messageId": "m1", "type": "nonsense", "userId": "7", **special})
    event = await _event(graph, "m1")
    assert (event["type"], event.get("name"), event["by"], event["at"]) == (
        kind,
        name,
        "user_id:7",
        NOON,
    )


@pytest.mark.parametrize("door", ["batch", "b"])
async def test_a_batch_stores_all_its_messages_each_by_its_own_type(
    web: Sender, graph: Graph, door: str
) -> None:
    messages: list[dict[str, Any]] = [
        {"type": "identify", "messageId": "m1", "userId": "7", "timestamp": "2025-06-01T12:00Z"},
        {"type": "track", "messageId": "m2", "anonymousId": "c", "event": "Clicked"},
        {"type": "alias", "messageId": "m3", "userId": "7", "previousId": "c"},
    ]
    answer = await web.client.post(
        f"/v1/{door}", json={"batch": messages, "writeKey": web.write_key}
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await _all(graph, "MATCH (e:Event) RETURN e.type ORDER BY e.message_id") == [
        "identify",
        "track",
        "alias",
    ]


async def test_a_batch_may_say_context_and_the_time_of_sending_once_for_all(
    web: Sender, graph: Graph
) -> None:
    answer = await web.batch(
        {"type": "page", "messageId": "m1", "userId": "7", "context": {"locale": "nl-NL"}},
        {"type": "page", "messageId": "m2", "userId": "8", "sentAt": "2025-01-02T00:00:00Z"}
        | {"originalTimestamp": "2025-01-01T00:00:00Z"},
        context={"ip": "192.0.2.1", "locale": "en-GB"},
        sentAt="2025-01-01T01:00:00Z",
    )
    assert answer.json() == {"success": True}
    first, second = await _event(graph, "m1"), await _event(graph, "m2")
    assert (first["context_ip"], first["context_locale"]) == ("192.0.2.1", "nl-NL")
    assert (second["context_ip"], second["context_locale"]) == ("192.0.2.1", "en-GB")
    assert (second["received_at"] - second["at"]).days == 1


async def test_a_wrong_clock_does_no_harm(web: Sender, graph: Graph) -> None:
    await web.accept(
        "track",
        {
            "messageId": "m1",
            "event": "Clicked",
            "userId": "7",
            "timestamp": None,
            "originalTimestamp": "2001-01-01T00:00:00Z",
            "sentAt": "2001-01-01T00:10:00Z",
        },
    )
    event = await _event(graph, "m1")
    assert (event["received_at"] - event["at"]).total_seconds() == 600


async def test_a_message_without_an_id_is_given_one(web: Sender, graph: Graph) -> None:
    for message_id in (None, ""):
        await web.accept("page", {"userId": "7", "messageId": message_id})
    ids = await _all(graph, "MATCH (e:Event) RETURN e.message_id")
    assert len(set(ids)) == 2
    assert all(len(id_) == 36 for id_ in ids)


async def test_a_message_may_be_text_plain_and_hold_its_write_key(
    web: Sender, graph: Graph
) -> None:
    answer = await web.client.post(
        "/v1/p",
        content=orjson.dumps({"userId": "7", "messageId": "m1", "writeKey": web.write_key}),
        headers={"Content-Type": "text/plain"},
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert (await _event(graph, "m1"))["source"] == "web"


# --- Properties ---

ODD_PROPERTIES: dict[str, Any] = {
    # What an event says of itself, or the service keeps for itself.
    **dict.fromkeys(
        ["message_id", "type", "name", "at", "received_at", "channel", "source", "by"], "mine"
    ),
    **dict.fromkeys(["device", "dropped", "unknown_namespaces", "contradiction"], "mine"),
    **dict.fromkeys(["properties_json", "properties_type", "properties_properties_x"], "mine"),
    **dict.fromkeys(["context_ip", "context_", "value", "key", "id", "locked"], "mine"),
    "is_new": True,
    # What a node cannot hold as it is.
    "nested": {"a": [1, {"b": None}], "c": "d"},
    "mixed": [1, "a", 2.5, None, True],
    "numbers": [1, 2.5],
    "lists": [[1], [2]],
    "empty list": [],
    "empty table": {},
    "null": None,
    "huge": 2**63,
    "huge list": [1, 2**64 - 1],
    # What it can.
    "least": -(2**63) + 1,
    "most": 2**63 - 1,
    "tiny": 5e-324,
    "float": 1.7976931348623157e308,
    "zero": 0.0,
    "text": "",
    "texts": ["", "😀"],
    "truths": [True, False],
    # Names.
    "": "no name",
    "with space": 1,
    "with.dot": 1,
    "`": 1,
    "```) DETACH DELETE n //": 1,
    "\\u0060": 1,
    "$param": 1,
    "quote\"'": 1,
    "newline\n": 1,
    "😀": 1,
    "n" * 128: 1,
    "n" * 129: 1,
    "n" * 5000: 1,
}


async def test_properties_come_back_just_as_they_were_sent(web: Sender, reader: Reader) -> None:
    await web.accept(
        "track",
        {"messageId": "m1", "event": "Odd", "userId": "7", "properties": ODD_PROPERTIES},
    )
    data = await reader.ask(
        'query { profile(identifier: {namespace: "user_id", value: "7"}) '
        "{ touchpoints { edges { node { messageId type name properties } } } } }"
    )
    assert data["profile"]["touchpoints"]["edges"] == [
        {
            "node": {
                "messageId": "m1",
                "type": "track",
                "name": "Odd",
                "properties": ODD_PROPERTIES,
            }
        }
    ]


async def test_a_property_never_takes_the_place_of_what_the_event_says_of_itself(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "track",
        {"messageId": "m1", "event": "Odd", "userId": "7", "properties": ODD_PROPERTIES},
    )
    event = await _event(graph, "m1")
    assert (event["type"], event["name"], event["at"], event["by"], event["source"]) == (
        "track",
        "Odd",
        NOON,
        "user_id:7",
        "web",
    )
    assert (event["properties_type"], event["properties_name"]) == ("mine", "mine")
    assert event["with.dot"] == 1
    assert await _one(graph, "MATCH (n:Event) RETURN count(n)") == 1


@pytest.mark.parametrize("value", [True, "yes", 1, [True]])
async def test_a_property_named_is_new_does_not_make_a_known_message_new(
    web: Sender, graph: Graph, value: object
) -> None:
    body = {
        "messageId": "m1",
        "event": "Viewed",
        "userId": "7",
        "anonymousId": "cookie-1",
        "properties": {"is_new": value},
    }
    await web.accept("track", body)
    once = await _whole(graph)
    await web.accept("track", body)
    assert await _whole(graph) == once
    assert await _one(graph, "MATCH ()-[s:SEEN_WITH]->() RETURN s.count") == 1


# --- Identifiers ---


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("identify", {"traits": {"email": "  Ann.B+x@Example.COM "}}, "email:ann.b+x@example.com"),
        ("page", {"context": {"traits": {"email": "A@B.nl"}}}, "email:a@b.nl"),
        ("identify", {"traits": {"phone": "+31 (0)6 1234-5678"}}, "phone:+31612345678"),
        ("page", {"context": {"traits": {"phone": "0031"}}, "userId": "x"}, "user_id:x"),
        ("page", {"userId": 7}, "user_id:7"),
        ("page", {"userId": " Ann "}, "user_id:Ann"),
        ("page", {"userId": "e\u0301"}, "user_id:\u00e9"),
        ("page", {"anonymousId": 2**62}, f"anonymous_id:{2**62}"),
        ("identify", {"traits": {"loyalty_number": 12}}, "loyalty_card:12"),
        ("page", {"context": {"device": {"id": "d", "type": "iOS"}}}, "ios.id:d"),
        ("page", {"context": {"device": {"id": "d", "type": "android"}}}, "android.id:d"),
        ("page", {"context": {"device": {"id": "d"}}}, "device.id:d"),
        (
            "page",
            {"context": {"device": {"type": "android", "advertisingId": "A" * 32}}},
            "android.idfa:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
        ),
        (
            "page",
            {"context": {"device": {"type": "android", "token": "T"}}},
            "android.push_token:T",
        ),
        (
            "page",
            {"context": {"externalIds": [{"id": 5, "type": "crm_id", "collection": "users"}]}},
            "crm_id:5",
        ),
    ],
)
async def test_each_field_of_the_spec_names_an_identifier_in_one_spelling(
    web: Sender, graph: Graph, kind: str, body: dict[str, Any], key: str
) -> None:
    assert (await web.send(kind, body)).status_code == 200
    assert await _all(graph, "MATCH (i:Identifier) RETURN i.key") == [key]
    namespace, _, value = key.partition(":")
    found = await graph.run(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(p) RETURN i.namespace AS namespace, i.value AS value,"
        " i.shared AS shared, p.id = i.born_as AS own"
    )
    assert found == [{"namespace": namespace, "value": value, "shared": False, "own": True}]


async def test_an_identifier_knows_when_it_was_first_and_last_seen_whatever_came_first(
    web: Sender, graph: Graph
) -> None:
    for day in (5, 2, 9, 7):
        await web.accept("page", {"userId": "7", "timestamp": f"2025-06-0{day}T00:00:00Z"})
    first, last = await _one(graph, "MATCH (i:Identifier) RETURN [i.first_seen, i.last_seen]")
    assert (first.to_native(), last.to_native()) == (
        datetime(2025, 6, 2, tzinfo=UTC),
        datetime(2025, 6, 9, tzinfo=UTC),
    )


# --- Devices ---


async def test_a_phone_is_a_device_and_all_that_it_reports_is_on_it(
    web: Sender, graph: Graph
) -> None:
    await web.accept("screen", {"messageId": "m1", "anonymousId": "install-1", "context": IPHONE})
    device = await _one(graph, "MATCH (d:Device) RETURN properties(d)")
    assert device.pop("seen_at").to_native() == NOON
    assert device == {
        "id": "ios.id:VENDOR-1",
        "kind": "phone",
        "make": "Apple",
        "model": "iPhone14,2",
        "os": "iOS",
        "os_version": "17.4",
    }
    assert await _all(graph, "MATCH (i)-[:ON]->(:Device) RETURN i.namespace ORDER BY i.key") == [
        "anonymous_id",
        "ios.id",
        "ios.idfa",
        "ios.push_token",
    ]
    assert (await _event(graph, "m1"))["device"] == "ios.id:VENDOR-1"


async def test_a_browser_is_a_device_known_by_its_cookie(web: Sender, graph: Graph) -> None:
    await web.accept(
        "page",
        {"anonymousId": "cookie-1", "userId": "7", "context": {"userAgent": CHROME}},
    )
    device = await _one(graph, "MATCH (d:Device) RETURN properties(d)")
    assert {name: device[name] for name in ("id", "kind", "os", "browser")} == {
        "id": "anonymous_id:cookie-1",
        "kind": "desktop",
        "os": "Windows",
        "browser": "Chrome",
    }
    # A person is on no device: only what stands for it is.
    assert await _all(graph, "MATCH (i)-[:ON]->() RETURN i.key") == ["anonymous_id:cookie-1"]


async def test_a_user_agent_without_anything_that_stands_for_the_device_makes_none(
    web: Sender, graph: Graph
) -> None:
    await web.accept("page", {"messageId": "m1", "userId": "7", "context": {"userAgent": CHROME}})
    assert await _one(graph, "MATCH (d:Device) RETURN count(d)") == 0
    event = await _event(graph, "m1")
    assert "device" not in event
    assert event["context_userAgent"] == CHROME


async def test_the_latest_word_on_a_device_holds_whatever_came_last(
    web: Sender, graph: Graph
) -> None:
    for day, version in ((5, "17.5"), (1, "17.1"), (9, "17.9"), (7, "17.7")):
        context = IPHONE | {"os": {"name": "iOS", "version": version}}
        await web.accept(
            "screen",
            {"anonymousId": "i", "timestamp": f"2025-06-0{day}T00:00Z", "context": context},
        )
    assert await _all(graph, "MATCH (d:Device) RETURN d.os_version") == ["17.9"]


# --- Accounts ---


async def test_a_login_and_a_loyalty_card_are_accounts_of_their_identifiers(
    web: Sender, graph: Graph
) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"loyalty_number": "L1"}})
    found = await graph.run(
        "MATCH (i:Identifier)-[:OF]->(a:Account) RETURN i.key AS identifier, a {.*} AS account "
        "ORDER BY i.key"
    )
    assert found == [
        {
            "identifier": "loyalty_card:L1",
            "account": {
                "key": "loyalty_card:L1",
                "kind": "loyalty_card",
                "id": "L1",
                "shared": False,
            },
        },
        {
            "identifier": "user_id:7",
            "account": {"key": "login:7", "kind": "login", "id": "7", "shared": False},
        },
    ]


async def test_an_organization_has_members_and_traits_and_makes_nobody_one_person(
    web: Sender, graph: Graph
) -> None:
    traits = {"name": "ACME", "email": "info@acme.example", "seats": {"paid": 3}}
    for user in ("7", "8"):
        await web.accept("group", {"userId": user, "groupId": " acme ", "traits": traits})
    await web.accept("page", {"userId": "9", "context": {"groupId": "acme"}})
    members = "MATCH (i)-[:MEMBER_OF]->(a:Account {key: 'organization:acme', shared: true}) "
    assert await _all(graph, f"{members} RETURN i.key ORDER BY i.key") == [
        "user_id:7",
        "user_id:8",
        "user_id:9",
    ]
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 3
    said = await graph.run(
        "MATCH (:Account {key: 'organization:acme'})-[:HAS]->(t:Trait) "
        "RETURN t.name AS name, t.value AS value, t.value_json AS json ORDER BY name"
    )
    assert said == [
        {"name": "email", "value": "info@acme.example", "json": None},
        {"name": "name", "value": "ACME", "json": None},
        {"name": "seats", "value": None, "json": '{"paid":3}'},
    ]
    # The traits of a group are nobody's own.
    assert await _one(graph, "MATCH (:Identifier)-[:HAS]->(t) RETURN count(t)") == 0
    assert await _one(graph, "MATCH (i:Identifier {namespace: 'email'}) RETURN count(i)") == 0


async def test_a_household_is_shared(web: Sender, graph: Graph) -> None:
    for user in ("7", "8"):
        await web.accept("identify", {"userId": user, "traits": {"household_id": 12}})
    assert await _all(
        graph,
        "MATCH (i)-[:MEMBER_OF]->(:Account {key: 'household:12', shared: true}) "
        "RETURN i.key ORDER BY i.key",
    ) == ["user_id:7", "user_id:8"]
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 2


# --- Traits and consents ---


async def test_of_each_trait_every_sources_latest_value_is_kept_whatever_came_last(
    web: Sender, till: Sender, graph: Graph
) -> None:
    for sender, day, city in (
        (web, 5, "Utrecht"),
        (web, 2, "Assen"),
        (till, 3, "Breda"),
        (web, 9, "Zwolle"),
        (web, 7, "Delft"),
    ):
        await sender.accept(
            "identify",
            {"userId": "7", "timestamp": f"2025-06-0{day}T00:00Z", "traits": {"city": city}},
        )
    rows = await graph.run(
        "MATCH (:Identifier {key: 'user_id:7'})-[:HAS]->(t:Trait) "
        "RETURN t.name AS name, t.source AS source, t.value AS value, t.at.day AS day "
        "ORDER BY source"
    )
    assert rows == [
        {"name": "city", "source": "till", "value": "Breda", "day": 3},
        {"name": "city", "source": "web", "value": "Zwolle", "day": 9},
    ]


@pytest.mark.parametrize("order", [("m1", "m2"), ("m2", "m1")])
@pytest.mark.parametrize("together", [True, False])
async def test_of_two_values_said_at_one_time_the_same_wins_in_any_order(
    web: Sender, graph: Graph, order: tuple[str, str], together: bool
) -> None:
    messages: list[dict[str, Any]] = [
        {
            "type": "identify",
            "messageId": message_id,
            "userId": "7",
            "timestamp": "2025-06-01T00:00Z",
            "traits": {"city": f"said by {message_id}"},
        }
        for message_id in order
    ]
    for batch in [messages] if together else [[one] for one in messages]:
        assert (await web.batch(*batch)).json() == {"success": True}
    assert await _all(graph, "MATCH (t:Trait) RETURN t.value") == ["said by m2"]


async def test_a_trait_that_is_null_says_nothing(web: Sender, graph: Graph) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"city": "Assen", "age": None}})
    await web.accept(
        "identify", {"userId": "7", "timestamp": "2025-07-01T00:00Z", "traits": {"city": None}}
    )
    assert await _all(graph, "MATCH (t:Trait) RETURN [t.name, t.value]") == [["city", "Assen"]]


async def test_traits_may_come_in_the_context_and_those_of_the_message_win(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "identify",
        {
            "userId": "7",
            "traits": {"city": "Assen"},
            "context": {"traits": {"city": "Breda", "age": 44}},
        },
    )
    assert await _all(graph, "MATCH (t:Trait) RETURN [t.name, t.value] ORDER BY t.name") == [
        ["age", 44],
        ["city", "Assen"],
    ]


async def test_each_yes_and_no_is_kept_with_its_source_and_times(
    web: Sender, till: Sender, graph: Graph
) -> None:
    for sender, day, granted in ((web, 5, True), (web, 2, True), (till, 3, True), (web, 4, False)):
        consent = {"categoryPreferences": {"marketing": granted}, "legalBasis": f"day {day}"}
        await sender.accept(
            "identify",
            {
                "userId": "7",
                "anonymousId": "cookie-1",
                "timestamp": f"2025-06-0{day}T00:00Z",
                "context": {"consent": consent},
            },
        )
    rows = await graph.run(
        "MATCH (:Identifier {key: 'user_id:7'})-[:GAVE]->(c:Consent) RETURN c.source AS source, "
        "c.granted AS granted, c.purpose AS purpose, c.legal_basis AS basis, "
        "c.first_at.day AS first, c.at.day AS last ORDER BY source, granted"
    )
    assert rows == [
        {"source": "till", "granted": True, "first": 3, "last": 3, "basis": "day 3"}
        | {"purpose": "marketing"},
        {"source": "web", "granted": False, "first": 4, "last": 4, "basis": "day 4"}
        | {"purpose": "marketing"},
        {"source": "web", "granted": True, "first": 2, "last": 5, "basis": "day 5"}
        | {"purpose": "marketing"},
    ]


# --- Evidence, and what it decides ---

LINKS = (
    "MATCH (a)-[s:SEEN_WITH]->(b) RETURN a.key AS a, b.key AS b, s.kind AS kind, s.count AS count, "
    "s.sources AS sources, s.first_seen.day AS first, s.last_seen.day AS last ORDER BY a, b, kind"
)


async def test_evidence_for_a_pair_adds_up(web: Sender, till: Sender, graph: Graph) -> None:
    for sender, day in ((web, 5), (web, 2), (till, 9), (web, 7)):
        await sender.accept(
            "page",
            {"userId": "7", "anonymousId": "c", "timestamp": f"2025-06-0{day}T00:00Z"},
        )
    assert await graph.run(LINKS) == [
        {"a": "anonymous_id:c", "b": "user_id:7", "kind": "observed", "count": 4}
        | {"sources": ["web", "till"], "first": 2, "last": 9}
    ]


async def test_a_message_is_evidence_for_every_pair_that_it_names(
    web: Sender, graph: Graph
) -> None:
    await web.accept("identify", {"userId": "7", "anonymousId": "c", "traits": {"email": "a@b.nl"}})
    pairs = [(row["a"], row["b"]) for row in await graph.run(LINKS)]
    assert pairs == [
        ("anonymous_id:c", "email:a@b.nl"),
        ("anonymous_id:c", "user_id:7"),
        ("email:a@b.nl", "user_id:7"),
    ]
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 1


async def test_an_address_on_the_internet_is_evidence_for_nothing(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "page", {"userId": "7", "context": {"externalIds": [{"type": "ip", "id": "192.0.2.1"}]}}
    )
    assert await graph.run(LINKS) == []
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 2


async def test_an_alias_declares_that_two_ids_are_one_person(web: Sender, graph: Graph) -> None:
    await web.accept("page", {"userId": "7", "anonymousId": "c"})
    await web.accept(
        "alias",
        {"userId": "7", "previousId": "c", "context": {"traits": {"email": "a@b.nl"}}},
    )
    found = [(row["a"], row["b"], row["kind"], row["count"]) for row in await graph.run(LINKS)]
    assert found == [
        ("anonymous_id:c", "email:a@b.nl", "observed", 1),
        ("anonymous_id:c", "user_id:7", "declared", 1),
        ("anonymous_id:c", "user_id:7", "observed", 1),
        ("email:a@b.nl", "user_id:7", "observed", 1),
    ]


async def test_a_merge_declares_that_its_identifiers_are_one_person(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "merge",
        {
            "mergeProperties": [
                {"type": "email", "value": "ANN@example.com"},
                {"type": "loyalty_card", "value": 12},
                {"type": "user_id", "value": "7"},
            ]
        },
    )
    found = [(row["a"], row["b"], row["kind"]) for row in await graph.run(LINKS)]
    assert found == [
        ("email:ann@example.com", "loyalty_card:12", "declared"),
        ("email:ann@example.com", "user_id:7", "declared"),
        ("loyalty_card:12", "user_id:7", "declared"),
    ]
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 1


async def test_a_merge_keeps_the_older_profiles_id_and_the_other_leads_there(
    web: Sender, reader: Reader
) -> None:
    query = "query($i: IdentifierInput!) { profile(identifier: $i) { id formerIds } }"
    cookie = {"namespace": "anonymous_id", "value": "c"}
    user = {"namespace": "user_id", "value": "7"}
    await web.accept("page", {"anonymousId": "c", "timestamp": "2025-06-09T00:00Z"})
    await web.accept("page", {"userId": "7", "timestamp": "2025-06-01T00:00Z"})
    older = (await reader.ask(query, i=cookie))["profile"]
    younger = (await reader.ask(query, i=user))["profile"]
    assert older["id"] != younger["id"]
    await web.accept("identify", {"userId": "7", "anonymousId": "c"})
    # The older is the one that was stored first, whatever the times in the messages.
    merged = {"id": older["id"], "formerIds": [younger["id"]]}
    assert (await reader.ask(query, i=cookie))["profile"] == merged
    assert (await reader.ask(query, i=user))["profile"] == merged
    by_id = "query($id: ID!) { profile(id: $id) { id formerIds } }"
    assert (await reader.ask(by_id, id=younger["id"]))["profile"] == merged


async def test_a_merge_is_remembered_with_the_message_that_caused_it(
    web: Sender, graph: Graph
) -> None:
    await web.accept("page", {"anonymousId": "c"})
    await web.accept("page", {"userId": "7"})
    await web.accept("identify", {"messageId": "met", "userId": "7", "anonymousId": "c"})
    rows = await graph.run(
        "MATCH (c:Change) RETURN c.kind AS kind, c.message_id AS message_id, "
        "size(c.profiles) AS profiles, [(c)-[:CONCERNS]->(i) | i.key] AS concerns"
    )
    assert rows == [
        {"kind": "merged", "message_id": "met", "profiles": 2, "concerns": ["user_id:7"]}
    ]


# --- Again, and at once ---

FULL: dict[str, Any] = {
    "messageId": "m1",
    "userId": "7",
    "anonymousId": "c",
    "groupId": "acme",
    "traits": {"email": "a@b.nl", "city": "Assen", "loyalty_number": "L1"},
    "context": {"consent": {"categoryPreferences": {"marketing": True}}, **IPHONE},
}


async def test_a_message_that_comes_again_changes_nothing(web: Sender, graph: Graph) -> None:
    await web.accept("identify", FULL)
    once = await _whole(graph)
    assert len(once[0]) > 15
    for _ in range(3):
        await web.accept("identify", FULL)
    await web.batch(FULL | {"type": "identify"}, FULL | {"type": "identify"})
    assert await _whole(graph) == once


async def test_a_message_id_that_comes_again_with_other_content_changes_nothing(
    web: Sender, till: Sender, graph: Graph
) -> None:
    await web.accept("identify", FULL)
    once = await _whole(graph)
    other = {"messageId": "m1", "userId": "8", "anonymousId": "c", "event": "Other"}
    await till.accept("track", other | {"properties": {"is_new": True}})
    await web.accept("alias", {"messageId": "m1", "userId": "8", "previousId": "c"})
    assert await _whole(graph) == once


async def test_of_two_messages_of_one_id_in_a_batch_the_first_is_kept(
    web: Sender, graph: Graph
) -> None:
    same = {"type": "track", "messageId": "m1", "userId": "7", "anonymousId": "c"}
    answer = await web.batch(same | {"event": "First"}, same | {"event": "Second"})
    assert answer.json() == {"success": True}
    assert await _all(graph, "MATCH (e:Event) RETURN e.name") == ["First"]
    assert await _one(graph, "MATCH ()-[s:SEEN_WITH]->() RETURN s.count") == 1


async def test_one_message_from_many_senders_at_once_counts_once(
    web: Sender, graph: Graph, rules: Rules
) -> None:
    # Two services over one graph: within one, commits take turns.
    other = build_app(graph, rules, Settings())
    transport = httpx.ASGITransport(other, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        senders = [web, Sender(client, web.write_key)]
        answers = await asyncio.gather(
            *(senders[n % 2].send("identify", FULL | {"messageId": f"m{n % 4}"}) for n in range(24))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert await _one(graph, "MATCH (e:Event) RETURN count(e)") == 4
    assert set(await _all(graph, "MATCH ()-[s:SEEN_WITH]->() RETURN s.count")) == {4}
    assert await _one(graph, "MATCH (p:Profile) RETURN count(p)") == 1
    assert await _one(graph, "MATCH (t:Trait {name: 'city'}) RETURN count(t)") == 1


async def test_people_who_meet_at_once_through_two_services_are_one(
    web: Sender, graph: Graph, rules: Rules
) -> None:
    other = build_app(graph, rules, Settings())
    transport = httpx.ASGITransport(other, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        senders = [web, Sender(client, web.write_key)]
        chain = [
            {"userId": "7", "anonymousId": f"c{n}"} if n % 3 else {"anonymousId": f"c{n}"}
            for n in range(24)
        ]
        answers = await asyncio.gather(
            *(senders[n % 2].send("identify", body) for n, body in enumerate(chain))
        )
    assert {answer.status_code for answer in answers} == {200}
    sizes = await _all(
        graph, "MATCH (p:Profile)<-[:IDENTIFIES]-(i) WITH p, count(i) AS n RETURN n ORDER BY n"
    )
    assert sizes == [1] * 8 + [17]
    # Every profile bears the id of that one of its identifiers which was stored first.
    assert await _one(
        graph,
        "MATCH (p:Profile)<-[:IDENTIFIES]-(i) WITH p, collect(i.born_as) AS ids "
        "RETURN all(found IN collect(p.id IN ids) WHERE found)",
    )
