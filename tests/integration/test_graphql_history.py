"""Through GraphQL: what was decided about a person, and who that person was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.test_graphql_by_hand import link, named, withdraw

CHANGE = """
  id changeId kind at actor cause rule reason profiles withdrawn withdraws withdrawnBy
  identifiers { namespace value was became }
"""
HISTORY = f"""
query($who: IdentifierInput!, $first: Int, $after: ID) {{
  profile(identifier: $who) {{ id history(first: $first, after: $after) {{ {CHANGE} }} }}
}}"""
NODE = f"query($id: ID!) {{ node(id: $id) {{ __typename id ... on Change {{ {CHANGE} }} }} }}"
WHO_WAS = """
query($who: IdentifierInput!, $at: DateTime!) {
  whoWas(identifier: $who, at: $at) {
    id
    at
    identifiers { namespace value }
    profile { id identifiers { value } }
  }
}"""


async def history(reader: Reader, key: str, **page: Any) -> list[dict[str, Any]]:
    profile = (await reader.ask(HISTORY, who=named(key), **page))["profile"]
    return list(profile["history"])


async def _now(graph: Graph) -> str:
    [row] = await graph.run("RETURN toString(datetime.realtime()) AS now")
    return str(row["now"])


async def test_what_was_decided_is_told_in_order_with_its_cause(
    web: Sender, reader: Reader
) -> None:
    await web.accept("page", {"anonymousId": "c1"})
    await web.accept("page", {"userId": "7"})
    message = {"userId": "7", "anonymousId": "c1", "messageId": "m-1"}
    await web.accept("identify", message)
    await web.accept("identify", {"traits": {"email": "ann@example.com"}, "anonymousId": "c9"})
    linked = await link(reader, "user_id:7", "email:ann@example.com")
    await withdraw(reader, linked["change"]["changeId"])
    changes = await history(reader, "user_id:7")
    assert [one["kind"] for one in changes] == ["MERGED", "LINKED", "MERGED", "WITHDRAWN", "SPLIT"]
    first, said, followed, taken_back, split = changes
    assert (first["cause"], first["rule"], first["actor"]) == ("m-1", "observed", None)
    [moved] = first["identifiers"]
    assert (moved["value"], [moved["became"], moved["was"]]) == ("7", first["profiles"])
    assert (said["actor"], said["reason"], said["cause"]) == (
        "key:tests",
        "seen at the till",
        None,
    )
    assert (said["withdrawn"], said["withdrawnBy"]) == (True, taken_back["id"])
    assert [one["value"] for one in said["identifiers"]] == ["ann@example.com", "7"]
    assert (followed["cause"], followed["rule"]) == (said["changeId"], "manual")
    assert (taken_back["withdraws"], taken_back["withdrawn"]) == (said["id"], False)
    assert split["cause"] == taken_back["changeId"]
    times = [datetime.fromisoformat(one["at"]) for one in changes]
    assert times == sorted(times)


async def test_history_is_read_a_page_at_a_time_and_each_change_by_its_id(
    web: Sender, reader: Reader
) -> None:
    for number in range(4):
        await web.accept("page", {"anonymousId": f"c{number}"})
        await web.accept("identify", {"userId": "7", "anonymousId": f"c{number}"})
    whole = await history(reader, "user_id:7")
    assert len(whole) > 2
    pages: list[dict[str, Any]] = []
    while page := await history(
        reader, "user_id:7", first=1, after=pages[-1]["id"] if pages else None
    ):
        pages += page
    assert pages == whole
    assert await history(reader, "user_id:7", after=whole[0]["changeId"]) == whole[1:]
    assert await history(reader, "user_id:7", after="nothing") == []
    for change in whole:
        node = (await reader.ask(NODE, id=change["id"]))["node"]
        assert node == {"__typename": "Change", **change}
    assert await reader.ask(NODE, id="Q2hhbmdlOm5vcGU=") == {"node": None}
    for size in (0, 501):
        [error] = await reader.errors(HISTORY, who=named("user_id:7"), first=size)
        assert error["code"] == "invalid_query"


async def test_who_somebody_was_is_known_for_every_day(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    before = await _now(graph)
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    await web.accept("page", {"anonymousId": "c1"})
    apart = await _now(graph)
    await web.accept("identify", {"userId": "7", "anonymousId": "c1"})
    together = await _now(graph)

    async def who(key: str, at: str) -> set[str] | None:
        past = (await reader.ask(WHO_WAS, who=named(key), at=at))["whoWas"]
        if past is None:
            return None
        assert len(past["profile"]["identifiers"]) == 3
        return {one["value"] for one in past["identifiers"]}

    assert await who("user_id:7", before) is None
    assert await who("user_id: 7", apart) == {"7", "ann@example.com"}
    assert await who("anonymous_id:c1", apart) == {"c1"}
    assert await who("anonymous_id:c1", together) == {"7", "ann@example.com", "c1"}
    assert await who("anonymous_id:c1", "2100-01-01T00:00:00") == {"7", "ann@example.com", "c1"}
    assert await who("anonymous_id:c2", together) is None
    assert await who("anonymous_id:null", together) is None


async def test_the_past_takes_the_scope_to_see_people(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    reader = Reader(client, await add_key(graph, "writer", [Scope.IDENTITY_WRITE]))
    [error] = await reader.errors(WHO_WAS, who=named("user_id:7"), at="2026-01-01T00:00:00Z")
    assert error["code"] == "forbidden"
