"""Learning from a real graph: what is read of people, who learns, and what is kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.journey.foretelling import Foreteller, Unlearned
from service.journey.learned import WHOLE, Counted, find_kept, read_learned
from service.journey.learning import is_due, learn_journeys
from service.journey.next_step.journey import Journey
from service.journey.next_step.tally import learn as learn_purely
from service.journey.people import Person, Subject, known_channels, read_people
from service.journey.reading import BEGINNING
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.lately import NOW, PEOPLE, SUBJECT, accept, happen, learn, order, visit

LINK = """
mutation($a: IdentifierInput!, $b: IdentifierInput!) {
  ACT(a: $a, b: $b, reason: "they say so") { __typename }
}"""


async def _id_of(graph: Graph, key: str) -> str:
    [row] = await graph.run(
        "MATCH (:Identifier {key: $key})-[:IDENTIFIES]->(p) RETURN p.id AS id", key=key
    )
    id_: str = row["id"]
    return id_


async def _person(graph: Graph, id_: str, since: datetime = BEGINNING, most: int = 100) -> Any:
    channels = await known_channels(graph, SUBJECT)
    found = await read_people(
        graph,
        [id_],
        SUBJECT,
        channels,
        since=since,
        until=datetime.now(UTC),
        most=most,
    )
    return found.get(0)


def _at(days: float) -> float:
    return (NOW - timedelta(days=days)).timestamp()


async def test_a_person_is_read_as_sessions_conversions_and_responses(
    graph: Graph, web: Sender, till: Sender
) -> None:
    await accept(
        web,
        visit(9, "7", "cpc"),
        visit(8.99, "7"),
        visit(5, "7", context={"timezone": "Asia/Tokyo"}),
        order(4.995, "7"),
        visit(3, "7", "ann@example.com"),
        visit(2, "7") | {"type": "track", "event": "Push Notification Received"},
        {"type": "identify", "userId": "7", "timestamp": NOW.isoformat()},
    )
    await accept(till, order(4, "7"))
    person = await _person(graph, await _id_of(graph, "user_id:7"))
    won = {"Order Completed": [_at(4.995), _at(4)]}
    # What stands in a URL may be anything: it is not told.
    names = ["paid_search", "direct", "store", "(other)", "direct"]
    assert person == Person(
        Journey(names, [_at(days) for days in (9, 5, 4, 3, 2)], won, "Asia/Tokyo"),
        Journey(names[:-1], [_at(days) for days in (9, 5, 4, 3)], zone="Asia/Tokyo"),
        "Asia/Tokyo",
    )


async def test_of_a_person_the_last_events_are_read(graph: Graph, web: Sender) -> None:
    await accept(web, *(visit(days, "7") for days in range(1, 9)))
    id_ = await _id_of(graph, "user_id:7")
    assert (await _person(graph, id_, most=3)).journey.at == [_at(days) for days in (3, 2, 1)]
    since = NOW - timedelta(days=2, hours=1)
    assert (await _person(graph, id_, since)).journey.at == [_at(days) for days in (2, 1)]
    assert await _person(graph, id_, NOW) is None


async def test_a_time_zone_that_is_none_is_nobodys_and_a_trait_tells_one_too(
    graph: Graph, web: Sender
) -> None:
    await accept(web, visit(1, "7", context={"timezone": "Mars/Olympus"}), visit(1, "8"))
    await web.accept("identify", {"userId": "8", "traits": {"timezone": "Europe/Amsterdam"}})
    zones = [(await _person(graph, await _id_of(graph, f"user_id:{n}"))).zone for n in (7, 8)]
    assert zones == [None, "Europe/Amsterdam"]


async def test_what_happens_on_a_tablet_that_two_use_is_of_whom_it_was_then(
    graph: Graph, web: Sender
) -> None:
    tablet = {"anonymousId": "tablet"}
    await accept(
        web,
        visit(400, "ann", **tablet),
        visit(399, "bob", **tablet),
        visit(398, "ann", **tablet),
        # Only the tablet was seen since then, and it was Ann who was there last.
        {**visit(5, "", **tablet), "userId": None},
    )
    since = NOW - timedelta(days=30)
    ann, bob = [await _id_of(graph, f"user_id:{name}") for name in ("ann", "bob")]
    assert (await _person(graph, ann, since)).journey.at == [_at(5)]
    assert await _person(graph, bob, since) is None


async def test_merged_people_are_read_as_one_by_any_of_their_ids_and_split_ones_as_two(
    graph: Graph, web: Sender, reader: Reader
) -> None:
    await accept(web, visit(3, "7"), {**visit(2, ""), "userId": None, "anonymousId": "c"})
    ids = [await _id_of(graph, key) for key in ("user_id:7", "anonymous_id:c")]
    both = {
        "a": {"namespace": "user_id", "value": "7"},
        "b": {"namespace": "anonymous_id", "value": "c"},
    }

    async def times() -> list[list[float]]:
        return [(await _person(graph, id_)).journey.at for id_ in ids]

    assert await times() == [[_at(3)], [_at(2)]]
    await reader.ask(LINK.replace("ACT", "linkIdentifiers"), **both)
    assert await times() == [[_at(3), _at(2)]] * 2
    await reader.ask(LINK.replace("ACT", "separateIdentifiers"), **both)
    assert await times() == [[_at(3)], [_at(2)]]


async def test_what_is_learned_month_by_month_is_what_is_learned_at_once(
    graph: Graph, web: Sender
) -> None:
    await happen(web)
    lesson = await learn(graph)
    tally = lesson.counted.tally
    channels = await known_channels(graph, SUBJECT)
    rows = await graph.run("MATCH (p:Profile) RETURN p.id AS id")
    people = await read_people(
        graph,
        [row["id"] for row in rows],
        SUBJECT,
        channels,
        since=BEGINNING,
        until=datetime.now(UTC),
        most=100,
    )
    journeys = [one.journey for one in people.values()]
    assert len(journeys) == lesson.people == PEOPLE
    at_once = learn_purely(tally.plan, journeys, tally.since, tally.until)
    assert tally.to_bytes() == at_once.to_bytes()
    learned = await read_learned(graph)
    assert learned is not None
    assert learned.model.followed == PEOPLE + PEOPLE // 2
    assert learned.model.totals["just now", "paid_search"].following == {"email": PEOPLE}


async def test_what_is_kept_names_nobody(graph: Graph, web: Sender) -> None:
    await happen(web)
    secret = "zyzzyva"  # noqa: S105
    await accept(web, visit(9, secret, f"{secret}@example.com"), visit(8, secret, secret))
    await web.accept("identify", {"userId": secret, "traits": {"timezone": secret}})
    await learn(graph)
    rows = await graph.run("MATCH (l:Learned) RETURN l.name AS name, properties(l) AS all")
    assert len(rows) == 14
    ids = [row["id"] for row in await graph.run("MATCH (p:Profile) RETURN p.id AS id")]
    for row in rows:
        told = row["all"]
        text = str(Counted.read(told.pop("counted"))) + str(told)
        assert secret not in text
        assert not any(id_ in text for id_ in [*ids, "user_id"])


async def test_later_only_the_months_that_are_not_settled_are_counted_again(
    graph: Graph, web: Sender
) -> None:
    await happen(web)
    now = datetime.now(UTC)
    first = await learn(graph, now)
    assert len(first.months) == 13
    await accept(web, visit(0.5, "u1", "cpc"))
    later = now + timedelta(seconds=1)
    again = await learn(graph, later)
    # Of last month somebody may still tell something, as long as it is not a week ago.
    assert again.months == first.months[-len(again.months) :]
    assert len(again.months) == (2 if now.day <= 7 else 1)
    anew = await learn(graph, later, anew=True)
    assert anew.months == first.months
    assert anew.counted.tally.to_bytes() == again.counted.tally.to_bytes()
    assert anew.counted.habits == again.counted.habits


async def test_all_is_learned_anew_when_much_more_is_there_or_something_else_is_wanted(
    graph: Graph, web: Sender
) -> None:
    await accept(web, visit(20, "7"), visit(10, "7"))
    await learn(graph)
    await accept(web, visit(300, "8"), visit(299, "8"))
    assert len((await learn(graph)).months) == 13
    other = Subject(("Signed Up",), SUBJECT.outbound, SUBJECT.channels)
    lesson = await learn_journeys(graph, other, datetime.now(UTC))
    assert lesson is not None
    assert len(lesson.months) == 13
    assert lesson.counted.tally.plan.conversions == ("Signed Up",)


async def test_it_is_due_when_nothing_was_learned_or_long_ago_or_little(
    graph: Graph, web: Sender
) -> None:
    now = datetime.now(UTC)
    assert not await is_due(graph, SUBJECT, 24, now)
    await accept(web, visit(20, "7"), visit(10, "7"))
    assert await is_due(graph, SUBJECT, 24, now)
    await learn(graph, now)
    assert not await is_due(graph, SUBJECT, 24, now + timedelta(hours=23))
    assert await is_due(graph, SUBJECT, 24, now + timedelta(hours=24))
    assert await is_due(graph, Subject((), (), ()), 24, now)
    await accept(web, visit(9, "7"))
    assert not await is_due(graph, SUBJECT, 24, now)
    await accept(web, visit(8, "7"))
    assert await is_due(graph, SUBJECT, 24, now)


async def test_of_several_who_learn_at_once_one_does(graph: Graph, web: Sender) -> None:
    await happen(web)
    now = datetime.now(UTC)
    lessons = await asyncio.gather(*(learn_journeys(graph, SUBJECT, now) for _ in range(4)))
    assert len([one for one in lessons if one is not None]) >= 1
    assert None in lessons
    assert await graph.run("MATCH (l:Learner) RETURN l.holder AS holder") == [{"holder": None}]


async def test_whoever_is_stopped_leaves_everything_as_it_was(graph: Graph, web: Sender) -> None:
    await happen(web)
    await learn(graph)
    before = await find_kept(graph, [WHOLE], whole=True)
    looked_at = asyncio.Event()
    learning = asyncio.create_task(
        learn_journeys(
            graph,
            SUBJECT,
            datetime.now(UTC),
            anew=True,
            rest=1e6,
            tell=lambda *_: looked_at.set(),
        )
    )
    await looked_at.wait()
    learning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await learning
    assert await find_kept(graph, [WHOLE], whole=True) == before
    await learn(graph)  # Nobody is in the way.


async def test_whoever_was_gone_for_too_long_keeps_nothing(graph: Graph, web: Sender) -> None:
    await happen(web)

    async def taken() -> None:
        await graph.run("MATCH (l:Learner) SET l.holder = 'somebody else'")

    tasks = []
    lesson = await learn_journeys(
        graph,
        SUBJECT,
        datetime.now(UTC),
        rest=1.0,
        tell=lambda *_: tasks.append(asyncio.ensure_future(taken())),
    )
    assert tasks
    assert lesson is None
    assert await read_learned(graph) is None


async def test_whoever_died_is_in_nobodys_way_for_long(graph: Graph, web: Sender) -> None:
    await happen(web)
    await graph.run(
        "CREATE (:Learner {name: 'next_step', holder: 'gone', until: datetime() + $left})",
        left=timedelta(minutes=1),
    )
    assert await learn_journeys(graph, SUBJECT, datetime.now(UTC)) is None
    await graph.run("MATCH (l:Learner) SET l.until = datetime() - $ago", ago=timedelta(seconds=1))
    await learn(graph)


async def test_an_empty_graph_teaches_nothing_and_a_new_lesson_is_soon_told(
    graph: Graph, web: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.journey.foretelling._LOOK_SECONDS", 0.0)
    foreteller = Foreteller(graph, SUBJECT)
    assert await foreteller.learned() is Unlearned.NOT_YET
    await learn(graph)
    assert await foreteller.learned() is Unlearned.TOO_LITTLE
    await happen(web)
    await learn(graph, anew=True)
    learned = await foreteller.learned()
    assert not isinstance(learned, Unlearned)
    assert await foreteller.learned() is learned
