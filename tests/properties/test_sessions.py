"""Sessions and paths: every way of reading them, held against the plainest one there is.

Events come late, in any order, on several devices, by campaigns and without, from a shop that
people visit and from tills and mails that nobody does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.access import add_source
from service.identity.rules import load_rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.journey import sessions
from service.journey.drawing import Session as Listed
from service.journey.flows import read_flows
from service.journey.paths import TRANSFORMS, Wanted, read_paths
from service.journey.sessions import SessionRow, read_sessions
from service.store.graph import Graph
from service.store.procedures import procedure
from tests.cleaning import clean
from tests.reference.sessions import Happened, Session, paths_of, sessions_of

RULES = load_rules()
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CHANNELS = {"shop": "web", "app": "app", "unnamed": None, "till": "store", "mail": "email"}
VISITED = ("shop", "app", "unnamed")


_SESSIONS = procedure("sessions", Listed)

_drawn = st.lists(
    st.fixed_dictionaries(
        {
            # Times apart by a quarter of an hour, and a second more or less: the gaps are just
            # under, just at and just over what ends a session.
            "quarters": st.integers(0, 30),
            "seconds": st.sampled_from([0, 0, 0, 1, -1]),
            "source": st.sampled_from(["shop", "shop", "shop", "app", "unnamed", "till", "mail"]),
            "type": st.sampled_from(["page", "page", "page", "track", "identify"]),
            "campaign": st.sampled_from([None, None, None, "spring", "summer"]),
            "device": st.sampled_from([None, "phone", "tablet"]),
        }
    ),
    min_size=1,
    max_size=25,
)


def _happened(drawn: Sequence[dict[str, Any]]) -> list[Happened]:
    return [
        Happened(
            f"m{number:02}",
            NOON + timedelta(minutes=15 * one["quarters"], seconds=one["seconds"]),
            one["source"],
            one["type"],
            one["campaign"],
            one["device"],
        )
        for number, one in enumerate(drawn)
    ]


def _received(one: Happened, user: int = 1) -> Received:
    context: dict[str, Any] = {}
    if one.campaign:
        context["campaign"] = {"source": "google", "medium": "cpc", "name": one.campaign}
    if one.device:
        context["device"] = {"id": one.device, "type": "ios"}
    body = {
        "messageId": one.id,
        "type": one.type,
        "event": "Done",
        "name": "Home",
        "userId": f"u{user}",
        "timestamp": one.at.isoformat(),
        "context": context,
    }
    message = parse_message(body, NOON + timedelta(days=30), RULES, new_id="none")
    return Received(message, one.source, CHANNELS[one.source])


def _channel(one: Session) -> str | None:
    if one.campaign is not None:
        return "paid_search"
    return CHANNELS[one.place] if one.place else "direct"


async def _record(graph: Graph, drawn: list[dict[str, Any]], users: int = 1) -> list[Happened]:
    """Have it happen, in turn to so many users."""
    await clean(graph)
    for source, channel in CHANNELS.items():
        await add_source(graph, source, channel=channel)
    happened = _happened(drawn)
    messages = [_received(one, 1 + number % users) for number, one in enumerate(happened)]
    await record(graph, RULES, messages)
    return happened


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=_drawn, first=st.integers(1, 4), events=st.integers(1, 12))
async def test_sessions_are_what_the_reference_says(
    migrated: Graph, drawn: list[dict[str, Any]], first: int, events: int
) -> None:
    happened = await _record(migrated, drawn)
    expected = sessions_of(happened, VISITED)

    listed = await migrated.read(
        _SESSIONS, identifier="user_id:u1", since=None, until=None, first=2**31 - 1
    )
    assert [one.message_ids for one in listed] == [
        [event.id for event in one.events] for one in expected
    ]
    assert [one.channel for one in listed] == [_channel(one) for one in expected]
    assert [one.traffic_campaign for one in listed] == [one.campaign for one in expected]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "_EVENTS", events)
        paged = await _all_pages(migrated, ["user_id:u1"], first)
    assert [(one.id, one.ended_at, one.touchpoints) for one in paged] == [
        (one.events[0].id, one.events[-1].at, len(one.events)) for one in reversed(expected)
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=_drawn,
    quarters=st.integers(0, 20),
    lookback=st.sampled_from([1, 2]),
    most=st.integers(1, 9),
)
async def test_paths_are_what_the_reference_says(
    migrated: Graph, drawn: list[dict[str, Any]], quarters: int, lookback: int, most: int
) -> None:
    # So far apart that a few days pass.
    happened = await _record(migrated, [one | {"quarters": 12 * one["quarters"]} for one in drawn])
    until = NOON + timedelta(minutes=15 * 12 * quarters)
    there = [one for one in happened if one.at < until]
    conversions = {one.id for one in there if one.type == "track"}
    visits = {visit.events[0].id: visit for visit in sessions_of(there, VISITED)}
    expected = [
        (
            path.conversion is not None,
            [(_channel(visits[id_]), visits[id_].events[0].at) for id_ in path.touches][-most:],
        )
        for path in paths_of(there, conversions, VISITED, timedelta(days=lookback))
    ]
    wanted = Wanted(conversion="Done", until=until, lookback_days=lookback, most=most)
    told = [row async for row in read_paths(migrated, wanted)]
    assert [
        (
            row.converted,
            [
                (label, datetime.fromtimestamp(row.at / 1000, UTC) - timedelta(seconds=seconds))
                for label, seconds in zip(row.touches, row.before, strict=True)
            ],
        )
        for row in sorted(told, key=lambda row: (not row.converted, row.at))
    ] == expected


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=_drawn,
    users=st.integers(1, 3),
    steps=st.integers(1, 4),
    transforms=st.lists(st.sampled_from(TRANSFORMS), max_size=1),
    at_once=st.integers(1, 3),
)
async def test_flows_are_the_paths_step_by_step_and_analysts_get_the_same(
    migrated: Graph,
    drawn: list[dict[str, Any]],
    users: int,
    steps: int,
    transforms: list[str],
    at_once: int,
) -> None:
    await _record(migrated, [one | {"quarters": 12 * one["quarters"]} for one in drawn], users)
    wanted = Wanted(conversion="Done", transforms=tuple(transforms))
    expected: Counter[tuple[tuple[int, str], tuple[int, str]]] = Counter()
    async for row in read_paths(migrated, wanted):
        end = "(converted)" if row.converted else "(not converted)"
        names = [*row.touches[: steps + 1], end]
        expected.update(pairwise(enumerate(names, 1)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.journey.paths.PEOPLE_AT_ONCE", at_once)
        found = await read_flows(migrated, wanted, steps)
    nodes = {one.id: (one.step, one.name) for one in found.nodes}
    assert {(nodes[one.source], nodes[one.target]): one.paths for one in found.links} == expected
    assert len(set(nodes.values())) == len(nodes)
    assert {end for ends in expected for end in ends} == set(nodes.values())

    [called] = await migrated.run(
        "CALL custom.knoop.flows('Done', 'channel', $steps, null, null, 30, 100, [], null, $done)",
        steps=steps,
        done=transforms,
    )
    assert called == asdict(found)


async def _all_pages(graph: Graph, keys: list[str], first: int) -> list[SessionRow]:
    devices = await graph.run("MATCH (i:Identifier) RETURN i.key AS key")
    keys = sorted({*keys, *(row["key"] for row in devices)})
    found: list[SessionRow] = []
    after = None
    while True:
        [page] = await read_sessions(graph, [keys], first=first, after=after)
        found += [one for one, _ in page.sessions]
        if not page.has_next:
            return found
        assert page.sessions
        after = str(page.sessions[-1][1])
