"""Learns from everybody's journeys what the next step is told by.

People are read some hundreds at a time, and counted into a tally for each month that is due; so
memory is bounded, and whoever learns can be stopped at any time. What is kept is kept at once, in
the end: what was stopped is as if it had never begun.
"""

from __future__ import annotations

import asyncio
import random
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from uuid import uuid4

from service.errors import KnoopError
from service.journey.learned import WHOLE, Counted, Kept, Measured, find_kept, keep
from service.journey.months import Month, months_until, still_good
from service.journey.next_step.evaluate import evaluate
from service.journey.next_step.journey import Journey
from service.journey.next_step.model import fit
from service.journey.next_step.moments import Habits, weigh
from service.journey.next_step.tally import Plan, Tally, merge
from service.journey.paths import Tell, everybody, tell_nobody
from service.journey.people import Person, Subject, known_channels, read_people
from service.store.graph import Graph
from service.store.procedures import NoRow, procedure

# Of each month so many contexts are told from each other: some ten megabytes.
_MOST_CONTEXTS = 20_000
# What somebody did so long before a month counts in it: the 90 days of which it still learns what
# came of them, and half a year more.
_MEMORY = timedelta(days=270)
_MOST_EVENTS = 10_000
"""Of one person: robots would fill the memory."""
_SAMPLE = 2_000
"""Of so many people, drawn by chance, what they did is kept until the end, to measure with."""
_DAYS = 7.0
_LEASE_SECONDS = 300
_RENEW_SECONDS = 60.0
_LEAVE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Taken:
    taken: bool


@dataclass(frozen=True, slots=True)
class _Events:
    events: int


@dataclass(frozen=True, slots=True)
class _Profiles:
    profiles: int


