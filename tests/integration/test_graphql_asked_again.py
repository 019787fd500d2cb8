"""Mutations that are asked for again, by a client that never heard whether they were done."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.test_graphql_by_hand import named, people

RESULT = "__typename change { changeId kind } profiles { id identifiers { namespace value } }"
ACT = f"""
mutation($a: IdentifierInput!, $b: IdentifierInput!, $key: String) {{
  result: ACT(a: $a, b: $b, reason: "seen", idempotencyKey: $key) {{ {RESULT} }}
}}"""
LINK = ACT.replace("ACT", "linkIdentifiers")
SEPARATE = ACT.replace("ACT", "separateIdentifiers")
WITHDRAW = f"""
mutation($id: ID!, $key: String) {{
  result: withdraw(changeId: $id, reason: "a mistake", idempotencyKey: $key) {{ {RESULT} }}
}}"""
CHANGES = (
    "MATCH (c:Change) WHERE c.kind IN ['linked', 'separated', 'withdrawn'] RETURN c.kind AS kind"
)


async def _ask(reader: Reader, act: str, key: str | None, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await reader.ask(act, key=key, **given))["result"]
    return result


def _pair(a: str, b: str) -> dict[str, Any]:
    return {"a": named(a), "b": named(b)}


async def _kinds(graph: Graph) -> list[str]:
    return sorted(row["kind"] for row in await graph.run(CHANGES))


async def test_what_is_asked_again_is_answered_again_and_done_once(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await web.accept("page", {"userId": "7"})
    await web.accept("page", {"anonymousId": "c1"})
    pair = _pair("user_id:7", "anonymous_id:c1")
    linked = await _ask(reader, LINK, "k1", **pair)
    assert linked["__typename"] == "Linked"
    assert await _ask(reader, LINK, "k1", **pair) == linked
    assert await _ask(reader, LINK, "k1", a=pair["b"], b=pair["a"]) == linked
    # With another key, or none, it is another act, and there is nothing to do.
    for other in ("k2", None):
        assert (await _ask(reader, LINK, other, **pair))["__typename"] == "AlreadyLinked"

    id_ = linked["change"]["changeId"]
    withdrawn = await _ask(reader, WITHDRAW, "k3", id=id_)
    assert withdrawn["__typename"] == "Withdrawn"
    assert await _ask(reader, WITHDRAW, "k3", id=id_) == withdrawn
    assert (await _ask(reader, WITHDRAW, "k4", id=id_))["__typename"] == "AlreadyWithdrawn"

    separated = await _ask(reader, SEPARATE, "k5", **pair)
    assert separated["__typename"] == "Separated"
    assert await _ask(reader, SEPARATE, "k5", **pair) == separated
    assert await _kinds(graph) == ["linked", "separated", "withdrawn"]


async def test_what_was_taken_back_meanwhile_is_not_done_again(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await web.accept("page", {"userId": "7", "anonymousId": "c0"})
    await web.accept("page", {"anonymousId": "c1"})
    for act, pair in (
        (LINK, _pair("user_id:7", "anonymous_id:c1")),
        (SEPARATE, _pair("user_id:7", "anonymous_id:c0")),
    ):
        done = await _ask(reader, act, f"first {act}"[:100], **pair)
        await _ask(reader, WITHDRAW, None, id=done["change"]["changeId"])
        before = await _kinds(graph)
        late = await _ask(reader, act, f"first {act}"[:100], **pair)
        assert late["__typename"] == "AlreadyWithdrawn"
        assert late["change"] == done["change"]
        assert await _kinds(graph) == before
    assert sorted(map(len, people(late))) == [2]


async def test_a_refused_link_is_told_again_as_refused(web: Sender, reader: Reader) -> None:
    for user in ("7", "8"):
        await web.accept("page", {"userId": user})
    pair = _pair("user_id:7", "user_id:8")
    refused = await _ask(reader, LINK, "k", **pair)
    assert refused["__typename"] == "LinkRefused"
    assert await _ask(reader, LINK, "k", **pair) == refused


async def test_a_key_is_good_for_one_thing_and_one_caller(
    web: Sender, reader: Reader, client: httpx.AsyncClient, graph: Graph
) -> None:
    await web.accept("page", {"userId": "7"})
    for cookie in ("c1", "c2"):
        await web.accept("page", {"anonymousId": cookie})
    one, two = (_pair("user_id:7", f"anonymous_id:{cookie}") for cookie in ("c1", "c2"))
    done = await _ask(reader, LINK, "k", **one)
    used = {
        "message": "this key was given for something else before; take another one",
        "code": "conflict",
    }
    assert await reader.errors(LINK, key="k", **two) == [used]
    assert await reader.errors(SEPARATE, key="k", **one) == [used]
    assert await reader.errors(WITHDRAW, key="k", id=done["change"]["changeId"]) == [used]
    scopes = [Scope.IDENTITY_WRITE, Scope.PERSONAL_READ]
    other = Reader(client, await add_key(graph, "other", scopes))
    assert (await _ask(other, LINK, "k", **two))["__typename"] == "Linked"
    for key in ("", "x" * 201):
        assert await reader.errors(LINK, key=key, **two) == [
            {"message": "idempotencyKey: give 1 to 200 characters", "code": "invalid_query"}
        ]


async def test_at_once_it_is_done_once_and_one_key_never_does_two_things(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await web.accept("page", {"userId": "7"})
    for cookie in ("c1", "c2", "c3", "c4"):
        await web.accept("page", {"anonymousId": cookie})
    pair = _pair("user_id:7", "anonymous_id:c1")
    same = await asyncio.gather(*(_ask(reader, LINK, "same", **pair) for _ in range(8)))
    assert {one["__typename"] for one in same} == {"Linked"}
    assert len({one["change"]["changeId"] for one in same}) == 1
    assert await _kinds(graph) == ["linked"]

    pairs = [_pair("user_id:7", f"anonymous_id:c{n}") for n in (2, 3, 4)]
    answers = [
        answer.json()
        for answer in await asyncio.gather(*(reader.post(LINK, key="k", **one) for one in pairs))
    ]
    assert sorted("errors" in one for one in answers) == [False, True, True]
    codes = {e["extensions"]["code"] for one in answers for e in one.get("errors", [])}
    assert codes == {"conflict"}
    assert await _kinds(graph) == ["linked", "linked"]
