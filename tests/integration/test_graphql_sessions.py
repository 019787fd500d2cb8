"""Sessions through GraphQL: right also when events come late, and when people merge and split."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.conftest import Reader, Sender
from tests.integration.round_trips import counted_round_trips

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
QUERY = """
query($value: String!, $first: Int, $after: String) {
  profile(identifier: {namespace: "user_id", value: $value}) {
    sessions(first: $first, after: $after) {
      edges {
        cursor
        node { startedAt endedAt channel trafficSource trafficMedium trafficCampaign source
               touchpointCount landingPage exitPage devices { kind } }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""
SEPARATE = """
mutation($a: IdentifierInput!, $b: IdentifierInput!) {
  separateIdentifiers(a: $a, b: $b, reason: "twins") { __typename }
}"""


def _page(at: datetime, **other: Any) -> dict[str, Any]:
    return {"type": "page", "timestamp": at.isoformat(), "userId": "7"} | other


def _after(minutes: float, **other: Any) -> dict[str, Any]:
    return _page(NOON + timedelta(minutes=minutes), **other)


async def _send(sender: Sender, *messages: dict[str, Any]) -> None:
    assert (await sender.batch(*messages)).json() == {"success": True}


async def _sessions(reader: Reader, value: str = "7", **arguments: Any) -> list[dict[str, Any]]:
    told = (await reader.ask(QUERY, value=value, **arguments))["profile"]["sessions"]
    return [edge["node"] for edge in told["edges"]]


async def _minutes(reader: Reader, value: str = "7") -> list[tuple[int, int]]:
    """When each began and ended, in minutes after noon; the oldest first."""

    def since_noon(time: str) -> int:
        return round((datetime.fromisoformat(time) - NOON) / timedelta(minutes=1))

    told = await _sessions(reader, value)
    return [(since_noon(one["startedAt"]), since_noon(one["endedAt"])) for one in reversed(told)]


async def test_a_session_says_how_somebody_came_where_they_went_and_on_what(
    web: Sender, till: Sender, reader: Reader
) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 Mobile/15E148"
    url = "https://shop.example"
    campaign = {"source": "google", "medium": "cpc", "name": "spring"}
    await _send(
        web,
        _after(
            0,
            anonymousId="c",
            context={"page": {"url": f"{url}/a"}, "campaign": campaign, "userAgent": agent},
        ),
        _after(5, context={"page": {"url": f"{url}/b", "referrer": f"{url}/a"}}),
    )
    await _send(till, _after(7, type="track", event="Order Completed"))
    assert await _sessions(reader) == [
        {
            "startedAt": "2025-06-01T12:07:00+00:00",
            "endedAt": "2025-06-01T12:07:00+00:00",
            "channel": "store",
            "trafficSource": None,
            "trafficMedium": None,
            "trafficCampaign": None,
            "source": "till",
            "touchpointCount": 1,
            "landingPage": None,
            "exitPage": None,
            "devices": [],
        },
        {
            "startedAt": "2025-06-01T12:00:00+00:00",
            "endedAt": "2025-06-01T12:05:00+00:00",
            "channel": "paid_search",
            "trafficSource": "google",
            "trafficMedium": "cpc",
            "trafficCampaign": "spring",
            "source": "web",
            "touchpointCount": 2,
            "landingPage": f"{url}/a",
            "exitPage": f"{url}/b",
            "devices": [{"kind": "phone"}],
        },
    ]


async def test_an_event_that_comes_late_makes_one_of_two(web: Sender, reader: Reader) -> None:
    await _send(web, _after(0), _after(50))
    assert await _minutes(reader) == [(0, 0), (50, 50)]
    await _send(web, _after(25))
    assert await _minutes(reader) == [(0, 50)]


async def test_after_a_merge_they_are_those_of_one_person_and_after_a_split_of_two(
    web: Sender, reader: Reader
) -> None:
    await _send(web, _after(0, anonymousId="c1"), _after(20, userId=None, anonymousId="c2"))
    assert await _minutes(reader) == [(0, 0)]
    await _send(web, _after(40, anonymousId="c2"))
    assert await _minutes(reader) == [(0, 40)]
    await reader.ask(
        SEPARATE,
        a={"namespace": "user_id", "value": "7"},
        b={"namespace": "anonymous_id", "value": "c2"},
    )
    assert await _minutes(reader) == [(0, 0), (40, 40)]


async def test_when_clocks_are_put_back_an_hour_nobody_paused(web: Sender, reader: Reader) -> None:
    """In Amsterdam five past two came twice that night: six minutes after 1:59, and once more."""
    await _send(
        web,
        *(
            _page(datetime.fromisoformat(f"2025-10-26T{time}"))
            for time in ("02:35:00+02:00", "02:59:00+02:00", "02:05:00+01:00", "02:36:00+01:00")
        ),
    )
    assert [one["touchpointCount"] for one in await _sessions(reader)] == [1, 3]


async def test_pages_have_each_session_once(web: Sender, till: Sender, reader: Reader) -> None:
    await _send(web, *(_after(20 * n + 100 * (n // 3)) for n in range(30)))
    await _send(till, *(_after(95 * n + 3, type="track", event="Bought") for n in range(10)))
    everything = await _sessions(reader)
    assert len(everything) == 20
    found, after = [], None
    while True:
        told = await reader.ask(QUERY, value="7", first=3, after=after)
        told = told["profile"]["sessions"]
        found += [edge["node"] for edge in told["edges"]]
        assert told["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = told["pageInfo"]["endCursor"]
        if not told["pageInfo"]["hasNextPage"]:
            break
    assert found == everything


@pytest.mark.parametrize("after", ["x", "W10", "WyJhIiwiYiIsImMiXQ"])
async def test_what_is_no_cursor_is_refused(web: Sender, reader: Reader, after: str) -> None:
    await _send(web, _after(0))
    errors = await reader.errors(QUERY, value="7", after=after)
    assert errors == [
        {
            "message": "after: is not a cursor; use the endCursor of a page",
            "code": "invalid_query",
        }
    ]


async def test_those_of_many_take_as_many_round_trips_as_those_of_one(
    web: Sender, reader: Reader
) -> None:
    query = """
      query($first: Int) {
        profiles(first: $first) { edges { node { sessions { edges { node { startedAt } } } } } }
      }"""
    await _send(web, *(_after(n, userId=f"u{n}") for n in range(60)))
    await reader.ask(query, first=1)
    counts = []
    for first in (1, 60):
        with counted_round_trips() as trips:
            told = await reader.ask(query, first=first)
        counts.append(trips.count)
        assert len(told["profiles"]["edges"]) == first
        assert all(
            len(edge["node"]["sessions"]["edges"]) == 1 for edge in told["profiles"]["edges"]
        )
    assert counts[0] == counts[1]
