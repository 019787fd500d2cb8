"""What somebody may do next, through GraphQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from service.access import Scope, add_key
from service.api.app import build_app
from service.identity.rules import load_rules, parse_rules
from service.journey.learning import learn_journeys
from service.learner import subject_of
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lately import NOW, PEOPLE, accept, happen, learn, order, visit
from tests.integration.round_trips import counted_round_trips

TOLD = """
__typename at
... on NothingLearned { reason }
... on Foreseen {
  touchpoints { channel probability times }
  conversions { name withinDays probability baseRate }
  reach { at channel probability lift ownResponses responses }
  timeZone
  standsOn {
    learnedAt from to counted missed ownTouchpoints
    nextTouchpoint { silence touchpoints times }
    conversions { silence touchpoints times }
    measured { from to withinDays gains { conversion questions skill skillError calibrationError } }
  }
}"""
QUERY = f"""
query(
  $value: String!, $days: Int! = 7, $conversions: [String!], $channels: [String!], $first: Int
) {{
  profile(identifier: {{namespace: "user_id", value: $value}}) {{
    nextSteps(
      withinDays: $days, conversions: $conversions, channels: $channels, first: $first
    ) {{ {TOLD} }}
  }}
}}"""
BY_ID = f"query($id: ID!) {{ profile(id: $id) {{ nextSteps {{ {TOLD} }} }} }}"
LINK = """
mutation($a: IdentifierInput!, $b: IdentifierInput!) {
  linkIdentifiers(a: $a, b: $b, reason: "they say so") { __typename }
}"""
ALL = {"name": "Order Completed", "withinDays": 7}


async def _next(reader: Reader, value: str = "new", **given: Any) -> dict[str, Any]:
    told = await reader.ask(QUERY, value=value, **given)
    steps: dict[str, Any] = told["profile"]["nextSteps"]
    return steps


async def test_who_came_by_an_ad_comes_by_mail_next_as_everybody_did(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await happen(web)
    await accept(web, visit(0.001, "new", "cpc"))
    await learn(graph)
    told = await _next(reader)
    assert told["__typename"] == "Foreseen"
    mail, direct = told["touchpoints"]
    assert (mail["channel"], mail["times"], direct["channel"]) == ("email", PEOPLE, "direct")
    assert mail["probability"] > 9 * direct["probability"]
    [order_] = told["conversions"]
    assert order_.items() >= ALL.items()
    assert 0 < order_["probability"] < 1
    assert 0 < order_["baseRate"] < 1
    stands_on = told["standsOn"]
    assert stands_on["counted"] == PEOPLE + PEOPLE // 2
    assert stands_on["ownTouchpoints"] == 1
    assert stands_on["missed"] == 0
    basis = stands_on["nextTouchpoint"]
    assert (basis["touchpoints"], basis["silence"]) == (["paid_search"], "just now")
    assert basis["times"] == PEOPLE
    assert datetime.fromisoformat(stands_on["to"]) > NOW


async def test_who_came_by_mail_is_more_likely_to_buy_than_anybody(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await happen(web)
    await accept(web, visit(1, "new", "cpc"), visit(0.001, "new", "email"))
    await learn(graph)
    [chance] = (await _next(reader))["conversions"]
    assert chance["probability"] > 2 * chance["baseRate"]
    [longer] = (await _next(reader, days=30))["conversions"]
    assert longer["withinDays"] == 30
    assert longer["probability"] >= chance["probability"]


async def test_how_good_it_would_have_been_is_told(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await happen(web, ago=100)
    for number in range(40):
        user, ago, later = f"w{number}", 15 + number % 5, "email" if number % 4 else "social"
        await accept(web, visit(ago, user, "cpc"), visit(ago - 10, user, later))
    await learn(graph)
    measured = (await _next(reader, "u1"))["standsOn"]["measured"]
    [gain] = [one for one in measured["gains"] if one["conversion"] is None]
    assert measured["withinDays"] == 7
    # Three of four came by mail, and were told to; the best constant knows that, too.
    assert gain["questions"] == 40
    assert gain["skill"] < 0
    assert gain["calibrationError"] == pytest.approx(0.25, abs=0.05)


async def test_before_anything_was_learned_the_answer_says_so(web: Sender, reader: Reader) -> None:
    await accept(web, {"type": "identify", "userId": "new", "timestamp": NOW.isoformat()})
    told = await _next(reader)
    assert (told["__typename"], told["reason"]) == ("NothingLearned", "NOT_YET")
    assert datetime.fromisoformat(told["at"]) >= NOW


async def test_from_too_little_nothing_is_told(graph: Graph, web: Sender, reader: Reader) -> None:
    await accept(web, {"type": "identify", "userId": "new", "timestamp": NOW.isoformat()})
    await learn(graph)
    told = await _next(reader)
    assert (told["__typename"], told["reason"]) == ("NothingLearned", "TOO_LITTLE")


async def test_what_nobody_was_waited_for_is_not_known(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await accept(web, visit(5, "new", "cpc"), visit(4, "new", "email"))
    await learn(graph)
    assert (await _next(reader, days=3))["conversions"][0]["probability"] is not None
    for days in (7, 30):
        [chance] = (await _next(reader, days=days))["conversions"]
        assert (chance["probability"], chance["baseRate"]) == (None, None)


async def test_of_somebody_who_never_came_the_base_rate_is_told(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await happen(web)
    await accept(web, {"type": "identify", "userId": "new", "timestamp": NOW.isoformat()})
    await learn(graph)
    told = await _next(reader)
    [chance] = told["conversions"]
    assert chance["probability"] == chance["baseRate"]
    assert told["standsOn"]["nextTouchpoint"] == {
        "silence": None,
        "touchpoints": [],
        # In each of the times that a silence is told by, somebody was seen to go on.
        "times": 4 * PEOPLE + 2 * (PEOPLE // 2),
    }
    assert told["standsOn"]["ownTouchpoints"] == 0


async def test_of_nobody_nothing_is_told(graph: Graph, web: Sender, reader: Reader) -> None:
    await happen(web)
    await learn(graph)
    assert (await reader.ask(QUERY, value="nobody"))["profile"] is None


async def test_of_who_was_merged_since_all_counts(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await happen(web)
    await accept(web, visit(1, "new", "cpc"), visit(0.01, "other", "email"))
    await learn(graph)
    assert (await _next(reader))["standsOn"]["ownTouchpoints"] == 1
    await reader.ask(
        LINK,
        a={"namespace": "user_id", "value": "new"},
        b={"namespace": "user_id", "value": "other"},
    )
    # Two user ids are two people, whatever somebody says; a cookie may be anybody's.
    await accept(web, {**visit(0.005, "", "email"), "userId": None, "anonymousId": "c"})
    await reader.ask(
        LINK,
        a={"namespace": "user_id", "value": "new"},
        b={"namespace": "anonymous_id", "value": "c"},
    )
    told = await _next(reader)
    assert told["standsOn"]["ownTouchpoints"] == 2
    assert told["standsOn"]["nextTouchpoint"]["touchpoints"] == ["email", "paid_search"]


async def test_somebody_is_reached_when_they_respond_where_they_are(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    evening = NOW.astimezone(tokyo).replace(hour=20, minute=30, second=0, microsecond=0)
    days = [evening - timedelta(days=n) for n in range(1, 40)]
    for user in ("a", "new"):
        context = {"timezone": "Asia/Tokyo"}
        messages = [visit(0, user, "email", context=context) for _ in days]
        for message, at in zip(messages, days, strict=True):
            message["timestamp"] = at.isoformat()
        await accept(web, *messages)
    await learn(graph)
    told = await _next(reader)
    assert told["timeZone"] == "Asia/Tokyo"
    [moment] = told["reach"]
    assert (moment["channel"], moment["ownResponses"]) == ("email", len(days))
    assert moment["responses"] == 2 * len(days)
    at = datetime.fromisoformat(moment["at"])
    assert (at.hour, at.utcoffset()) == (20, timedelta(hours=9))
    assert NOW < at <= NOW + timedelta(days=7, hours=1)
    assert moment["lift"] > 1
    assert (await _next(reader, channels=["push"]))["reach"] == []
    assert (await _next(reader, channels=[]))["reach"] == []


async def test_only_what_is_wanted_is_told(graph: Graph, web: Sender, reader: Reader) -> None:
    await happen(web)
    await learn(graph)
    told = await _next(reader, "u1", first=1, conversions=[])
    assert [one["channel"] for one in told["touchpoints"]] == ["email"]
    assert told["conversions"] == []
    told = await _next(reader, "u1", conversions=["Order Completed", "Order Completed"])
    assert [one["name"] for one in told["conversions"]] == ["Order Completed"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"days": 0}, "withinDays: is 0; ask for 1 to 90"),
        ({"days": 91}, "withinDays: is 91; ask for 1 to 90"),
        ({"first": 0}, "first: is 0; ask for 1 to 500, and page on"),
        (
            {"conversions": ["Signed Up"]},
            "conversions: Signed Up is not predicted; the rules name Order Completed",
        ),
    ],
)
async def test_what_cannot_be_is_told(
    graph: Graph, web: Sender, reader: Reader, given: dict[str, Any], message: str
) -> None:
    await happen(web)
    await learn(graph)
    errors = await reader.errors(QUERY, value="u1", **given)
    assert errors == [{"message": message, "code": "invalid_query"}]


async def test_those_of_many_take_as_many_round_trips_as_those_of_one(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    query = f"""
      query($first: Int) {{
        profiles(first: $first) {{ edges {{ node {{ nextSteps {{ {TOLD} }} }} }} }}
      }}"""
    await happen(web)
    await learn(graph)
    await reader.ask(query, first=1)
    counts = []
    for first in (1, PEOPLE):
        with counted_round_trips() as trips:
            told = await reader.ask(query, first=first)
        counts.append(trips.count)
        edges = told["profiles"]["edges"]
        assert [one["node"]["nextSteps"]["__typename"] for one in edges] == ["Foreseen"] * first
    assert counts[0] == counts[1]


async def test_a_time_zone_that_is_masked_cannot_be_read_from_the_hours(
    graph: Graph, web: Sender
) -> None:
    await happen(web)
    elsewhere = {"timezone": "Pacific/Auckland"}
    await accept(web, visit(1, "here", "email"), visit(1, "there", "email", context=elsewhere))
    await learn(graph)
    closed = parse_rules(
        '[privacy]\nopen_traits = []\n[namespaces.user_id]\nkind = "person"', "closed"
    )
    key = await add_key(graph, "narrow", [Scope.PROFILES_READ])
    rows = await graph.run(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(p) WHERE i.value IN ['here', 'there'] "
        "RETURN p.id AS id ORDER BY i.value"
    )
    told = []
    for rules in (load_rules(), closed):
        app = build_app(graph, rules, Settings())
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
            narrow = Reader(client, key)
            answers = [(await narrow.ask(BY_ID, id=row["id"]))["profile"] for row in rows]
            told.append([one["nextSteps"] for one in answers])
    (_, opened), (here, there) = told
    assert opened["timeZone"] == "Pacific/Auckland"
    assert (here["timeZone"], there["timeZone"]) == (None, None)
    assert here["reach"] == there["reach"]
    assert all(
        datetime.fromisoformat(one["at"]).utcoffset() == timedelta(0) for one in there["reach"]
    )


async def test_what_the_rules_name_is_what_is_predicted(graph: Graph, web: Sender) -> None:
    text = '[next_step]\nconversions = ["Signed Up"]\nreachable = ["paid_search"]\n'
    rules = parse_rules(text + '[namespaces.user_id]\nkind = "person"', "ours")
    await happen(web)
    await accept(web, visit(40, "u1") | {"type": "track", "event": "Signed Up"})
    await accept(web, order(39, "u1"))
    await learn_journeys(graph, subject_of(rules), datetime.now(UTC))
    key = await add_key(graph, "admin", [Scope.ADMIN])
    transport = httpx.ASGITransport(build_app(graph, rules, Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        told = await _next(Reader(client, key), "u1")
    assert [one["name"] for one in told["conversions"]] == ["Signed Up"]
    assert [one["channel"] for one in told["reach"]] == ["paid_search"]
