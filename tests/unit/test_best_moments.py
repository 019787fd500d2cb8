"""When to reach somebody, on cases that are small enough to be seen through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from service.errors import InvalidQueryError
from service.journey.next_step.journey import Journey
from service.journey.next_step.moments import (
    HOURS,
    Habits,
    Occasion,
    best_moments,
    channel_chances,
    hour_chances,
    learn_habits,
    occasions,
    weigh,
)

ALWAYS = (float("-inf"), float("inf"))
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 3, 2, tzinfo=AMSTERDAM)


def _weekly(channel: str, begin: datetime, weeks: int, zone: str = "Europe/Amsterdam") -> Journey:
    """At the same time by the clocks of the place, week after week."""
    at = [(begin + timedelta(weeks=n)).timestamp() for n in range(weeks)]
    return Journey([channel] * weeks, at, zone=zone)


def test_an_hour_is_the_persons_own() -> None:
    """Tuesday, seven in the evening, before and after the clocks are changed."""
    evening = MONDAY + timedelta(days=1, hours=19)
    found = list(occasions(_weekly("mail", evening, 8), *ALWAYS))
    assert found == [Occasion("mail", 24 + 19)] * 8
    [elsewhere] = occasions(_weekly("mail", evening, 1, "Asia/Tokyo"), *ALWAYS)
    assert elsewhere.hour == 48 + 3


def test_of_a_day_the_first_response_counts() -> None:
    at = [(MONDAY + timedelta(hours=hours)).timestamp() for hours in (9, 10, 23, 25)]
    journey = Journey(["mail", "web", "app", "web"], at, zone="Europe/Amsterdam")
    assert list(occasions(journey, *ALWAYS)) == [Occasion("mail", 9), Occasion("web", 25)]


def test_chances_are_as_by_hand() -> None:
    """Of everybody's four responses three were by mail, all at noon; one of mine was by app."""
    habits = Habits({"mail": [0] * HOURS, "app": [0] * HOURS}, 2.0, 10.0)
    habits.hours["mail"][12], habits.hours["app"][12] = 3, 1
    own = Habits({"app": [0] * HOURS})
    own.hours["app"][50] = 1
    assert channel_chances(habits, own) == pytest.approx(
        {"mail": (0 + 2 * 3.5 / 5) / 3, "app": (1 + 2 * 1.5 / 5) / 3}
    )
    general = (np.array([1.0, 2.0, 1.0, 0.0]) + 0.5) / (4 + HOURS / 2)
    by_mail = (np.array([0.75, 1.5, 0.75, 0.0]) + HOURS * general) / (3 + HOURS)
    mine = (10 * by_mail + [0, 0, 0, 0.5]) / 11
    assert hour_chances(habits, own, "mail")[[11, 12, 13, 50]] == pytest.approx(mine)


def test_whoever_has_a_habit_is_reached_by_it_and_everybody_else_by_everybodys() -> None:
    noon, night = MONDAY + timedelta(hours=12), MONDAY + timedelta(days=5, hours=23)
    others = [_weekly("mail", noon + timedelta(days=n % 5), 10) for n in range(50)]
    habits = learn_habits(others, *ALWAYS)
    habits.hour_weight = 10
    now = datetime(2026, 6, 1, 12, 30, tzinfo=AMSTERDAM).timestamp()
    [mine] = best_moments(habits, _weekly("mail", night, 10), now)
    assert mine.at == datetime(2026, 6, 6, 23, tzinfo=AMSTERDAM)
    assert (mine.own, mine.others, mine.channel) == (10, 500, "mail")
    [anybodys] = best_moments(habits, Journey([], [], zone="Europe/Amsterdam"), now)
    assert anybodys.at == datetime(2026, 6, 2, 12, tzinfo=AMSTERDAM)
    assert anybodys.own == 0
    assert anybodys.lift > 5


def test_an_hour_that_there_is_not_is_nobodys() -> None:
    """On 29 March 2026 there is no time between two and three."""
    sunday = MONDAY + timedelta(days=6, hours=2)
    habits = learn_habits([_weekly("mail", sunday, 3)] * 20, *ALWAYS)
    journey = Journey([], [], zone="Europe/Amsterdam")
    now = datetime(2026, 3, 26, tzinfo=AMSTERDAM).timestamp()
    [found] = best_moments(habits, journey, now)
    assert found.at.astimezone(UTC).hour in (0, 1)
    assert found.at.hour in (1, 3)


def test_only_channels_that_may_be_used_are_told() -> None:
    people = [_weekly(name, MONDAY, 3) for name in ("mail", "push", "web", "web")]
    habits = learn_habits(people, *ALWAYS)
    found = best_moments(habits, people[0], MONDAY.timestamp(), channels=["push", "mail", "fax"])
    assert [one.channel for one in found] == ["mail", "push"]
    assert len(best_moments(habits, people[0], MONDAY.timestamp(), most=2)) == 2


def _people(alike: float, seed: int) -> list[Journey]:
    """Each comes once a day, by a channel and in an hour of their own, or as everybody does."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(150):
        own = int(chance.integers(24)), str(chance.choice(["mail", "push"]))
        touches, at = [], []
        for day in range(30):
            same = chance.random() < alike
            touches.append(str(chance.choice(["mail", "push"])) if same else own[1])
            hour = int(chance.integers(24)) if same else own[0]
            at.append((MONDAY + timedelta(days=day, hours=hour)).timestamp())
        found.append(Journey(touches, at, zone="UTC"))
    return found


def test_how_much_everybody_weighs_is_found() -> None:
    weights = {}
    for alike in (0.0, 1.0):
        people = _people(alike, 1)
        habits = weigh(learn_habits(people, *ALWAYS), people, *ALWAYS)
        weights[alike] = habits.channel_weight, habits.hour_weight
    assert weights[0.0][0] <= 2
    assert weights[0.0][1] < 200
    assert weights[1.0][0] >= 256
    assert weights[1.0][1] > 4_000
    nobody = Habits()
    assert weigh(nobody, [], *ALWAYS) is nobody


def test_habits_add_up() -> None:
    people = _people(0.5, 2)
    added = learn_habits(people[:50], *ALWAYS)
    added.add(learn_habits(people[50:], *ALWAYS))
    assert added == learn_habits(people, *ALWAYS)


def test_an_unknown_time_zone_is_refused() -> None:
    for zone in ("Mars/Olympus", "../etc", ""):
        with pytest.raises(InvalidQueryError, match="no time zone"):
            best_moments(Habits(), Journey([], [], zone=zone), 0)
