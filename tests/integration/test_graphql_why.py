"""Through GraphQL: why two identifiers are one person or two, and the graph of one person."""

from __future__ import annotations

from typing import Any

import httpx

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.test_graphql_by_hand import link, named, separate

LINK = "a { namespace value profileId } b { namespace value profileId } obstacle kind count sources"
EXPLAIN = f"""
query($a: IdentifierInput!, $b: IdentifierInput!) {{
  explain(a: $a, b: $b) {{
    __typename
    samePerson
    reason
    summary
    chain {{ {LINK} firstSeen lastSeen evidence {{ kind count sources actor reason changeId }} }}
    profiles {{ id }}
    ... on TwoPeople {{
      refused {{ {LINK} }}
      won {{ {LINK} }}
      leftOut {{ {LINK} }}
      separation {{ a {{ value }} b {{ value }} at actor reason changeId }}
    }}
    ... on UnknownIdentifiers {{ identifiers {{ namespace value }} }}
  }}
}}"""
GRAPH = f"""
query($who: IdentifierInput!, $most: Int! = 1000) {{
  profile(identifier: $who) {{
    id
    graph(mostLinks: $most) {{
      identifiers {{ namespace value shared }}
      links {{ {LINK} evidence {{ kind count actor reason }} }}
      moreLinks
      separations {{ a {{ value }} b {{ value }} actor reason }}
    }}
  }}
}}"""


async def explain(reader: Reader, a: str, b: str) -> dict[str, Any]:
    return dict((await reader.ask(EXPLAIN, a=named(a), b=named(b)))["explain"])


def ends(link: dict[str, Any] | None) -> tuple[str, str]:
    assert link is not None
    a, b = (f"{link[end]['namespace']}:{link[end]['value']}" for end in "ab")
    return a, b


