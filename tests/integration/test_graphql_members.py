"""The people of an account, page by page, and that many accounts cost no more round trips."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.round_trips import counted_round_trips

MEMBERS = """
query($user: String! = "u0", $first: Int, $after: String) {
  profile(identifier: {namespace: "user_id", value: $user}) {
    accounts {
      key
      members(first: $first, after: $after) {
        edges { cursor node { identifiers { value } } }
        pageInfo { hasNextPage hasPreviousPage endCursor }
      }
    }
  }
}"""


async def _join(web: Sender, user: str, *groups: str) -> None:
    await web.batch(*({"type": "group", "userId": user, "groupId": group} for group in groups))


async def _members(reader: Reader, **asked: Any) -> dict[str, dict[str, Any]]:
    accounts = (await reader.ask(MEMBERS, **asked))["profile"]["accounts"]
    return {one["key"]: one["members"] for one in accounts}


def _users(members: dict[str, Any]) -> list[str]:
    return [edge["node"]["identifiers"][-1]["value"] for edge in members["edges"]]


async def test_whoever_belongs_to_a_shared_account_is_told_once_on_one_page(
    web: Sender, reader: Reader
) -> None:
    for user in range(5):
        await _join(web, f"u{user}", "acme")
    await web.accept("identify", {"userId": "u1", "traits": {"email": "bo@example.com"}})
    twice = {"anonymousId": "c", "context": {"traits": {"email": "bo@example.com"}}}
    await web.accept("group", {**twice, "groupId": "acme"})
    await _join(web, "elsewhere", "other")
    everybody = (await _members(reader))["organization:acme"]
    assert sorted(_users(everybody)) == ["u0", "u1", "u2", "u3", "u4"]
    assert everybody["pageInfo"]["hasNextPage"] is False
    # What is only somebody's own has nobody else.
    assert _users((await _members(reader))["login:u0"]) == ["u0"]

    told: list[str] = []
    after = None
    while True:
        page = (await _members(reader, first=2, after=after))["organization:acme"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        told += _users(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert told == _users(everybody)


async def test_many_accounts_are_asked_for_at_once(web: Sender, reader: Reader) -> None:
    await _join(web, "u0", "one")
    await _join(web, "many", *(f"g{n}" for n in range(40)))
    trips = []
    for user in ("u0", "many"):
        await _members(reader, user=user)
        with counted_round_trips() as counted:
            members = await _members(reader, user=user)
        trips.append(counted.count)
        assert all(_users(one) == [user] for one in members.values())
    assert len(members) == 41
    assert trips == [3, 3]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"first": 0}, "first: is 0; ask for 1 to 500, and page on"),
        ({"first": 501}, "first: is 501; ask for 1 to 500, and page on"),
        ({"after": "x"}, "after: is not a cursor; use the endCursor of a page"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    web: Sender, reader: Reader, asked: dict[str, Any], problem: str
) -> None:
    await _join(web, "u0", "acme", "other")
    errors = await reader.errors(MEMBERS, **asked)
    assert {(one["message"], one["code"]) for one in errors} == {(problem, "invalid_query")}


async def test_members_are_masked_like_everybody(
    client: httpx.AsyncClient, graph: Graph, web: Sender, reader: Reader
) -> None:
    await _join(web, "u0", "acme")
    id_ = (await reader.ask('{ profile(identifier: {namespace: "user_id", value: "u0"}) { id } }'))[
        "profile"
    ]["id"]
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    query = MEMBERS.replace(
        'profile(identifier: {namespace: "user_id", value: $user})', "profile(id: $id)"
    ).replace('$user: String! = "u0"', "$id: ID!")
    [_, acme] = (await narrow.ask(query, id=id_))["profile"]["accounts"]
    assert _users(acme["members"])[0].startswith("masked-")
