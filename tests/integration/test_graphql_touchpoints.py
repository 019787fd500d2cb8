"""A journey through GraphQL: in order, in pages, and at a price that does not grow."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import neo4j
import orjson
import pytest
from graphql import GraphQLObjectType, build_ast_schema, get_named_type, parse

from service.api.graphql.schema import build_schema
from service.journey.reading import BEGINNING, END
from service.store.graph import Graph
from service.store.moments import to_moment
from service.store.procedures import cypher_folder, load
from tests.integration.conftest import Reader, Sender

QUERY = """
query($first: Int, $after: String, $from: DateTime, $to: DateTime, $names: [String!],
      $channels: [String!], $order: Order! = ASC) {
  profile(identifier: {namespace: "user_id", value: "7"}) {
    touchpoints(first: $first, after: $after, from: $from, to: $to, names: $names,
                channels: $channels, order: $order) {
      edges {
        cursor
        node { messageId type name at channel source { id name channel } device { id kind }
               identifier { namespace value } properties }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""
NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


async def _page(reader: Reader, **arguments: Any) -> dict[str, Any]:
    touchpoints: dict[str, Any] = (await reader.ask(QUERY, **arguments))["profile"]["touchpoints"]
    return touchpoints


async def _ids(reader: Reader, **arguments: Any) -> list[str]:
    return [edge["node"]["messageId"] for edge in (await _page(reader, **arguments))["edges"]]


def _visit(message_id: str, minutes: int, **other: Any) -> dict[str, Any]:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return {"type": "page", "messageId": message_id, "timestamp": at, "userId": "7"} | other


async def _send(web: Sender, *messages: dict[str, Any]) -> None:
    assert (await web.batch(*messages)).json() == {"success": True}


async def test_a_touchpoint_says_what_happened_when_where_and_to_whom(
    web: Sender, till: Sender, reader: Reader
) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 Mobile/15E148"
    await _send(
        web,
        _visit("m1", 0, name="Home", userId=None, anonymousId="c", context={"userAgent": agent}),
        _visit("m2", 1, anonymousId="c", context={"campaign": {"medium": "email"}}),
    )
    properties = {"total": 9.95, "lines": [{"sku": "a"}]}
    await _send(till, _visit("m3", 2, type="track", event="Paid", properties=properties))
    edges = (await _page(reader))["edges"]
    shop = {"id": "web", "name": "web", "channel": "web"}
    user = {"namespace": "user_id", "value": "7"}
    assert [edge["node"] for edge in edges] == [
        {
            "messageId": "m1",
            "type": "page",
            "name": "Home",
            "at": "2025-06-01T12:00:00+00:00",
            "channel": "web",
            "source": shop,
            "device": {"id": "anonymous_id:c", "kind": "phone"},
            "identifier": {"namespace": "anonymous_id", "value": "c"},
            "properties": {},
        },
        {
            "messageId": "m2",
            "type": "page",
            "name": None,
            "at": "2025-06-01T12:01:00+00:00",
            "channel": "email",
            "source": shop,
            "device": None,
            "identifier": user,
            "properties": {},
        },
        {
            "messageId": "m3",
            "type": "track",
            "name": "Paid",
            "at": "2025-06-01T12:02:00+00:00",
            "channel": "store",
            "source": {"id": "till", "name": "till", "channel": "store"},
            "device": None,
            "identifier": user,
            "properties": properties,
        },
    ]


_BELOW = {
    "Source": "{ id name channel }",
    "Device": "{ id kind make os }",
    "Identifier": "{ namespace value firstSeen device { id kind } account { key } }",
}


def _selected() -> list[str]:
    """Each field of a touchpoint, with what is in it: a new one is among them."""
    touchpoint = build_ast_schema(parse(build_schema().as_str())).get_type("Touchpoint")
    assert isinstance(touchpoint, GraphQLObjectType)
    kinds = {name: get_named_type(field.type).name for name, field in touchpoint.fields.items()}
    return [f"{name} {_BELOW.get(kind, '')}".strip() for name, kind in kinds.items()]


async def test_a_field_is_the_same_whatever_is_asked_beside_it(web: Sender, reader: Reader) -> None:
    """What nobody asks for is not read."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 Mobile/15E148"
    campaign = {"source": "news", "medium": "email", "name": "june"}
    told = {"name": "Home", "properties": {"total": 9.95, "lines": [{"sku": "a"}]}}
    context = {"userAgent": agent, "campaign": campaign}
    await _send(
        web,
        _visit("m1", 0, anonymousId="c", context=context, **told),
        _visit("m2", 1, userId=None, anonymousId="c", context=context, **told),
    )

    async def ask(of_touchpoint: str) -> list[dict[str, Any]]:
        query = f"""{{ profile(identifier: {{namespace: "user_id", value: "7"}}) {{
            touchpoints {{ edges {{ node {{ ...T }} }} }} }} }}
            fragment T on Touchpoint {{ {of_touchpoint} }}"""
        page = (await reader.ask(query))["profile"]["touchpoints"]
        return [edge["node"] for edge in page["edges"]]

    fields = _selected()
    whole = await ask(" ".join(fields))
    assert all(any(one[name.split()[0]] is not None for one in whole) for name in fields)
    for field in fields:
        name = field.split()[0]
        assert await ask(field) == [{name: one[name]} for one in whole]


async def test_a_journey_is_told_from_the_beginning_or_from_the_end(
    web: Sender, reader: Reader
) -> None:
    # Of two at one time the one with the lesser message id comes first.
    await _send(web, *(_visit(f"m{n}", minutes) for n, minutes in enumerate((3, 1, 1, 2, 1))))
    oldest_first = ["m1", "m2", "m4", "m3", "m0"]
    assert await _ids(reader) == oldest_first
    assert await _ids(reader, order="DESC") == oldest_first[::-1]


_CUTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"from": "2025-06-01T12:01:00Z"}, ["m1", "m2", "m3"]),
    ({"from": "2025-06-01T12:01:00.000001Z"}, ["m2", "m3"]),
    ({"to": "2025-06-01T12:02:00Z"}, ["m0", "m1"]),
    ({"from": "2025-06-01T12:01:00Z", "to": "2025-06-01T12:02:00Z"}, ["m1"]),
    ({"from": "2025-06-01T14:01:00+02:00", "to": "2025-06-01T05:03:00-07:00"}, ["m1", "m2"]),
    # A time without an offset is in UTC, as it is in a message.
    ({"from": "2025-06-01T12:01:00", "to": "2025-06-01T12:03:00"}, ["m1", "m2"]),
    ({"from": "2025-06-01T12:02:00Z", "to": "2025-06-01T12:01:00Z"}, []),
    ({"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, ["m0", "m1", "m2", "m3"]),
    ({"to": "0001-01-01T00:00:00Z"}, []),
    ({"names": ["Home"]}, ["m0", "m2"]),
    ({"names": ["Home", "Cart"]}, ["m0", "m1", "m2"]),
    ({"names": []}, []),
    ({"names": ["home"]}, []),
    ({"channels": ["email"]}, ["m1"]),
    ({"channels": ["web", "email"]}, ["m0", "m1", "m2", "m3"]),
    ({"channels": []}, []),
    ({"names": ["Home", "Cart"], "channels": ["web"], "to": "2025-06-01T12:02:00Z"}, ["m0"]),
]


async def test_a_journey_is_cut_by_time_name_and_channel(web: Sender, reader: Reader) -> None:
    await _send(
        web,
        _visit("m0", 0, name="Home"),
        _visit("m1", 1, name="Cart", context={"campaign": {"medium": "email"}}),
        _visit("m2", 2, name="Home"),
        _visit("m3", 3),
    )
    for arguments, found in _CUTS:
        for order, expected in (("ASC", found), ("DESC", found[::-1])):
            assert await _ids(reader, order=order, **arguments) == expected
            # One at a time gives the same as all at once.
            paged, after = [], None
            for _ in found:
                page = await _page(reader, first=1, after=after, order=order, **arguments)
                paged += [edge["node"]["messageId"] for edge in page["edges"]]
                after = page["pageInfo"]["endCursor"]
                assert page["pageInfo"]["hasNextPage"] == (len(paged) < len(found))
            assert paged == expected


async def test_a_page_says_what_is_before_and_after_it(web: Sender, reader: Reader) -> None:
    await _send(web, *(_visit(f"m{n}", n) for n in range(3)))
    page = await _page(reader, first=2)
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    after = await _page(reader, first=2, after=cursors[1])
    [edge] = after["edges"]
    assert edge["node"]["messageId"] == "m2"
    assert after["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": edge["cursor"],
        "endCursor": edge["cursor"],
    }
    assert await _page(reader, after=edge["cursor"]) == {
        "edges": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": None,
            "endCursor": None,
        },
    }
    assert (await _page(reader, first=3))["pageInfo"]["hasNextPage"] is False


async def test_a_page_has_fifty_touchpoints_if_not_said_and_five_hundred_at_most(
    web: Sender, reader: Reader
) -> None:
    await _send(web, *(_visit(f"m{n:03}", n) for n in range(510)))
    for first, size in ((None, 50), (1, 1), (500, 500)):
        assert await _ids(reader, first=first) == [f"m{n:03}" for n in range(size)]
    for first in (0, -1, 501, 2**31 - 1):
        assert await reader.errors(QUERY, first=first) == [
            {
                "message": f"first: is {first}; ask for 1 to 500, and page on",
                "code": "invalid_query",
            }
        ]
    [error] = await reader.errors(QUERY, first=2**31)
    assert error["code"] == "invalid_query"


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()


_NO_CURSORS: list[str] = [
    "",
    "x",
    "é",
    "\0",
    "####",
    "AAAA",
    "x" * 10_000,
    _cursor(None),
    _cursor([]),
    _cursor({}),
    _cursor({"a": 1, "b": 2}),
    _cursor(["2025-06-01T12:00:00+00:00"]),
    _cursor(["2025-06-01T12:00:00+00:00", "m0", "more"]),
    _cursor(["never", "m0"]),
    _cursor(["2025-06-01T12:00:00", "m0"]),
    _cursor([5, "m0"]),
    _cursor([None, "m0"]),
    _cursor("ab"),
    base64.urlsafe_b64encode(b"[" * 5_000).decode(),
]


async def test_what_is_no_cursor_is_refused(web: Sender, reader: Reader) -> None:
    await _send(web, _visit("m0", 0))
    for after in _NO_CURSORS:
        assert await reader.errors(QUERY, after=after) == [
            {
                "message": "after: is not a cursor; use the endCursor of a page",
                "code": "invalid_query",
            }
        ]


async def test_a_cursor_of_one_journey_does_no_harm_in_another(web: Sender, reader: Reader) -> None:
    await _send(web, _visit("m0", 0), _visit("m2", 2))
    elsewhere = [(NOON + timedelta(minutes=1)).isoformat(), "m1"]
    assert await _ids(reader, after=_cursor(elsewhere)) == ["m2"]
    assert await _ids(reader, after=_cursor(elsewhere), order="DESC") == ["m0"]


@pytest.mark.parametrize(
    ("argument", "time"),
    [("from", "0001-01-01T00:00:00+14:00"), ("to", "9999-12-31T23:59:59-14:00")],
)
async def test_a_time_outside_of_all_times_is_refused(
    web: Sender, reader: Reader, argument: str, time: str
) -> None:
    await _send(web, _visit("m0", 0))
    assert await reader.errors(QUERY, **{argument: time}) == [
        {"message": f"{argument}: is not a possible time", "code": "invalid_query"}
    ]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_every_touchpoint_comes_once_and_in_order_while_others_come_in(
    web: Sender, reader: Reader, order: str
) -> None:
    chance = random.Random(7)  # noqa: S311
    # Several identifiers of one person, and many events at one time with ids of all kinds.
    whom: list[dict[str, Any]] = [
        {"userId": "7"},
        {"userId": None, "anonymousId": "c1"},
        {"userId": None, "anonymousId": "c2"},
        {"userId": None, "context": {"traits": {"email": "ann@example.com"}}},
        {"userId": None, "context": {"externalIds": [{"type": "loyalty_card", "id": "L1"}]}},
    ]
    await _send(
        web,
        _visit("met", 0, anonymousId="c1", context={"traits": {"email": "ann@example.com"}}),
        _visit("Met", 0, anonymousId="c2", context=whom[4]["context"]),
    )
    ids = [chance.choice("aZé0-\N{GRINNING FACE}~") + str(n) for n in range(330)]
    sent = [_visit(id_, chance.randrange(40), **chance.choice(whom)) for id_ in ids]
    await _send(web, *sent)
    when = {"met": 0, "Met": 0} | {
        one["messageId"]: (datetime.fromisoformat(one["timestamp"]) - NOON) // timedelta(minutes=1)
        for one in sent
    }
    expected = sorted(when, key=lambda id_: (when[id_], id_), reverse=order == "DESC")

    seen: list[str] = []
    late: list[str] = []
    after = None
    while True:
        page = await _page(reader, first=7, after=after, order=order)
        seen += [edge["node"]["messageId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert len(page["edges"]) == 7
        if len(late) < 45:
            late += [f"late-{len(late) + n}" for n in range(3)]
            await _send(
                web, *(_visit(i, chance.randrange(40), **chance.choice(whom)) for i in late[-3:])
            )
    assert len(seen) == len(set(seen))
    assert [id_ for id_ in seen if id_ in when] == expected
    came_in = [id_ for id_ in seen if id_ not in when]
    assert set(came_in) < set(late)
    assert came_in


async def test_the_events_of_others_are_never_in_a_journey(web: Sender, reader: Reader) -> None:
    await _send(
        web,
        _visit("mine", 0),
        _visit("other", 1, userId="8"),
        _visit("cookie", 2, userId=None, anonymousId="c"),
        _visit("nobody", 3, userId=None, anonymousId="d"),
        _visit("met", 4, anonymousId="c"),
    )
    assert await _ids(reader) == ["mine", "cookie", "met"]


async def _hits(graph: Graph, name: str, **parameters: object) -> tuple[int, list[str]]:
    """What a page costs the database, and which page it was."""
    _, text = load(cypher_folder("procedures") / f"{name}.cypher")
    async with graph.driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
        result = await session.run(f"PROFILE {text}", parameters)
        ids = [one[0] async for record in result for one in record["touchpoints"]]
        profile = (await result.consume()).profile
    assert profile is not None
    return _sum(profile), ids


def _sum(plan: dict[str, Any]) -> int:
    children: list[dict[str, Any]] = plan.get("children", [])
    return int(plan.get("dbHits", 0)) + sum(map(_sum, children))


async def test_a_page_deep_in_ten_thousand_events_costs_what_the_first_one_costs(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    ids = [f"m{n:05}" for n in range(10_000)]
    for begin in range(0, len(ids), 2_000):
        await _send(
            web,
            *(
                # Every tenth has a cookie instead, and twenty events share a minute.
                _visit(ids[n], n // 20, **({} if n % 10 else {"userId": None, "anonymousId": "c"}))
                for n in range(begin, begin + 2_000)
            ),
        )
    await _send(web, _visit("met", -1, anonymousId="c"))
    keys = ["user_id:7", "anonymous_id:c"]

    def cursor(place: int) -> tuple[datetime, str]:
        return NOON + timedelta(minutes=place // 20), ids[place]

    limits: dict[str, Any] = {"names": None, "channels": None}
    limits |= {"since": to_moment(BEGINNING), "until": to_moment(END), "first": 50, "parts": []}
    for name, start, first, deep in (
        ("touchpoints_asc", (BEGINNING, ""), ["met", *ids[:49]], ids[9_801:9_851]),
        ("touchpoints_desc", (END, ""), ids[:-51:-1], ids[199:149:-1]),
    ):
        place = 9_800 if name.endswith("asc") else 200
        costs = []
        for (at, id_), expected in ((start, first), (cursor(place), deep)):
            cost, found = await _hits(
                graph, name, profiles=[keys], after_at=to_moment(at), after_id=id_, **limits
            )
            assert found == expected
            costs.append(cost)
        # 20 events share a minute: those before the cursor in its own minute are looked at again.
        assert abs(costs[1] - costs[0]) < 100 < costs[0]
    # And through the door.
    page = await _page(reader, first=50, after=_cursor([cursor(9_800)[0].isoformat(), ids[9_800]]))
    assert [edge["node"]["messageId"] for edge in page["edges"]] == ids[9_801:9_851]
