"""What people may do next, told from what was learned and from what they did until now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from service.errors import InvalidQueryError
from service.journey.learned import WHOLE, Learned, find_kept, read_learned
from service.journey.next_step.moments import Moment, best_moments
from service.journey.next_step.predict import Conversion, Prediction, is_known, predict
from service.journey.next_step.tally import OTHER
from service.journey.people import NOBODY, UTC_NAME, Person, Subject, read_people
from service.journey.reading import BEGINNING
from service.store.graph import Graph

MAX_DAYS = 90
DAYS = 7
_MOST_EVENTS = 1_000
"""Of one person, the last: enough for what they did last, and for their habits."""
_LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be told.

    Attributes:
        days: Within how many days a conversion has to come.
        channels: On which one may reach the person.
        conversions: Their names; None for all.
        with_zone: Whether the person's time zone may be used: it may be nobody's business.
    """

    channels: tuple[str, ...]
    days: int = DAYS
    conversions: tuple[str, ...] | None = None
    with_zone: bool = True

    def __post_init__(self) -> None:
        """Check what is asked.

        Raises:
            InvalidQueryError: names the field.
        """
        if not 1 <= self.days <= MAX_DAYS:
            raise InvalidQueryError(f"withinDays: is {self.days}; ask for 1 to {MAX_DAYS}")


class Unlearned(Enum):
    """Why nothing can be told."""

    NOT_YET = "not_yet"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True)
class Chance:
    """A conversion; probability and base rate are None where nobody was waited for so long yet."""

    name: str
    days: int
    probability: float | None
    base_rate: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """What one person may do next, and on what that stands."""

    at: datetime
    prediction: Prediction
    chances: tuple[Chance, ...]
    moments: tuple[Moment, ...]
    zone: str | None
    own_touchpoints: int
    learned: Learned


class Foreteller:
    """Tells of people what may come next. It has what was learned last, and looks for newer."""

    def __init__(self, graph: Graph, subject: Subject) -> None:
        self._graph = graph
        self._subject = subject
        self._learned: Learned | None = None
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def foretell(
        self, graph: Graph, profiles: Sequence[str], *, asked: Asked
    ) -> Sequence[Foretold | Unlearned]:
        """What each of these people may do next, from now on.

        `graph` is the one that it was made with: so it is a question as `together` asks.

        Raises:
            InvalidQueryError: a conversion is none that is predicted.
        """
        learned, now = await self.learned(), datetime.now(UTC)
        if isinstance(learned, Unlearned):
            return [learned] * len(profiles)
        _check_conversions(learned, asked)
        people = await read_people(
            graph,
            profiles,
            self._subject_of(learned),
            learned.model.names - {OTHER},
            since=BEGINNING,
            until=now,
            most=_MOST_EVENTS,
        )
        there = [people.get(position, NOBODY) for position in range(len(profiles))]
        return await asyncio.to_thread(
            lambda: [_foretold(learned, asked, now, one) for one in there]
        )

    async def learned(self) -> Learned | Unlearned:
        """What was learned last. It may be some seconds old."""
        # While somebody looks, what is there is good enough for the others.
        if self._learned is None or not self._looking.locked():
            async with self._looking:
                if time.monotonic() - self._looked_at > _LOOK_SECONDS:
                    await self._look()
        if self._learned is None:
            return Unlearned.NOT_YET
        return Unlearned.TOO_LITTLE if self._learned.is_empty else self._learned

    async def _look(self) -> None:
        kept = (await find_kept(self._graph, [WHOLE])).get(WHOLE)
        if kept is None:
            self._learned = None
        elif self._learned is None or kept.learned_at != self._learned.learned_at:
            self._learned = await read_learned(self._graph)
        self._looked_at = time.monotonic()

    def _subject_of(self, learned: Learned) -> Subject:
        """What is read of people is what was learned of, also when the rules say more by now."""
        conversions = learned.model.plan.conversions
        return Subject(conversions, self._subject.outbound, self._subject.channels)


def _foretold(learned: Learned, asked: Asked, at: datetime, person: Person) -> Foretold:
    now = at.timestamp()
    zone = person.zone if asked.with_zone else None
    prediction = predict(learned.model, person.journey, now, asked.days)
    told = {one.name: one for one in prediction.conversions}
    wanted = told if asked.conversions is None else asked.conversions
    responses = replace(person.responses, zone=zone or UTC_NAME)
    moments: list[Moment] = []
    if asked.channels:
        most = len(asked.channels)
        moments = best_moments(learned.habits, responses, now, channels=asked.channels, most=most)
    return Foretold(
        at,
        prediction,
        tuple(_chance(learned, asked.days, told[name]) for name in wanted),
        tuple(moments),
        zone,
        len(person.journey.at),
        learned,
    )


def _chance(learned: Learned, days: int, one: Conversion) -> Chance:
    if is_known(learned.model, one.name, days):
        return Chance(one.name, days, one.probability, one.base_rate)
    return Chance(one.name, days, None, None)


def _check_conversions(learned: Learned, asked: Asked) -> None:
    known = learned.model.plan.conversions
    for name in asked.conversions or ():
        if name not in known:
            there = ", ".join(known) or "none (conversions under [next_step])"
            raise InvalidQueryError(f"conversions: {name} is not predicted; the rules name {there}")
