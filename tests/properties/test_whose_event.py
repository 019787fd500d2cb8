"""Whose event it is: every way of reading a journey, held against the reference.

The messages are those of tablets that a few people share, of kiosks that many use, and of people
who have something of their own beside; they come late, in any order, more than once, and some
contradict themselves.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.identity.rules import load_rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.journey.reading import (
    EVERYTHING,
    PageWanted,
    Selection,
    count_touchpoints,
    read_page,
    read_pages,
    read_person,
)
from service.store.graph import Graph
from service.store.procedures import procedure
from tests.cleaning import clean
from tests.reference.whose_event import Happened, Person, World, journeys
from tests.seeding import add_web_source

RULES = load_rules()
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Profile:
    id: str
    keys: list[str]


@dataclass(frozen=True, slots=True)
class _JourneyRow:
    at: datetime
    type: str
    name: str | None
    channel: str | None
    source: str
    device: dict[str, Any] | None
    identifier: str
    message_id: str
    properties: dict[str, Any]


_PROFILES = procedure("profiles_all", _Profile)
_JOURNEY = procedure("journey", _JourneyRow)


def _one_of(prefix: str, count: int) -> st.SearchStrategy[str]:
    return st.integers(1, count).map(lambda number: f"{prefix}{number}")


def _external(namespace: str, count: int) -> st.SearchStrategy[dict[str, str]]:
    return _one_of(namespace[0], count).map(lambda id_: {"type": namespace, "id": id_})


def _bodies(people: int) -> st.SearchStrategy[dict[str, Any]]:
    """Messages of so many people. With five and more, what they share becomes `shared`."""
    return st.fixed_dictionaries(
        {
            # Times apart by a quarter of an hour and a second more or less: the gaps are just
            # under, just at and just over what ends a visit.
            "quarters": st.integers(0, 40),
            "seconds": st.sampled_from([0, 0, 0, 1, -1]),
            "name": st.sampled_from(["Home", "Cart"]),
            "externalIds": st.lists(
                st.one_of(
                    _external("device.id", 2),
                    _external("device.id", 2),
                    _external("ip", 1),
                    _external("user_id", people),  # beside a userId: a contradiction
                ),
                max_size=2,
            ),
        },
        optional={
            "userId": _one_of("u", people),
            "anonymousId": _one_of("c", 3),
            "email": _one_of("e", 3).map(lambda name: f"{name}@example.com"),
        },
    ).filter(lambda drawn: drawn.keys() & {"anonymousId", "userId"} or drawn["externalIds"])


_drawn = st.sampled_from([2, 3, 7]).flatmap(
    lambda people: st.lists(_bodies(people), min_size=1, max_size=30)
)


def _message(number: int, drawn: dict[str, Any]) -> Message:
    at = NOON + timedelta(minutes=15 * drawn["quarters"], seconds=drawn["seconds"])
    body = {
        "messageId": f"m{number:02}",
        "type": "page",
        "name": drawn["name"],
        "timestamp": at.isoformat(),
        "userId": drawn.get("userId"),
        "anonymousId": drawn.get("anonymousId"),
        "context": {
            "externalIds": drawn["externalIds"],
            "traits": {"email": drawn.get("email")},
        },
    }
    return parse_message(body, NOON + timedelta(days=1), RULES, new_id="none")


async def _expected(graph: Graph, messages: Sequence[Message]) -> dict[Person, list[Message]]:
    """What the reference makes of the messages, of who is who, and of who is shared."""
    rows = await graph.run("MATCH (i:Identifier {shared: true}) RETURN i.key AS key")
    once = {message.message_id: message for message in messages}
    world = World(
        events=tuple(
            Happened(
                message.message_id,
                message.at,
                tuple(identifier.key for identifier in message.identifiers),
                is_evidence=message.contradiction is None,
            )
            for message in once.values()
        ),
        people=tuple(frozenset(row.keys) for row in await graph.read(_PROFILES)),
        shared=frozenset(row["key"] for row in rows),
        rules=RULES,
    )
    return {person: [once[id_] for id_ in ids] for person, ids in journeys(world).items()}


async def _called(graph: Graph, person: Person, **window: datetime) -> list[str]:
    given = {"since": None, "until": None, "first": 2**31 - 1} | window
    return [row.message_id for row in await graph.read(_JOURNEY, identifier=min(person), **given)]


async def _paged(
    graph: Graph,
    person: Person,
    size: int,
    selection: Selection = EVERYTHING,
    *,
    newest_first: bool,
) -> list[str]:
    ids: list[str] = []
    after = None
    while True:
        wanted = PageWanted(selection=selection, first=size, after=after, newest_first=newest_first)
        page = await read_page(graph, sorted(person), wanted)
        # With the person it is the same page, unless that is left to the larger statement.
        whole = await read_person(graph, min(person), wanted)
        assert whole is not None
        assert set(whole[0].keys()) == set(person)
        assert whole[1] in (None, page)
        ids += [touchpoint.message_id for touchpoint in page.touchpoints]
        if not page.has_next:
            return ids
        assert len(page.touchpoints) == size
        after = page.touchpoints[-1].cursor()


def _ids(messages: Sequence[Message]) -> list[str]:
    return [message.message_id for message in messages]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=_drawn, seed=st.integers(0, 2**16))
async def test_an_event_is_in_the_one_journey_in_which_the_model_puts_it(
    migrated: Graph, drawn: list[dict[str, Any]], seed: int
) -> None:
    messages = [_message(number, one) for number, one in enumerate(drawn)]
    chance = random.Random(seed)  # noqa: S311
    at_rest = []
    for _ in range(2):
        await clean(migrated)
        await add_web_source(migrated)
        sent = messages + chance.sample(messages, len(messages) // 3)
        chance.shuffle(sent)
        said: list[Message] = []
        while sent:
            size = chance.randint(5, 12)
            batch, sent = sent[:size], sent[size:]
            await record(migrated, RULES, [Received(one, "web", "web") for one in batch])
            said += batch
            expected = await _expected(migrated, said)
            for person, events in expected.items():
                assert await _called(migrated, person) == _ids(events)
        at_rest.append({person: _ids(events) for person, events in expected.items()})
    assert at_rest[0] == at_rest[1]
    assert sorted(chain.from_iterable(at_rest[0].values())) == _ids(messages)

    since = NOON + timedelta(minutes=15 * chance.randint(0, 30))
    until = since + timedelta(minutes=15 * chance.randint(0, 20), seconds=chance.choice([0, 1]))
    for person, events in expected.items():
        within = [one for one in events if since <= one.at < until]
        assert await _called(migrated, person, since=since, until=until) == _ids(within)
        for newest_first in (False, True):
            turn = -1 if newest_first else 1
            size = chance.choice([2, 3, 50] if len(events) > 5 else [1, 2, 50])
            paged = await _paged(migrated, person, size, newest_first=newest_first)
            assert paged == _ids(events)[::turn]
            cut = Selection(since=since, until=until, names=("Home",), channels=("web",))
            at_home = _ids([one for one in within if one.name == "Home"])
            paged = await _paged(migrated, person, size, cut, newest_first=newest_first)
            assert paged == at_home[::turn]
        assert await count_touchpoints(migrated, [sorted(person)] * 2) == [len(events)] * 2
        assert await count_touchpoints(migrated, [sorted(person)], cut) == [len(at_home)]
    # Of everybody at once it is what it is of each.
    people = [sorted(person) for person in expected]
    pages = await read_pages(migrated, people, wanted=PageWanted(first=500))
    assert [[one.message_id for one in page.touchpoints] for page in pages] == [
        _ids(events) for events in expected.values()
    ]
    assert await count_touchpoints(migrated, people) == list(map(len, expected.values()))
