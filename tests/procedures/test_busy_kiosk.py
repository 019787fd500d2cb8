"""What a page costs somebody who used a busy kiosk or tablet: counted, and never timed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import neo4j

from service.identity.rules import load_rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.journey.reading import BEGINNING, END
from service.store.graph import Graph
from service.store.moments import to_moment
from service.store.procedures import cypher_folder, load
from tests.cleaning import clean
from tests.seeding import add_web_source

_NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
_RULES = load_rules()
_BETWEEN = timedelta(hours=2)


def _page(message_id: str, at: datetime, **who: Any) -> dict[str, Any]:
    """A page at the kiosk, which has both a device's id and a cookie."""
    return {
        "type": "page",
        "messageId": message_id,
        "timestamp": at.isoformat(),
        "anonymousId": "kiosk",
        "context": {"externalIds": [{"type": "device.id", "id": "kiosk"}]},
        **who,
    }


def _visit(name: str, begin: datetime, user: str | None) -> Iterator[dict[str, Any]]:
    """Five pages in ten minutes; somebody logs in for the third, or nobody does."""
    for n in range(5):
        who = {"userId": user} if user and n == 2 else {}
        yield _page(f"{name}-{n}", begin + timedelta(minutes=2 * n), **who)


async def _fill(graph: Graph, visits: int) -> None:
    """A kiosk with so many visits, every tenth with a login, and three of Ann among them."""
    bodies: list[dict[str, Any]] = []
    for number in range(visits):
        user = None if number % 10 else f"guest{number}"
        bodies += _visit(f"visit{number}", _NOON + number * _BETWEEN, user)
    for quarter in (1, 2, 3):
        begin = _NOON + visits * quarter // 4 * _BETWEEN + _BETWEEN / 2
        bodies += _visit(f"ann{quarter}", begin, "ann")
    await _send(graph, bodies)


async def _send(graph: Graph, bodies: list[dict[str, Any]]) -> None:
    await clean(graph)
    await add_web_source(graph)
    later = _NOON + timedelta(days=10_000)
    for first in range(0, len(bodies), 2_000):
        messages = [
            parse_message(body, later, _RULES, new_id="none")
            for body in bodies[first : first + 2_000]
        ]
        await record(graph, _RULES, [Received(message, "web", "web") for message in messages])


async def _costs(graph: Graph, name: str, **given: object) -> tuple[int, list[str]]:
    """How often the store is asked for a page, and what is on it."""
    _, text = load(cypher_folder("procedures") / f"{name}.cypher")
    async with graph.driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
        result = await session.run(cast("neo4j.Query", f"PROFILE {text}"), given)
        rows = [record async for record in result]
        profile = (await result.consume()).profile
    assert profile is not None
    # A page, a row of a journey, or a count.
    told = [row.get("touchpoints", [row]) for row in rows]
    pages = [page for page in told if isinstance(page, list)]
    ids = [
        one.get("message_id") if isinstance(one, neo4j.Record) else one[0]
        for page in pages
        for one in page
    ]
    return _sum(profile), ids


def _sum(plan: dict[str, Any]) -> int:
    children: list[dict[str, Any]] = plan.get("children", [])
    return int(plan.get("dbHits", 0)) + sum(map(_sum, children))


async def test_a_page_does_not_read_the_kiosk(graph: Graph) -> None:
    keys = ["user_id:ann"]
    page: dict[str, object] = {
        "since": to_moment(BEGINNING),
        "until": to_moment(END),
        "names": None,
        "channels": None,
    }
    page |= {"first": 50, "parts": []}
    count = {name: page[name] for name in ("since", "until", "names", "channels")}
    anns = [f"ann{quarter}-{n}" for quarter in (1, 2, 3) for n in range(5)]
    asked: list[tuple[str, dict[str, object], list[str]]] = [
        ("touchpoints_count", {"profiles": [keys], **count}, []),
        (
            "shared_touchpoints_asc",
            {"profiles": [keys], "after_at": to_moment(BEGINNING), "after_id": "", **page},
            anns,
        ),
        (
            "shared_touchpoints_desc",
            {"profiles": [keys], "after_at": to_moment(END), "after_id": "", **page},
            anns[::-1],
        ),
        (
            "journey",
            {"identifier": keys[0], "since": None, "until": None, "first": 2**31 - 1},
            anns,
        ),
        # The page of the kiosk itself, in which nobody is recognised: the first fifty events.
        (
            "shared_touchpoints_asc",
            {
                "profiles": [["device.id:kiosk"]],
                "after_at": to_moment(BEGINNING),
                "after_id": "",
                **page,
            },
            [f"visit{number}-{n}" for number in range(1, 12) if number != 10 for n in range(5)],
        ),
    ]
    costs: list[list[int]] = []
    for visits in (60, 1_200):
        await _fill(graph, visits)
        costs.append([])
        for name, given, expected in asked:
            cost, ids = await _costs(graph, name, **given)
            if expected:
                assert ids == expected
            costs[-1].append(cost)
    small, large = costs
    assert all(few < 50_000 for few in small)
    for few, many in zip(small, large, strict=True):
        assert many < 1.5 * few


async def test_a_page_does_not_read_all_that_a_person_did_on_the_family_tablet(
    graph: Graph,
) -> None:
    page: dict[str, object] = {
        "since": to_moment(BEGINNING),
        "until": to_moment(END),
        "names": None,
        "channels": None,
    }
    page |= {"first": 50, "parts": []}
    costs: list[list[int]] = []
    for length in (100, 1_500):
        # Ann says who she is, and reads on without; then Bob does.
        bodies: list[dict[str, Any]] = []
        for user in ("ann", "bob"):
            begin = _NOON + len(bodies) * timedelta(minutes=1)
            bodies += [
                {
                    "type": "page",
                    "messageId": f"{user}{n:04}",
                    "timestamp": (begin + timedelta(minutes=n)).isoformat(),
                    "anonymousId": "tablet",
                    **({} if n else {"userId": user}),
                }
                for n in range(length)
            ]
        await _send(graph, bodies)
        middle = _NOON + timedelta(minutes=length // 2)
        costs.append([])
        for order, after, first, turn in (
            ("asc", BEGINNING, 0, 1),
            ("asc", middle, length // 2 + 1, 1),
            ("desc", END, length - 1, -1),
            ("desc", middle, length // 2 - 1, -1),
        ):
            after_id = f"ann{length // 2:04}"
            given = {
                "profiles": [["user_id:ann"]],
                "after_at": to_moment(after),
                "after_id": after_id,
                **page,
            }
            cost, ids = await _costs(graph, f"shared_touchpoints_{order}", **given)
            wanted = range(first, first + 50 * turn, turn)
            assert ids == [f"ann{n:04}" for n in wanted if 0 <= n < length]
            costs[-1].append(cost)
    for few, many in zip(*costs, strict=True):
        assert many < 1.5 * few
