"""Finding profiles through GraphQL: by each condition, by several, and in pages that stay right."""

from __future__ import annotations

import base64
import random
from typing import Any

import httpx
import orjson
import pytest

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.round_trips import counted_round_trips

QUERY = """
query($filter: ProfileFilter, $first: Int, $after: String) {
  profiles(filter: $filter, first: $first, after: $after) {
    edges { cursor node { id identifiers { namespace value } traits { name value } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
_AWAIT_TEXT = "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()"


async def _page(reader: Reader, filter_: object = None, **arguments: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await reader.ask(QUERY, filter=filter_, **arguments))["profiles"]
    return page


def _users(page: dict[str, Any]) -> set[str]:
    return {
        one["value"]
        for edge in page["edges"]
        for one in edge["node"]["identifiers"]
        if one["namespace"] == "user_id"
    }


async def _found(reader: Reader, **filter_: Any) -> str:
    """The user ids of those who are found, in one word."""
    return "".join(sorted(_users(await _page(reader, filter_))))


async def _send(sender: Sender, *messages: dict[str, Any]) -> None:
    at = {"timestamp": "2025-06-01T12:00:00Z"}
    assert (await sender.batch(*(at | one for one in messages))).json() == {"success": True}


def _person(user: str, at: str = "2025-06-01T12:00:00Z", **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "timestamp": at, "traits": traits}


@pytest.fixture
async def people(web: Sender, till: Sender, graph: Graph) -> None:
    """Ann, Bob and Cas, who differ in everything."""
    await _send(
        web,
        _person("a", email="ann@example.com", city="Gent", age=30, tags=["x", "y"])
        | {"context": {"externalIds": [{"type": "loyalty_card", "id": "L1"}]}},
        _person("b", name="Bob Ünal-Jansen d'Arc", city="Gent", age=40.0, vip=True),
        {"type": "group", "userId": "b", "groupId": "acme", "traits": {"city": "Gent"}},
        _person("c", "2025-08-01T12:00:00Z", city="gent", age="30", tags=["x"]),
    )
    await _send(till, _person("c", "2025-09-01T12:00:00Z", phone="+31612345678"))
    await graph.run(_AWAIT_TEXT)


# --- Each condition ---


@pytest.mark.usefixtures("people")
async def test_without_a_filter_all_are_found(reader: Reader) -> None:
    assert _users(await _page(reader)) == {"a", "b", "c"}
    assert await _found(reader) == "abc"


@pytest.mark.usefixtures("people")
async def test_by_identifier_exactly_or_all_of_a_namespace(reader: Reader) -> None:
    for identifier, users in (
        ({"namespace": "email", "value": " ANN@example.com"}, "a"),
        ({"namespace": "user_id", "value": "b"}, "b"),
        ({"namespace": "user_id", "value": "B"}, ""),
        ({"namespace": "user_id"}, "abc"),
        ({"namespace": "loyalty_card"}, "a"),
        ({"namespace": "phone"}, "c"),
        ({"namespace": "nowhere"}, ""),
        ({"namespace": "email", "value": "no address"}, ""),
    ):
        assert await _found(reader, identifier=identifier) == users


@pytest.mark.usefixtures("people")
async def test_by_the_value_of_a_trait(reader: Reader) -> None:
    for trait, users in (
        ({"name": "city", "equals": "Gent"}, "ab"),
        ({"name": "city", "in": ["gent", "Gent"]}, "abc"),
        ({"name": "city", "startsWith": "Ge"}, "ab"),
        ({"name": "age", "equals": 30}, "a"),
        ({"name": "age", "equals": "30"}, "c"),
        ({"name": "age", "in": [40, 30.0]}, "ab"),
        ({"name": "vip", "equals": True}, "b"),
        ({"name": "tags", "equals": ["x", "y"]}, "a"),
        ({"name": "town", "equals": "Gent"}, ""),
        ({"name": "city", "equals": "Gent' OR true //"}, ""),
    ):
        assert await _found(reader, trait=trait) == users


@pytest.mark.usefixtures("people")
async def test_by_account_and_by_source(reader: Reader) -> None:
    assert await _found(reader, account={"kind": "organization", "id": "acme"}) == "b"
    assert await _found(reader, account={"kind": "login", "id": "a"}) == "a"
    assert await _found(reader, account={"kind": "login", "id": "nobody"}) == ""
    assert await _found(reader, source="web") == "abc"
    assert await _found(reader, source="till") == "c"
    assert await _found(reader, source="nothing") == ""


@pytest.mark.usefixtures("people")
async def test_by_the_time_when_something_happened(reader: Reader) -> None:
    for seen, users in (
        ({"seenFrom": "2025-06-01T12:00:00Z"}, "abc"),
        ({"seenFrom": "2025-06-01T12:00:01Z"}, "c"),
        ({"seenTo": "2025-06-01T12:00:00Z"}, ""),
        ({"seenTo": "2025-06-01T14:00:01+02:00"}, "ab"),
        ({"seenFrom": "2025-08-02T00:00:00", "seenTo": "2025-09-01T00:00:00"}, ""),
    ):
        assert await _found(reader, **seen) == users


@pytest.mark.usefixtures("people")
async def test_by_what_somebody_types(reader: Reader) -> None:
    for text, users in (
        ("ann", "a"),
        ("ANN@exam", "a"),
        ("ann@example.com", "a"),
        ("example", "a"),
        ("bob gent", "b"),
        ("d'arc", "b"),
        ("Ünal-jan", "b"),
        ("jansen bob", "b"),
        ("ann bob", ""),
        ("316123", "c"),
        ("+31 6 1234 5678", "c"),
        ("GENT", "abc"),
        ("acme", ""),
    ):
        assert await _found(reader, text=text) == users, text


@pytest.mark.usefixtures("people")
async def test_what_is_syntax_to_the_index_is_text_here(reader: Reader) -> None:
    for text in (
        *(
            "value:gent",
            "gent OR ann",
            "NOT",
            "*",
            "a* ",
            "ge?t",
            "[a TO z]",
            '"gent',
            "gent~",
            "/g.*/",
        ),
        *("(gent", "gent^9", "\\", "gent\\", "+", "-gent AND", "{", "&& ||", "\0 gent", "* OR *"),
    ):
        answer = await reader.post(QUERY, filter={"text": text})
        for error in answer.json().get("errors", ()):
            assert error["message"].startswith("filter.text: has no word in it")
    assert await _found(reader, text="gent OR ann") == ""
    assert await _found(reader, text="(gent^*) ~ann") == "a"


@pytest.mark.usefixtures("people")
async def test_all_conditions_must_hold(reader: Reader) -> None:
    gent = {"name": "city", "equals": "Gent"}
    assert await _found(reader, trait=gent, identifier={"namespace": "email"}) == "a"
    assert await _found(reader, trait=gent, source="till") == ""
    assert await _found(reader, text="gent", source="till") == "c"
    assert await _found(reader, text="gent", seenFrom="2025-07-01T00:00:00Z") == "c"
    everything = {
        "identifier": {"namespace": "user_id", "value": "b"},
        "trait": {"name": "city", "startsWith": "G"},
        "account": {"kind": "organization", "id": "acme"},
        "source": "web",
        "seenFrom": "2025-06-01T00:00:00Z",
        "seenTo": "2025-06-02T00:00:00Z",
        "text": "jansen",
    }
    assert await _found(reader, **everything) == "b"
    for name, other in (
        ("identifier", {"namespace": "email"}),
        ("trait", {"name": "city", "equals": "gent"}),
        ("account", {"kind": "login", "id": "a"}),
        ("source", "till"),
        ("seenFrom", "2025-06-01T13:00:00Z"),
        ("text", "ann"),
    ):
        assert await _found(reader, **everything | {name: other}) == "", name


@pytest.mark.usefixtures("people")
async def test_what_is_everywhere_is_found_by_looking_at_profiles(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.profile.finding.MOST", 1)
    for reach in (1, 2, 10):
        monkeypatch.setattr("service.profile.finding.REACH", reach)
        for filter_, users in (
            ({"identifier": {"namespace": "email"}}, {"a"}),
            ({"identifier": {"namespace": "user_id", "value": "c"}}, {"c"}),
            ({"trait": {"name": "city", "equals": "Gent"}}, {"a", "b"}),
            ({"trait": {"name": "city", "startsWith": "gent"}}, {"c"}),
            ({"account": {"kind": "organization", "id": "acme"}}, {"b"}),
            ({"source": "till"}, {"c"}),
            ({"source": "web", "seenFrom": "2025-08-01T00:00:00Z"}, {"c"}),
        ):
            assert await _all_users(reader, filter_, first=1) == users
    assert await reader.errors(QUERY, filter={"text": "ann example"}) == [
        {
            "message": "filter.text: word 1 is in 1 values or more; make it longer, or leave it "
            "out",
            "code": "invalid_query",
        }
    ]


async def _all_users(reader: Reader, filter_: object, first: int) -> set[str]:
    users: set[str] = set()
    after = None
    while True:
        page = await _page(reader, filter_, first=first, after=after)
        users |= _users(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return users


# --- Values of all sizes ---


async def test_a_trait_of_any_size_is_taken_and_read_back(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    long: dict[str, Any] = {
        "text": "wörd " * 5_000,
        "list": ["é" * 100] * 100,
        "numbers": list(range(2_000)),
        "n" * 9_000: "short",
    }
    for name, value in long.items():
        await web.accept("identify", {"userId": "7", "traits": {name: value, "city": "Gent"}})
    await graph.run(_AWAIT_TEXT)
    [edge] = (await _page(reader, {"trait": {"name": "city", "equals": "Gent"}}))["edges"]
    assert {one["name"]: one["value"] for one in edge["node"]["traits"]} == {**long, "city": "Gent"}
    assert await _found(reader, text="word") == "7"
    for name, value in long.items():
        [error] = await reader.errors(QUERY, filter={"trait": {"name": name, "equals": value}})
        assert error["message"].startswith("filter.trait.equals: cannot be looked for")


# --- Pages ---


async def test_every_profile_comes_once_while_data_comes_in_and_profiles_merge(
    web: Sender, reader: Reader
) -> None:
    chance = random.Random(7)  # noqa: S311
    await _send(web, *(_person(f"u{n}", city="Gent") for n in range(60)))
    await _send(web, *(_person(f"other{n}", city="Brugge") for n in range(20)))
    before = await _page(reader, {"trait": {"name": "city", "equals": "Gent"}}, first=100)
    there = {edge["node"]["id"] for edge in before["edges"]}
    assert len(there) == 60
    for filter_ in (None, {"trait": {"name": "city", "equals": "Gent"}}, {"source": "web"}):
        seen: list[str] = []
        after, step = None, 0
        while True:
            page = await _page(reader, filter_, first=7, after=after)
            seen += [edge["node"]["id"] for edge in page["edges"]]
            after, step = page["pageInfo"]["endCursor"], step + 1
            if not page["pageInfo"]["hasNextPage"]:
                break
            assert len(page["edges"]) == 7
            one, two = chance.sample(range(60), 2)
            await _send(
                web,
                _person(f"new{filter_ and len(filter_)}-{step}", city="Gent"),
                # One more trait, and one more identifier of somebody who is there.
                _person(f"u{one}", plan="gold") | {"anonymousId": f"cookie{one}"},
                _person(f"u{two}", email=f"u{two}@example.com"),
                # Two who become one person, of whom one is not wanted perhaps.
                {
                    "type": "merge",
                    "mergeProperties": [
                        {"type": "anonymous_id", "value": f"stranger{step}"},
                        {"type": "email", "value": f"u{two}@example.com"},
                    ],
                },
            )
        assert len(seen) == len(set(seen))
        assert seen == sorted(seen)
        assert there <= set(seen)


async def test_of_profiles_that_merge_the_one_that_is_left_comes_once(
    web: Sender, reader: Reader
) -> None:
    for n in range(12):
        await _send(web, {"type": "page", "anonymousId": f"c{n}"})
    ids = [edge["node"]["id"] for edge in (await _page(reader))["edges"]]
    page = await _page(reader, first=4)
    seen = [edge["node"]["id"] for edge in page["edges"]]
    # One that was given and one that was not; and two that were not.
    by_id = {
        edge["node"]["id"]: edge["node"]["identifiers"][0]["value"]
        for edge in (await _page(reader))["edges"]
    }
    for one, two, user in ((ids[0], ids[5], "x"), (ids[6], ids[9], "y")):
        for id_ in (one, two):
            await _send(
                web,
                {"type": "identify", "userId": user, "anonymousId": by_id[id_]},
            )
    while page["pageInfo"]["hasNextPage"]:
        page = await _page(reader, first=4, after=page["pageInfo"]["endCursor"])
        seen += [edge["node"]["id"] for edge in page["edges"]]
    assert len(seen) == len(set(seen))
    left = {edge["node"]["id"] for edge in (await _page(reader))["edges"]}
    assert left <= set(seen)


async def test_a_page_says_what_is_before_and_after_it(web: Sender, reader: Reader) -> None:
    await _send(web, *(_person(f"u{n}") for n in range(3)))
    page = await _page(reader, first=2)
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    last = await _page(reader, first=2, after=cursors[1])
    [edge] = last["edges"]
    assert last["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": edge["cursor"],
        "endCursor": edge["cursor"],
    }
    assert (await _page(reader, after=edge["cursor"]))["edges"] == []


# --- What it costs ---


async def test_a_page_takes_two_round_trips_whatever_its_size(web: Sender, reader: Reader) -> None:
    await _send(web, *(_person(f"u{n}", city="Gent", email=f"{n}@x.nl") for n in range(100)))
    filter_ = {"trait": {"name": "city", "equals": "Gent"}}
    await _page(reader, filter_, first=1)  # The key is known from now on.
    for first in (1, 100):
        with counted_round_trips() as trips:
            page = await _page(reader, filter_, first=first)
        assert len(page["edges"]) == first
        assert trips.count == 2, trips.statements


_TOUCHPOINTS = """
query($first: Int, $filter: ProfileFilter) {
  profiles(filter: $filter, first: $first) {
    edges { node {
      identifiers { value }
      newest: touchpoints(first: 2, order: DESC) { totalCount edges { node { name at } } }
      bought: touchpoints(names: ["Bought"]) { edges { node { name } } }
    } }
  }
}"""


async def test_the_journeys_of_a_page_take_no_more_round_trips_than_one(
    web: Sender, reader: Reader
) -> None:
    """Those of people who share a device, too."""
    events = [
        {"type": "track", "event": event, "userId": f"u{n}", "anonymousId": f"c{n // 2}"}
        | {"timestamp": f"2025-06-0{day}T00:00:00Z"}
        for n in range(100)
        for day, event in enumerate(["Seen", "Bought", f"Left {n}"], 1)
    ]
    await _send(web, *(_person(f"u{n}", city="Gent") for n in range(100)))
    await _send(web, *events)
    filter_ = {"trait": {"name": "city", "equals": "Gent"}}
    await reader.ask(_TOUCHPOINTS, first=1, filter=filter_)
    counts = []
    for first in (1, 100):
        await _page(reader, filter_, first=1)  # The key is known for a while.
        with counted_round_trips() as trips:
            told = await reader.ask(_TOUCHPOINTS, first=first, filter=filter_)
        counts.append(trips.count)
        assert len(told["profiles"]["edges"]) == first
    # The page: two. Each of the two lists and the count: one, and another for those who share.
    assert counts == [8, 8]
    for edge in told["profiles"]["edges"]:
        person = edge["node"]
        [number] = [
            one["value"][1:] for one in person["identifiers"] if one["value"].startswith("u")
        ]
        assert person["newest"]["totalCount"] == 4
        assert f"Left {number}" in [one["node"]["name"] for one in person["newest"]["edges"]]
        assert [one["node"]["name"] for one in person["bought"]["edges"]] == ["Bought"]


_MANY = {
    "profiles": "{ profiles { edges { node { FIELD } } } }",
    "members": '{ profile(id: "x") { accounts { members { edges { node { FIELD } } } } } }',
}
_IN_FRAGMENT = "fragment F on Profile { ... on Profile { FIELD } }"


@pytest.mark.parametrize("field", ["history { id }", "x: graph { moreLinks }"])
@pytest.mark.parametrize("many", _MANY)
async def test_what_takes_a_round_trip_a_profile_is_not_to_be_had_of_many(
    reader: Reader, many: str, field: str
) -> None:
    name = "history" if "history" in field else "graph"
    spread = _MANY[many].replace("FIELD", "...F") + _IN_FRAGMENT.replace("FIELD", field)
    for query in (_MANY[many].replace("FIELD", field), spread):
        [error] = await reader.errors(query)
        assert error == {
            "message": f"{name}: is not to be had in {many}; ask for one profile by its id",
            "code": "invalid_query",
        }


# --- What is refused ---


_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"first": 0}, "first: is 0"),
    ({"first": 501}, "first: is 501"),
    ({"filter": {"trait": {"name": "a"}}}, "filter.trait: give one of"),
    ({"filter": {"trait": {"name": "a", "equals": 1, "in": [1]}}}, "filter.trait: give one of"),
    ({"filter": {"trait": {"name": "a", "equals": None}}}, "filter.trait.equals: cannot"),
    ({"filter": {"trait": {"name": "a", "equals": {"b": 1}}}}, "filter.trait.equals: cannot"),
    ({"filter": {"trait": {"name": "a", "equals": []}}}, "filter.trait.equals: cannot"),
    ({"filter": {"trait": {"name": "a", "equals": 2**63}}}, "filter.trait.equals: cannot"),
    ({"filter": {"trait": {"name": "a", "in": []}}}, "filter.trait.in: give a list"),
    ({"filter": {"trait": {"name": "a", "in": None}}}, "filter.trait.in: give a list"),
    ({"filter": {"trait": {"name": "a", "in": [1] * 101}}}, "filter.trait.in: give a list"),
    ({"filter": {"trait": {"name": "a", "in": [1, {}]}}}, "filter.trait.in: cannot"),
    ({"filter": {"trait": {"name": "a", "startsWith": ""}}}, "filter.trait.startsWith: is empty"),
    ({"filter": {"trait": {"name": "a", "startsWith": None}}}, "filter.trait.startsWith: is empty"),
    ({"filter": {"seenFrom": "0001-01-01T00:00:00+14:00"}}, "filter.seenFrom: is not a possible"),
    ({"filter": {"seenTo": "9999-12-31T23:59:59-14:00"}}, "filter.seenTo: is not a possible"),
    ({"filter": {"text": ""}}, "filter.text: has no word"),
    ({"filter": {"text": " -- "}}, "filter.text: has no word"),
    ({"filter": {"text": "x" * 201}}, "filter.text: is longer"),
    ({"filter": {"text": "a b c d e f g h i j k"}}, "filter.text: has more than 10"),
    *[
        ({"after": after}, "after: is not a cursor")
        for after in ("", "x", "é", "####", base64.urlsafe_b64encode(orjson.dumps([1])).decode())
    ],
]


async def test_what_cannot_be_is_refused_by_its_name(reader: Reader) -> None:
    for arguments, message in _REFUSED:
        [error] = await reader.errors(QUERY, **arguments)
        assert error["code"] == "invalid_query"
        assert error["message"].startswith(message), arguments


async def test_a_key_that_may_not_see_people_finds_nobody(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    reader = Reader(client, await add_key(graph, "masked", [Scope.PROFILES_READ]))
    [error] = await reader.errors(QUERY)
    assert error["code"] == "forbidden"
