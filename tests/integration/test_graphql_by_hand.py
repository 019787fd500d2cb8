"""What a person says of who is one person, through GraphQL: each outcome is a type."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

RESULT = """
  __typename
  message
  change { changeId kind actor reason withdrawn }
  profiles { id identifiers { namespace value } }
  ... on LinkRefused { rule }
  ... on AlreadyLinked { standing: rule }
  ... on UnknownIdentifier { identifiers { namespace value } }
  ... on NotAnIdentifier { identifier { namespace value } why: reason }
"""
LINK = f"""
mutation($a: IdentifierInput!, $b: IdentifierInput!, $reason: String! = "seen at the till") {{
  result: linkIdentifiers(a: $a, b: $b, reason: $reason) {{ {RESULT} }}
}}"""
SEPARATE = LINK.replace("linkIdentifiers", "separateIdentifiers")
WITHDRAW = f"""
mutation($id: ID!, $reason: String! = "a mistake") {{
  result: withdraw(changeId: $id, reason: $reason) {{ {RESULT} }}
}}"""


def named(key: str) -> dict[str, str]:
    """An identifier as GraphQL takes it, and gives its name."""
    namespace, _, value = key.partition(":")
    return {"namespace": namespace, "value": value}


async def link(reader: Reader, a: str, b: str) -> dict[str, Any]:
    return dict((await reader.ask(LINK, a=named(a), b=named(b)))["result"])


async def separate(reader: Reader, a: str, b: str) -> dict[str, Any]:
    return dict((await reader.ask(SEPARATE, a=named(a), b=named(b)))["result"])


async def withdraw(reader: Reader, id_: str) -> dict[str, Any]:
    return dict((await reader.ask(WITHDRAW, id=id_))["result"])


def people(result: dict[str, Any]) -> list[set[str]]:
    """The keys of each profile of a result."""
    return [
        {f"{one['namespace']}:{one['value']}" for one in profile["identifiers"]}
        for profile in result["profiles"]
    ]


async def test_two_people_are_linked_and_it_is_taken_back(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    await web.accept("page", {"anonymousId": "c1"})
    linked = await link(reader, "email: ANN@Example.com", "anonymous_id:c1")
    assert linked["__typename"] == "Linked"
    assert linked["message"]
    assert people(linked) == [{"user_id:7", "email:ann@example.com", "anonymous_id:c1"}]
    change = linked["change"]
    assert change.pop("changeId")
    assert change == {
        "kind": "LINKED",
        "actor": "key:tests",
        "reason": "seen at the till",
        "withdrawn": False,
    }
    again = await link(reader, "anonymous_id:c1", "email:ann@example.com")
    assert (again["__typename"], again["standing"]) == ("AlreadyLinked", None)
    taken_back = await withdraw(reader, again["change"]["changeId"])
    assert taken_back["__typename"] == "Withdrawn"
    assert taken_back["change"]["kind"] == "WITHDRAWN"
    assert sorted(map(len, people(taken_back))) == [1, 2]
    once_more = await withdraw(reader, again["change"]["changeId"])
    assert once_more["__typename"] == "AlreadyWithdrawn"
    assert once_more["change"]["withdrawn"] is True
    assert sorted(map(len, people(once_more))) == [1, 2]
    other = await withdraw(reader, taken_back["change"]["changeId"])
    assert (other["__typename"], other["change"]["kind"]) == ("NotByHand", "WITHDRAWN")


async def test_one_person_is_separated_into_two(web: Sender, reader: Reader) -> None:
    await web.accept("identify", {"userId": "7", "traits": {"email": "ann@example.com"}})
    separated = await separate(reader, "user_id:7", "email:ann@example.com")
    assert separated["__typename"] == "Separated"
    assert sorted(people(separated), key=sorted) == [{"email:ann@example.com"}, {"user_id:7"}]
    again = await separate(reader, "email:ann@example.com", "user_id:7")
    assert again["__typename"] == "AlreadySeparated"
    assert again["change"] == separated["change"]
    refused = await link(reader, "email:ann@example.com", "user_id:7")
    assert (refused["__typename"], refused["rule"]) == ("LinkRefused", "SEPARATED")
    assert len(refused["profiles"]) == 2
    standing = await link(reader, "email:ann@example.com", "user_id:7")
    assert (standing["__typename"], standing["standing"]) == ("AlreadyLinked", "SEPARATED")


@pytest.mark.parametrize(
    ("a", "b", "rule"),
    [
        ("user_id:7", "user_id:8", "MAX_PER_PROFILE"),
        ("user_id:7", "ip:10.0.0.7", "KIND_NONE"),
        ("user_id:7", "badge:b9", "KIND_NONE"),
    ],
)
async def test_a_link_that_the_rules_forbid_is_kept_and_says_why(
    web: Sender, reader: Reader, a: str, b: str, rule: str
) -> None:
    for key in (a, b):
        namespace, _, value = key.partition(":")
        ids = [{"type": namespace, "id": value}]
        await web.send("track", {"event": "Seen", "context": {"externalIds": ids}})
    refused = await link(reader, a, b)
    assert (refused["__typename"], refused["rule"]) == ("LinkRefused", rule)
    assert len(refused["profiles"]) == 2
    assert "does not count" in refused["message"]


async def test_what_is_nobodys_is_said_and_changes_nothing(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await web.accept("page", {"userId": "7"})
    for act in (link, separate):
        unknown = await act(reader, "user_id:7", "email:nobody@example.com")
        assert unknown["__typename"] == "UnknownIdentifier"
        assert unknown["identifiers"] == [named("email:nobody@example.com")]
        assert (unknown["change"], unknown["profiles"] != []) == (None, False)
        both = await act(reader, "user_id:a, b", "user_id:b")
        assert both["identifiers"] == [named("user_id:a, b"), named("user_id:b")]
        nowhere = await act(reader, "user_id:9", "user_id:9")
        assert nowhere["identifiers"] == [named("user_id:9")]
        nobodys = await act(reader, "user_id:7", "user_id:undefined")
        assert nobodys["__typename"] == "NotAnIdentifier"
        assert nobodys["identifier"] == named("user_id:undefined")
        assert nobodys["why"] == "PLACEHOLDER"
        same = await act(reader, "user_id:7", "user_id:7")
        assert (same["__typename"], len(same["profiles"])) == ("SameIdentifier", 1)
    for id_ in ("", "no-change", "\0", "é"):
        assert (await withdraw(reader, id_))["__typename"] == "NotByHand"
    assert await graph.run("MATCH (c:Change) RETURN c") == []


async def test_a_reason_is_asked_for(web: Sender, reader: Reader, graph: Graph) -> None:
    await web.accept("page", {"userId": "7"})
    for query, given in (
        (LINK, {"a": named("user_id:7"), "b": named("user_id:8")}),
        (SEPARATE, {"a": named("user_id:7"), "b": named("user_id:8")}),
        (WITHDRAW, {"id": "x"}),
    ):
        for reason in ("", " \n", "x" * 1001):
            [error] = await reader.errors(query, **given, reason=reason)
            assert error["code"] == "invalid_query"
            assert error["message"].startswith("reason: ")
    assert await graph.run("MATCH (c:Change) RETURN c") == []


@pytest.mark.parametrize(
    "scopes",
    [[Scope.IDENTITY_WRITE], [Scope.PERSONAL_READ], [Scope.PROFILES_READ, Scope.PERSONAL_READ]],
)
async def test_to_write_takes_both_scopes(
    web: Sender, client: httpx.AsyncClient, graph: Graph, scopes: list[Scope]
) -> None:
    await web.batch(*({"type": "page", "userId": user} for user in "ab"))
    half = Reader(client, await add_key(graph, "half", scopes))
    both = {"a": named("user_id:a"), "b": named("user_id:b")}
    for query, given in ((LINK, both), (SEPARATE, both), (WITHDRAW, {"id": "x"})):
        [error] = await half.errors(query, **given)
        assert error["code"] == "forbidden"
    assert await graph.run("MATCH (c:Change) RETURN c") == []
    whole = Reader(
        client, await add_key(graph, "whole", [Scope.IDENTITY_WRITE, Scope.PERSONAL_READ])
    )
    assert (await separate(whole, "user_id:a", "user_id:b"))["change"]["actor"] == "key:whole"