_TAKE = procedure("learner_take", _Taken)
_LEAVE = procedure("learner_leave", NoRow)
_EVENTS = procedure("events_count", _Events)
_PROFILES = procedure("profiles_count", _Profiles)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody learned: which months they counted, of how many people there is something."""

    months: tuple[str, ...]
    people: int
    counted: Counted


async def is_due(graph: Graph, subject: Subject, hours: float, now: datetime) -> bool:
    """Whether it is time to learn: nothing was yet, or so many hours ago, or of something else.

    Also when there are twice as many events as there were: a young company changes fast.
    """
    [there] = await graph.read(_EVENTS)
    kept = (await find_kept(graph, [WHOLE])).get(WHOLE)
    if kept is None or kept.subject != str(subject) or there.events >= 2 * max(kept.events, 1):
        return there.events > 0
    return now - kept.learned_at >= timedelta(hours=hours)


async def learn_journeys(
    graph: Graph,
    subject: Subject,
    now: datetime,
    *,
    anew: bool = False,
    rest: float = 0.0,
    tell: Tell = tell_nobody,
) -> Lesson | None:
    """Count the months that are due, or `anew` all of them, and keep what all add up to.

    After each page of people it pauses: for `rest` times as long as that took.

    Returns:
        None if somebody else is learning.
    """
    async with _alone(graph) as lease:
        if lease is None:
            return None
        [there] = await graph.read(_EVENTS)
        months = months_until(now)
        names = [one.name for one in months]
        kept = {} if anew else await find_kept(graph, names, whole=True)
        due = [
            one
            for one in months
            if not still_good(one, kept.get(one.name), str(subject), there.events, now)
        ]
        counting = _Counting(subject, due)
        await _count(graph, subject, counting, lease, rest, tell)
        known = {name: Counted.read(row.counted) for name, row in kept.items() if row.counted}
        whole = await asyncio.to_thread(
            _add_up, months, known | counting.counted(), counting.sample
        )
        new = {**counting.counted(), WHOLE: whole}
        rows = [
            Kept(name, now, str(subject), there.events, one.to_bytes()) for name, one in new.items()
        ]
        if not await keep(graph, lease.holder, rows, [*names, WHOLE]):
            return None
        return Lesson(tuple(one.name for one in due), counting.people, whole)


async def _count(
    graph: Graph, subject: Subject, counting: _Counting, lease: _Lease, rest: float, tell: Tell
) -> None:
    """Have all people counted, page by page."""
    channels = await known_channels(graph, subject)
    [there] = await graph.read(_PROFILES)
    looked_at = 0
    async for ids in everybody(graph):
        began = time.monotonic()
        people = await read_people(
            graph,
            ids,
            subject,
            channels,
            since=counting.since,
            until=counting.until,
            most=_MOST_EVENTS,
        )
        await asyncio.to_thread(counting.take, list(people.values()))
        looked_at += len(ids)
        tell(looked_at, there.profiles)
        await lease.renew()
        await asyncio.sleep(rest * (time.monotonic() - began))


@dataclass(slots=True)
class _Counting:
    """Counts people into each of some months."""

    subject: Subject
    months: Sequence[Month]
    people: int = 0
    sample: list[Person] = field(default_factory=list)
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _habits: dict[str, Habits] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def __post_init__(self) -> None:
        plan = Plan(self.subject.conversions, most_contexts=_MOST_CONTEXTS)
        for one in self.months:
            self._tallies[one.name] = Tally(plan, one.since.timestamp(), one.until.timestamp())
            self._habits[one.name] = Habits()

    @property
    def since(self) -> datetime:
        """From when on it matters what people did."""
        return self.months[0].since - _MEMORY

    @property
    def until(self) -> datetime:
        return self.months[-1].until

    def take(self, people: Sequence[Person]) -> None:
        """Count people, each of whom comes once."""
        for one in people:
            self._draw(one)
            for month in self.months:
                tally = self._tallies[month.name]
                tally.take(_since(one.journey, (month.since - _MEMORY).timestamp()))
                self._habits[month.name].take(one.responses, tally.since, tally.until)

    def counted(self) -> dict[str, Counted]:
        """What was counted of each month."""
        return {name: Counted(tally, self._habits[name]) for name, tally in self._tallies.items()}

    def _draw(self, one: Person) -> None:
        """Keep a sample in which everybody is as likely.

        Vitter 1985, "Random sampling with a reservoir", algorithm R.
        """
        self.people += 1
        if len(self.sample) < _SAMPLE:
            self.sample.append(one)
        elif (place := self._chance.randrange(self.people)) < _SAMPLE:
            self.sample[place] = one


def _since(journey: Journey, since: float) -> Journey:
    """What somebody did from a moment on: so a month is counted alike, whenever that is done."""
    first = bisect_left(journey.at, since)
    if not first:
        return journey
    won = {name: at[bisect_left(at, since) :] for name, at in journey.conversions.items()}
    return replace(journey, touches=journey.touches[first:], at=journey.at[first:], conversions=won)


def _add_up(
    months: Sequence[Month], counted: dict[str, Counted], sample: Sequence[Person]
) -> Counted:
    """All months in one, with how well the earlier ones would have told the last two."""
    of_all = [counted[one.name] for one in months]
    earlier = reduce(merge, (one.tally for one in of_all[:-2]))
    tally = reduce(merge, (one.tally for one in of_all[-2:]), earlier)
    habits = Habits()
    for one in of_all:
        habits.add(one.habits)
    responses = [one.responses for one in sample]
    return Counted(
        tally, weigh(habits, responses, tally.since, tally.until), _measure(earlier, tally, sample)
    )


def _measure(earlier: Tally, tally: Tally, sample: Sequence[Person]) -> Measured | None:
    """Ask what was known two months ago of what came since; it has seen nothing of that."""
    if not earlier.entries:
        return None
    report = evaluate(fit(earlier), (one.journey for one in sample), tally.until, days=_DAYS)
    return Measured.of(report, earlier.until, tally.until)


@dataclass(slots=True)
class _Lease:
    """That nobody else learns. It ends by itself, if whoever has it is gone."""

    graph: Graph
    holder: str
    renewed_at: float

    async def renew(self) -> None:
        """Keep it; when it was lost, `keep` will tell."""
        if time.monotonic() - self.renewed_at > _RENEW_SECONDS:
            await self.graph.write(_TAKE, holder=self.holder, seconds=_LEASE_SECONDS)
            self.renewed_at = time.monotonic()


@asynccontextmanager
async def _alone(graph: Graph) -> AsyncIterator[_Lease | None]:
    """Be the only one who learns while the block runs; None if somebody else is."""
    holder = str(uuid4())
    [row] = await graph.write(_TAKE, holder=holder, seconds=_LEASE_SECONDS)
    if not row.taken:
        yield None
        return
    try:
        yield _Lease(graph, holder, time.monotonic())
    finally:
        # It would end by itself; and whoever stops must not wait for a database that is gone.
        with suppress(KnoopError, TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await graph.write(_LEAVE, holder=holder)
