"""Which of several values of a trait wins, by the rules file: in GraphQL and in Cypher alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from service.access import add_source
from service.identity.publishing import publish
from service.identity.rules import parse_rules
from service.store.graph import Graph
from service.store.installation import install
from tests.integration.conftest import Reader, Sender

_RULES = '[namespaces.user_id]\nkind = "person"\n'
_ASKED = """
query {
  profile(identifier: {namespace: "user_id", value: "7"}) {
    trait(name: "x") { ...ranked }
    accounts { traits { ...ranked } }
  }
}
fragment ranked on Trait { value source at policy others { value source at } }"""
_CALLED = """
CALL custom.knoop.profile('user_id:7') YIELD traits
UNWIND traits AS trait
WITH trait WHERE trait.name = 'x'
RETURN trait.source AS source, trait.value AS value, trait.policy AS policy,
  toString(trait.at) AS at, trait.identifier AS identifier
"""

Saying = tuple[str, str, str, Any]
"""By whom, of which user or cookie, on which day of June, which value."""


@pytest.fixture
async def senders(client: httpx.AsyncClient, graph: Graph) -> dict[str, Sender]:
    """Sources that know a person by a user id and a cookie, which are one person."""
    await install(graph)
    senders = {
        name: Sender(client, await add_source(graph, name)) for name in ("crm", "till", "web")
    }
    await senders["web"].accept("page", {"userId": "7", "anonymousId": "c"})
    return senders


async def _tell(senders: Mapping[str, Sender], said: Sequence[Saying]) -> None:
    for source, who, day, value in said:
        name = "userId" if who == "7" else "anonymousId"
        body = {name: who, "timestamp": f"2025-06-{day}T00:00:00Z", "traits": {"x": value}}
        await senders[source].accept("identify", body)


async def _hold(graph: Graph, merge: str) -> None:
    await publish(graph, parse_rules(_RULES + merge, "rules.toml"))


async def _trait(reader: Reader, graph: Graph) -> dict[str, Any]:
    """The trait in GraphQL, after a look at whether Cypher ranks it likewise."""
    trait: dict[str, Any] = (await reader.ask(_ASKED))["profile"]["trait"]
    called = await graph.run(_CALLED)
    told = [trait, *trait["others"]]
    assert [row["source"] for row in called] == [one["source"] for one in told]
    assert [row["at"][:10] for row in called] == [one["at"][:10] for one in told]
    assert {row["policy"] for row in called} == {trait["policy"].lower()}
    if trait["policy"] != "UNION":
        assert [row["value"] for row in called] == [one["value"] for one in told]
    return trait


_PLAIN: list[Saying] = [
    ("web", "7", "03", "blue"),
    ("web", "7", "09", "red"),
    ("crm", "7", "02", "green"),
    ("crm", "7", "05", "pink"),
    ("till", "c", "07", "pink"),
    ("till", "7", "06", "grey"),
]


@pytest.mark.parametrize(
    ("merge", "ranked"),
    [
        # Without a word on it, and with nobody who is trusted more: the one said last.
        ("", ["red 09", "pink 07", "grey 06", "pink 05"]),
        ('[merge]\npolicy = "trust"', ["red 09", "pink 07", "grey 06", "pink 05"]),
        ('[merge]\ntrust = ["crm"]', ["pink 05", "red 09", "pink 07", "grey 06"]),
        ('[merge]\ntrust = ["till", "crm"]', ["pink 07", "grey 06", "pink 05", "red 09"]),
        (
            '[merge]\ntrust = ["crm"]\npolicy = "latest"',
            ["red 09", "pink 07", "grey 06", "pink 05"],
        ),
        (
            '[merge]\ntrust = ["crm"]\npolicy = "first"',
            ["green 02", "blue 03", "grey 06", "pink 07"],
        ),
        ('[merge]\npolicy = "most_frequent"', ["pink 07", "pink 05", "red 09", "grey 06"]),
        (
            '[merge]\ntrust = ["crm"]\npolicy = "most_frequent"',
            ["pink 05", "pink 07", "red 09", "grey 06"],
        ),
        # A trait has a policy of its own, whatever that of the others is.
        (
            '[merge]\npolicy = "first"\n[merge.traits]\ny = "union"\nx = "latest"',
            ["red 09", "pink 07", "grey 06", "pink 05"],
        ),
        (
            '[merge]\ntrust = ["crm"]\n[merge.traits]\ny = "union"',
            ["pink 05", "red 09", "pink 07", "grey 06"],
        ),
    ],
)
async def test_each_policy_ranks_what_was_said(
    senders: dict[str, Sender], reader: Reader, graph: Graph, merge: str, ranked: list[str]
) -> None:
    await _tell(senders, _PLAIN)
    await _hold(graph, merge)
    trait = await _trait(reader, graph)
    assert [f"{one['value']} {one['at'][8:10]}" for one in (trait, *trait["others"])] == ranked


async def test_a_union_is_one_list_of_all_items_and_shows_who_said_what(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    await _hold(graph, '[merge]\ntrust = ["crm"]\n[merge.traits]\nx = "union"')
    said = [("web", "7", "09", ["a", 1]), ("crm", "7", "02", ["b", "a"]), ("till", "c", "05", "c")]
    await _tell(senders, said)
    trait = await _trait(reader, graph)
    assert (trait["value"], trait["source"]) == (["b", "a", 1, "c"], "crm")
    assert [one["value"] for one in trait["others"]] == [["a", 1], "c"]


async def test_the_most_frequent_value_is_counted_exactly(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    await _hold(graph, '[merge]\npolicy = "most_frequent"')
    # Equal for Cypher, and not the same; what JSON text holds counts as well.
    await _tell(senders, [("web", "7", "01", 1), ("web", "c", "02", 1.0), ("crm", "7", "03", "1")])
    assert (await _trait(reader, graph))["value"] == "1"
    await _tell(senders, [("till", "7", "01", {"a": 1}), ("till", "c", "01", {"a": 1})])
    trait = (await reader.ask(_ASKED))["profile"]["trait"]
    assert (trait["value"], trait["at"][8:10]) == ({"a": 1}, "01")


async def test_of_values_said_at_once_the_names_decide(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    said = [("web", "7", "01", 1), ("crm", "c", "01", 2), ("crm", "7", "01", 3)]
    await _tell(senders, said)
    for policy in ("trust", "latest", "first", "most_frequent"):
        await _hold(graph, f'[merge]\npolicy = "{policy}"')
        trait = await _trait(reader, graph)
        assert [one["value"] for one in (trait, *trait["others"])] == [2, 3, 1]


async def test_accounts_keep_to_the_policy_too(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    for source, day, seats in (("crm", "02", 5), ("crm", "04", [6]), ("web", "08", "many")):
        timestamp = f"2025-06-{day}T00:00:00Z"
        body = {"userId": "7", "groupId": "acme", "traits": {"x": seats}, "timestamp": timestamp}
        await senders[source].accept("group", body)
    for merge, expected in (
        ("", ["many", [6]]),
        ('trust = ["crm"]', [[6], "many"]),
        ('policy = "first"', [5, "many"]),
        ('policy = "union"', [["many", 6], [6]]),
    ):
        await _hold(graph, f"[merge]\n{merge}")
        data = await reader.ask(_ASKED)
        [trait] = [one for each in data["profile"]["accounts"] for one in each["traits"]]
        assert [trait["value"], *(one["value"] for one in trait["others"])] == expected


async def test_nothing_is_lost_by_a_merge_and_a_split_gives_each_their_own(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    await _hold(graph, '[merge]\ntrust = ["crm"]')
    await senders["crm"].accept("identify", {"userId": "8", "traits": {"x": "theirs"}})
    await _tell(senders, [("web", "7", "09", "ours")])
    assert (await _trait(reader, graph))["value"] == "ours"
    [linked] = await graph.run(
        "CALL custom.knoop.link('user_id:7', 'user_id:8', 'one') YIELD change_id RETURN change_id"
    )
    trait = await _trait(reader, graph)
    assert (trait["value"], [one["value"] for one in trait["others"]]) == ("theirs", ["ours"])
    await graph.run(
        "CALL custom.knoop.withdraw($id, 'two') YIELD change_id RETURN 1", id=linked["change_id"]
    )
    trait = await _trait(reader, graph)
    assert (trait["value"], trait["others"]) == ("ours", [])


async def test_a_graph_of_before_shows_what_was_said_last(
    senders: dict[str, Sender], reader: Reader, graph: Graph
) -> None:
    await graph.run("MATCH (r:Rules) REMOVE r.merge_policy, r.merge_trust")
    await _tell(senders, [("crm", "7", "03", "a"), ("web", "7", "04", "b")])
    trait = await _trait(reader, graph)
    assert (trait["value"], trait["policy"]) == ("b", "TRUST")