async def test_one_person_is_explained_by_the_chain_between(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    for _ in range(3):
        await web.accept("identify", {"userId": "7", "anonymousId": "c1"})
    await web.accept("page", {"anonymousId": "c2"})
    await link(reader, "anonymous_id:c1", "anonymous_id:c2")
    found = await explain(reader, "email:Ann@example.com", "anonymous_id:c2")
    assert (found["__typename"], found["samePerson"], found["reason"]) == (
        "OnePerson",
        True,
        "LINKED",
    )
    assert [ends(one) for one in found["chain"]] == [
        ("email:ann@example.com", "user_id:7"),
        ("user_id:7", "anonymous_id:c1"),
        ("anonymous_id:c1", "anonymous_id:c2"),
    ]
    assert [(one["kind"], one["count"], one["sources"]) for one in found["chain"]] == [
        ("OBSERVED", 1, ["web"]),
        ("OBSERVED", 3, ["web"]),
        ("MANUAL", 1, []),
    ]
    [said] = found["chain"][2]["evidence"]
    assert (said["actor"], said["reason"]) == ("key:tests", "seen at the till")
    assert said["changeId"]
    assert len(found["profiles"]) == 1
    assert found["summary"] == (
        "email:ann@example.com and anonymous_id:c2 are one person, by a chain of 3 links; the one "
        "seen least is between email:ann@example.com and user_id:7: observed 1 time."
    )


async def test_the_link_that_won_is_told_beside_the_one_that_lost(
    web: Sender, reader: Reader
) -> None:
    for minute, user in enumerate(("8", "7")):
        await web.accept(
            "identify",
            {"userId": user, "anonymousId": "c1", "timestamp": f"2025-06-01T12:0{minute}:00Z"},
        )
    for asked in ("anonymous_id:c1", "user_id:7"):
        found = await explain(reader, asked, "user_id:8")
        assert (found["__typename"], found["reason"]) == ("TwoPeople", "MAX_PER_PROFILE")
        assert ends(found["refused"]) == ("anonymous_id:c1", "user_id:8")
        assert found["refused"]["obstacle"] == "MAX_PER_PROFILE"
        assert ends(found["won"]) == ("anonymous_id:c1", "user_id:7")
        assert (found["chain"], found["leftOut"], found["separation"]) == ([], [], None)
        assert len(found["profiles"]) == 2
        assert found["summary"] == (
            f"{asked} and user_id:8 are two people: the link between anonymous_id:c1 and user_id:8 "
            "is refused, for one person holds at most 1 user_id; the link between anonymous_id:c1 "
            "and user_id:7 won."
        )


async def test_a_full_profile_and_a_device_of_many_refuse_links(
    web: Sender, reader: Reader
) -> None:
    for number in range(4):
        email = {"email": f"a{number}@example.com"}
        await web.accept("identify", {"anonymousId": "tablet", "traits": email})
    reasons = set()
    for other in range(1, 4):
        found = await explain(reader, "email:a0@example.com", f"email:a{other}@example.com")
        assert found["refused"]["obstacle"] == found["reason"]
        assert "tablet" in str(found["refused"])
        assert "tablet" in str(found["won"])
        reasons.add(found["reason"])
    assert reasons == {"DEVICE_JOINS"}


async def test_a_separation_is_told_with_who_and_why(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    change = (await separate(reader, "user_id:7", "email:ann@example.com"))["change"]
    found = await explain(reader, "user_id:7", "email:ann@example.com")
    assert (found["samePerson"], found["reason"]) == (False, "SEPARATED")
    assert found["separation"].pop("at")
    assert found["separation"] == {
        "a": {"value": "ann@example.com"},
        "b": {"value": "7"},
        "actor": "key:tests",
        "reason": "seen at the till",
        "changeId": change["changeId"],
    }
    assert "key:tests said" in found["summary"]


async def test_what_is_left_out_is_told(web: Sender, reader: Reader) -> None:
    for number in range(6):
        await web.accept("identify", {"userId": f"u{number}", "anonymousId": "kiosk"})
    ip = {"externalIds": [{"type": "ip", "id": "10.0.0.7"}]}
    for user in ("u1", "u2"):
        await web.send("track", {"userId": user, "event": "Seen", "context": ip})
    badges = {"externalIds": [{"type": "badge", "id": "b9"}]}
    await web.send("track", {"userId": "u3", "event": "Seen", "context": badges})
    direct = await explain(reader, "user_id:u1", "anonymous_id:kiosk")
    assert direct["reason"] == "SHARED"
    assert [ends(one) for one in direct["leftOut"]] == [("user_id:u1", "anonymous_id:kiosk")]
    over = await explain(reader, "user_id:u0", "user_id:u5")
    assert over["reason"] == "SHARED"
    assert [ends(one) for one in over["leftOut"]] == [
        ("user_id:u0", "anonymous_id:kiosk"),
        ("anonymous_id:kiosk", "user_id:u5"),
    ]
    none = await explain(reader, "user_id:u1", "ip:10.0.0.7")
    assert (none["reason"], none["leftOut"]) == ("KIND_NONE", [])
    badge = await explain(reader, "user_id:u3", "badge:b9")
    assert badge["reason"] == "KIND_NONE"
    assert [one["obstacle"] for one in badge["leftOut"]] == ["KIND_NONE"]


async def test_nothing_and_nobody_and_the_same_are_told(web: Sender, reader: Reader) -> None:
    await web.accept("page", {"userId": "7"})
    await web.accept("page", {"userId": "8"})
    found = await explain(reader, "user_id:7", "user_id:8")
    assert (found["__typename"], found["reason"]) == ("TwoPeople", "NO_EVIDENCE")
    assert found["summary"] == (
        "user_id:7 and user_id:8 are two people: nothing was ever seen that links them."
    )
    same = await explain(reader, "user_id:7", "user_id: 7")
    assert (same["__typename"], same["reason"]) == ("OnePerson", "SAME_IDENTIFIER")
    assert (same["samePerson"], same["chain"]) == (True, [])
    unknown = await explain(reader, "user_id:7", "user_id:9")
    assert (unknown["__typename"], unknown["reason"]) == ("UnknownIdentifiers", "UNKNOWN")
    assert unknown["identifiers"] == [named("user_id:9")]
    assert unknown["summary"] == "Nothing is known of user_id:9."
    dropped = await explain(reader, "user_id:null", "user_id:9")
    assert dropped["identifiers"] == [named("user_id:null")]


async def test_a_graph_has_every_link_with_its_evidence(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    for minute, user in enumerate(("8", "7")):
        await web.accept(
            "identify",
            {"userId": user, "anonymousId": "c1", "timestamp": f"2025-06-01T12:0{minute}:00Z"},
        )
    await link(reader, "user_id:7", "email:ann@example.com")
    await separate(reader, "user_id:7", "user_id:8")
    profile = (await reader.ask(GRAPH, who=named("user_id:7")))["profile"]
    graph = profile["graph"]
    assert {one["value"] for one in graph["identifiers"]} == {"7", "ann@example.com", "c1"}
    links = {ends(one): one for one in graph["links"]}
    assert len(links) == len(graph["links"]) == 3
    assert ends(graph["links"][-1]) == ("anonymous_id:c1", "user_id:8")
    lost = links["anonymous_id:c1", "user_id:8"]
    assert lost["obstacle"] == "SEPARATED"
    assert lost["a"]["profileId"] == profile["id"] != lost["b"]["profileId"]
    by_hand = links["email:ann@example.com", "user_id:7"]
    assert (by_hand["obstacle"], by_hand["kind"], by_hand["count"]) == (None, "MANUAL", 2)
    assert by_hand["evidence"] == [
        {"kind": "MANUAL", "count": 1, "actor": "key:tests", "reason": "seen at the till"},
        {"kind": "OBSERVED", "count": 1, "actor": None, "reason": None},
    ]
    assert graph["separations"] == [
        {
            "a": {"value": "7"},
            "b": {"value": "8"},
            "actor": "key:tests",
            "reason": "seen at the till",
        }
    ]
    assert graph["moreLinks"] == 0
    few = (await reader.ask(GRAPH, who=named("user_id:7"), most=1))["profile"]["graph"]
    assert (len(few["links"]), few["moreLinks"]) == (1, 2)
    [error] = await reader.errors(GRAPH, who=named("user_id:7"), most=-1)
    assert error["code"] == "invalid_query"


async def test_the_graph_of_who_was_seen_alone_has_no_links(web: Sender, reader: Reader) -> None:
    await web.accept("page", {"userId": "7"})
    graph = (await reader.ask(GRAPH, who=named("user_id:7")))["profile"]["graph"]
    assert (len(graph["identifiers"]), graph["links"], graph["separations"]) == (1, [], [])


async def test_to_explain_takes_the_scope_to_see_people(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    reader = Reader(client, await add_key(graph, "writer", [Scope.IDENTITY_WRITE]))
    [error] = await reader.errors(EXPLAIN, a=named("user_id:7"), b=named("user_id:8"))
    assert error["code"] == "forbidden"
