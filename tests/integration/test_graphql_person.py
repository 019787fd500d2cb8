"""What a profile tells in words of its own: who it is, what they agreed to, how much they did."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

PERSON = """
query($user: String!) {
  profile(identifier: {namespace: "user_id", value: $user}) {
    id
    person {
      name firstName lastName email phone birthday age language createdAt
      address { street postalCode city country formatted }
    }
  }
}"""
CONSENTS = """
{ profile(identifier: {namespace: "user_id", value: "7"}) {
    consents {
      purpose granted
      record { granted at firstAt source identifier { namespace value } }
    }
} }"""
COUNT = """
query($user: String! = "7", $names: [String!], $from: DateTime, $first: Int) {
  profile(identifier: {namespace: "user_id", value: $user}) {
    touchpoints(names: $names, from: $from, first: $first) { totalCount edges { cursor } }
} }"""


async def test_who_somebody_is_in_the_standard_words(
    web: Sender, till: Sender, reader: Reader
) -> None:
    await web.accept(
        "identify",
        {
            "userId": "7",
            "traits": {
                "firstName": "Ann",
                "last_name": "Jansen",
                "email": "ann@example.com",
                "phone": "+31612345678",
                "birthday": "1990-05-01",
                "age": 36,
                "createdAt": "2020-01-01T00:00:00Z",
                "address": {"street": "Dam 1", "postalCode": "1012 JS", "city": "Amsterdam"},
            },
        },
    )
    later = {"timestamp": "2025-06-02T12:00:00Z", "traits": {"locale": "nl-NL"}}
    await till.accept("identify", {"userId": "7", **later})
    assert (await reader.ask(PERSON, user="7"))["profile"]["person"] == {
        "name": "Ann Jansen",
        "firstName": "Ann",
        "lastName": "Jansen",
        "email": "ann@example.com",
        "phone": "+31612345678",
        "birthday": "1990-05-01",
        "age": 36,
        "language": "nl-NL",
        "createdAt": "2020-01-01T00:00:00+00:00",
        "address": {
            "street": "Dam 1",
            "postalCode": "1012 JS",
            "city": "Amsterdam",
            "country": None,
            "formatted": None,
        },
    }


async def test_without_personal_read_a_person_is_what_the_rules_open(
    client: httpx.AsyncClient, graph: Graph, web: Sender, reader: Reader
) -> None:
    traits = {"first_name": "Ann", "birthday": "1990-05-01", "age": 36, "language": "nl"}
    await web.accept("identify", {"userId": "7", "traits": traits})
    id_ = (await reader.ask(PERSON, user="7"))["profile"]["id"]
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    query = "query($id: ID!) { profile(id: $id) { person { name birthday age language } } }"
    person = (await narrow.ask(query, id=id_))["profile"]["person"]
    assert person == {"name": None, "birthday": None, "age": None, "language": "nl"}


async def test_all_that_was_said_of_a_purpose_is_told_the_last_word_first(
    web: Sender, till: Sender, reader: Reader
) -> None:
    async def say(source: Sender, day: int, **purposes: bool) -> None:
        await source.accept(
            "track",
            {
                "userId": "7",
                "event": "Chose",
                "timestamp": f"2025-06-{day:02}T00:00:00Z",
                "context": {"consent": {"categoryPreferences": purposes}},
            },
        )

    await say(web, 1, ads=True)
    await say(web, 3, ads=True, mail=True)
    await say(till, 4, ads=False)
    await say(web, 2, ads=False)
    ann = {"namespace": "user_id", "value": "7"}

    def said(source: str, first: int, last: int, *, granted: bool) -> dict[str, Any]:
        days = (f"2025-06-{day:02}T00:00:00+00:00" for day in (first, last))
        times = dict(zip(("firstAt", "at"), days, strict=True))
        return {"granted": granted, "source": source, "identifier": ann, **times}

    consents = (await reader.ask(CONSENTS))["profile"]["consents"]
    assert [(one["purpose"], one["granted"]) for one in consents] == [
        ("ads", False),
        ("mail", True),
    ]
    assert consents[0]["record"] == [
        said("till", 4, 4, granted=False),
        said("web", 1, 3, granted=True),
        said("web", 2, 2, granted=False),
    ]
    assert consents[1]["record"] == [said("web", 3, 3, granted=True)]


@pytest.mark.parametrize("shared", [False, True])
async def test_touchpoints_are_counted_over_all_pages(
    web: Sender, reader: Reader, shared: bool
) -> None:
    """Also where somebody else used the same device."""
    if shared:
        await web.accept("page", {"userId": "8", "anonymousId": "c1"})
    days = [f"2025-06-{day:02}T00:00:00Z" for day in range(2, 9)]
    for day in days:
        who = {"userId": "7", "anonymousId": "c1"}
        await web.accept("track", {**who, "event": "Seen", "timestamp": day})
    await web.accept("track", {"anonymousId": "c1", "event": "Left", "timestamp": days[-1]})

    async def count(**asked: Any) -> tuple[int, int]:
        found = (await reader.ask(COUNT, **asked))["profile"]["touchpoints"]
        return found["totalCount"], len(found["edges"])

    assert await count() == (8, 8)
    assert await count(first=2) == (8, 2)
    assert await count(names=["Seen"], first=2) == (7, 2)
    assert await count(**{"from": days[-1]}) == (2, 2)
    assert await count(names=["Bought"]) == (0, 0)
