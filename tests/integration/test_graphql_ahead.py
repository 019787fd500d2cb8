"""A person and a page of what they did are one round trip, and what two would have told."""

from __future__ import annotations

from typing import Any

import pytest

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.round_trips import counted_round_trips

QUERY = """
query(
  $user: String!, $first: Int, $after: String, $from: DateTime, $to: DateTime, $names: [String!]
  $channels: [String!], $order: Order = ASC
) {
  profile(identifier: {namespace: "user_id", value: $user}) {
    id
    traits { name value }
    ...Journey %s
  }
}
fragment Journey on Profile {
  page: touchpoints(
    first: $first, after: $after, from: $from, to: $to, names: $names, channels: $channels
    order: $order
  ) {
    edges { cursor node { messageId name at channel device { id } source { id } properties } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
AHEAD = QUERY % ""
IN_TURN = QUERY % "@include(if: true)"


async def _happen(web: Sender, user: str = "7") -> None:
    for minute in range(5):
        body = {
            "messageId": f"{user}-{minute}",
            "userId": user,
            "anonymousId": f"c-{user}",
            "event": "Seen" if minute % 2 else "Clicked",
            "timestamp": f"2025-06-01T12:0{minute}:00Z",
            "properties": {"minute": minute},
        }
        await web.accept("track", body)


async def _told(reader: Reader, query: str, **variables: Any) -> tuple[Any, int]:
    with counted_round_trips() as trips:
        told = await reader.ask(query, **{"user": "7", **variables})
    return told, trips.count


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "01234"),
        ({"order": "DESC"}, "43210"),
        ({"first": 2}, "01"),
        ({"first": 2, "order": "DESC"}, "43"),
        ({"from": "2025-06-01T14:02:00+02:00"}, "234"),
        ({"to": "2025-06-01T12:02:00"}, "01"),
        ({"names": ["Seen"]}, "13"),
        ({"names": []}, ""),
        ({"channels": ["web"]}, "01234"),
        ({"channels": ["store"]}, ""),
    ],
)
async def test_a_page_is_read_with_its_person(
    web: Sender, reader: Reader, variables: dict[str, Any], expected: str
) -> None:
    await _happen(web)
    await reader.ask("{ __typename }")  # The key is known from now on.
    ahead, trips = await _told(reader, AHEAD, **variables)
    edges = ahead["profile"]["page"]["edges"]
    assert [one["node"]["messageId"] for one in edges] == [f"7-{minute}" for minute in expected]
    assert trips == 1
    assert await _told(reader, IN_TURN, **variables) == (ahead, 2)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_so_is_the_page_after_it(web: Sender, reader: Reader, order: str) -> None:
    await _happen(web)
    first, _ = await _told(reader, AHEAD, first=2, order=order)
    after = first["profile"]["page"]["pageInfo"]["endCursor"]
    ahead, trips = await _told(reader, AHEAD, first=2, order=order, after=after)
    assert trips == 1
    assert ahead["profile"]["page"]["pageInfo"]["hasPreviousPage"]
    edges = ahead["profile"]["page"]["edges"]
    expected = ["7-2", "7-3"] if order == "ASC" else ["7-2", "7-1"]
    assert [one["node"]["messageId"] for one in edges] == expected
    assert await _told(reader, IN_TURN, first=2, order=order, after=after) == (ahead, 2)


async def test_who_shares_a_device_has_the_page_that_is_worked_out(
    web: Sender, reader: Reader
) -> None:
    for user in ("7", "8"):
        await _happen(web, user)
        await web.accept("track", {"userId": user, "anonymousId": "tablet", "event": "Shared"})
    await web.accept("track", {"anonymousId": "tablet", "event": "Alone"})
    await reader.ask("{ __typename }")
    ahead, trips = await _told(reader, AHEAD)
    assert len(ahead["profile"]["page"]["edges"]) >= 6
    in_turn, trips_in_turn = await _told(reader, IN_TURN)
    assert ahead == in_turn
    assert (trips, trips_in_turn) == (3, 3)


async def test_of_several_pages_each_is_its_own(web: Sender, reader: Reader) -> None:
    await _happen(web)
    query = """{ profile(identifier: {namespace: "user_id", value: "7"}) {
      count: touchpoints(first: 1) { totalCount }
      left: touchpoints(first: 1) @include(if: false) { edges { cursor } }
      ... @skip(if: false) { id }
      a: touchpoints(first: 1) { edges { node { messageId } } }
      b: touchpoints(first: 1, order: DESC) { edges { node { messageId } } }
    } }"""
    told = (await reader.ask(query))["profile"]
    assert told.pop("id")
    assert told == {
        "count": {"totalCount": 5},
        "a": {"edges": [{"node": {"messageId": "7-0"}}]},
        "b": {"edges": [{"node": {"messageId": "7-4"}}]},
    }


async def test_what_is_wrong_with_a_page_is_told_where_it_is_asked_for(
    web: Sender, reader: Reader
) -> None:
    await _happen(web)
    for variables, message in (
        ({"first": 0}, "first: is 0; ask for 1 to 500, and page on"),
        ({"after": "x"}, "after: is not a cursor; use the endCursor of a page"),
    ):
        body = (await reader.post(AHEAD, user="7", **variables)).json()
        [error] = body["errors"]
        assert (error["message"], error["path"]) == (message, ["profile", "page"])


async def test_a_node_and_a_past_person_have_it_too(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    narrow = Reader(reader.client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    await _happen(web)
    id_ = (await reader.ask(AHEAD, user="7"))["profile"]["id"]
    page = "touchpoints(first: 1) { edges { node { messageId } } }"
    with counted_round_trips() as trips:
        told = await reader.ask(f'{{ node(id: "{id_}") {{ id ... on Profile {{ {page} }} }} }}')
    assert told["node"]["touchpoints"] == {"edges": [{"node": {"messageId": "7-0"}}]}
    assert trips.count == 1
    # Who cannot see whom a key leads to learns nothing from how long it takes.
    with counted_round_trips() as trips:
        told = await narrow.ask(f'{{ node(id: "user_id:7") {{ ... on Profile {{ {page} }} }} }}')
    assert told == {"node": None}
    assert [one for one in trips.statements if "touchpoints" in one] == []
    past = f"""{{ whoWas(
      identifier: {{namespace: "user_id", value: "7"}}, at: "2100-01-01T00:00:00Z"
    ) {{ profile {{ {page} }} }} }}"""
    assert (await reader.ask(past))["whoWas"]["profile"]["touchpoints"]["edges"]


async def test_nobody_has_no_page(reader: Reader) -> None:
    assert await reader.ask(AHEAD, user="nobody") == {"profile": None}
