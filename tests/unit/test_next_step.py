"""The next step on cases that are small enough to be worked out by hand."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import pytest

from service.errors import InvalidQueryError
from service.journey.next_step.journey import DAY, Journey, state_at, states
from service.journey.next_step.model import fit
from service.journey.next_step.predict import Basis, predict
from service.journey.next_step.tally import OTHER, Plan, Tally, learn, merge, read_tally

BUY = "Order Completed"
LONG = 1_000 * DAY
PLAN = Plan((BUY,), order=2, days=(1, 7, 30))


def _journey(path: str, *bought: float, step: float = 60.0) -> Journey:
    """A touchpoint a minute, beginning at 0; what was bought is told in seconds."""
    return Journey(list(path), [step * n for n in range(len(path))], {BUY: bought})


def test_a_state_begins_with_a_touchpoint_a_conversion_and_when_nobody_comes() -> None:
    journey = Journey(["mail", "ads"], [0, 10 * DAY], {BUY: [2 * DAY, 10 * DAY]})
    bought, again = f"mail → {BUY}", f"ads → {BUY}"
    told = [
        (one.at / DAY, one.context, one.fresh) for one in states(journey, [BUY], 2, 0, 46 * DAY)
    ]
    assert told == [
        (0, ("just now", "mail"), True),
        (1 / 24, ("an hour ago", "mail"), True),
        (1, ("a day ago", "mail"), True),
        (2, ("a day ago", bought), True),
        (4, ("a day ago", bought), False),
        (7, ("a week ago", bought), True),
        (10, ("just now", again, bought), True),
        (10 + 1 / 24, ("an hour ago", again, bought), True),
        (11, ("a day ago", again, bought), True),
        (12, ("a day ago", again, bought), False),
        (14, ("a day ago", again, bought), False),
        (17, ("a week ago", again, bought), True),
        (24, ("a week ago", again, bought), False),
        (31, ("a week ago", again, bought), False),
        (38, ("a week ago", again, bought), False),
        (40, ("a month ago", again, bought), True),
        (45, ("a month ago", again, bought), False),
    ]
    # Of what was before, only the coming into a context is told.
    later = list(states(journey, [BUY], 2, 20 * DAY, 46 * DAY))
    assert [(one.at / DAY, one.fresh) for one in later] == [
        *((at, fresh) for at, _, fresh in told if at >= 10 and (fresh or at > 20))
    ]


def test_the_state_at_a_moment_knows_nothing_of_what_came_later() -> None:
    journey = Journey(["mail", "ads", "ads"], [0, 5, 9], {BUY: [6]})
    assert state_at(journey, [BUY], 2, -1) is None
    assert [
        (now, found.context, found.touch)
        for now in (0, 5, 6, 9, 9 + 2 * DAY)
        if (found := state_at(journey, [BUY], 2, now))
    ] == [
        (0, ("just now", "mail"), 0),
        (5, ("just now", "ads", "mail"), 1),
        (6, ("just now", f"ads → {BUY}", "mail"), 1),
        (9, ("just now", "ads", f"ads → {BUY}"), 2),
        (9 + 2 * DAY, ("a day ago", "ads", f"ads → {BUY}"), 2),
    ]


def test_what_followed_is_counted_as_by_hand() -> None:
    tally = learn(PLAN, [_journey("aab"), _journey("ab")], 0, LONG)
    assert {
        context[1:]: entry.following
        for context, entry in tally.entries.items()
        if context[0] == "just now" and entry.following
    } == {("a",): {"a": 1, "b": 1}, ("a", "a"): {"b": 1}}


def test_those_at_risk_are_those_that_have_not_converted_and_whose_time_is_over() -> None:
    """One bought after half a day, one after three; one never. Known are eight days of them."""
    people = [_journey("a", DAY / 2), _journey("a", 3 * DAY), _journey("a")]
    entry = learn(PLAN, people, 0, 8 * DAY).entries["just now", "a"]
    assert (entry.risk, entry.won) == ([3, 2, 0], [1, 1, 0])


def test_probabilities_are_as_by_hand() -> None:
    """After a came b in three of four; each length leans on the one before, from (3.5, 1.5)/5.5."""
    plan = Plan((BUY,), order=1, days=(1, 7))
    people = [_journey("ab"), _journey("ab", 90), _journey("ab"), _journey("ac")]
    model = fit(learn(plan, people, 0, LONG))
    expected = {"b": 3.5 / 5.5, "c": 1.5 / 5.5}
    for strength in model.following_strengths:
        counted = {"b": 3, "c": 1}
        expected = {
            name: (n + strength * expected[name]) / (4 + strength) for name, n in counted.items()
        }
    told = predict(model, _journey("a"), 0, days=1)
    assert {one.name: one.probability for one in told.next_touches} == pytest.approx(expected)


def test_the_base_rate_is_that_of_all_looks() -> None:
    """Two looks were less than a day before the purchase.

    Of four people there are eight touchpoints, the purchase, and an hour of silence of each. All
    later looks have a day before them that is not over.
    """
    people = [_journey("ab"), _journey("ab", 90), _journey("ab"), _journey("ac")]
    model = fit(learn(Plan((BUY,), days=(1, 7)), people, 0, 1.5 * DAY))
    told = predict(model, _journey("z"), 0, days=1).conversions[0]
    assert told.base_rate == pytest.approx((2 + 0.5) / (13 + 1))


def test_who_stays_silent_is_looked_at_again_and_counts_once() -> None:
    """One came, and then nothing: from the 7th to the 30th day four looks, one coming."""
    tally = learn(Plan((BUY,), order=1, days=(1, 7)), [_journey("a")], 0, 60 * DAY)
    entry = tally.entries["a week ago", "a"]
    assert (entry.risk, entry.came) == ([4, 4], 1)
    model = fit(tally)
    hazard = model.hazards(())[0, 0]
    for strength in model.conversion_strengths:
        hazard *= strength / (1 + strength)
    assert model.hazards(("a week ago", "a"))[0, 0] == pytest.approx(hazard)


def test_how_much_a_context_leans_on_the_shorter_one_is_found() -> None:
    """In a chain of the first order silence tells nothing, and the last touchpoint all."""
    silent, touch, _ = fit(learn(PLAN, [_journey("ab" * 500)], 0, LONG)).following_strengths
    assert silent > 10_000
    assert touch == 1


def test_a_day_of_a_longer_interval_has_its_part_of_it() -> None:
    """Of 100, half convert within a week but none in a day: a constant hazard from then on."""
    people = [_journey("a", *([2 * DAY] if n % 2 else [])) for n in range(100)]
    model = fit(learn(Plan((BUY,), order=1, days=(1, 7)), people, 0, LONG))
    within = [
        predict(model, _journey("a"), 0, days).conversions[0].probability for days in (1, 4, 7)
    ]
    stays = [math.log1p(-one) for one in within]
    assert stays[1] - stays[0] == pytest.approx((stays[2] - stays[0]) / 2)
    assert within[0] < 0.02
    assert within[2] == pytest.approx(0.5, abs=0.02)


def test_a_prediction_says_on_how_much_data_it_stands() -> None:
    people = [_journey("ab")] * 40 + [_journey("cd")] * 40 + [_journey("xab")]
    model = fit(learn(PLAN, people, 0, LONG))
    told = predict(model, _journey("a"), 0)
    assert told.next_basis == Basis(("just now", "a"), 41)
    assert (told.next_touches[0].name, told.next_touches[0].times) == ("b", 41)
    # All were there just now: that tells nothing more than the base rate.
    assert predict(model, _journey("z"), 0).next_basis.context == ()
    nobody = predict(model, _journey(""), 0)
    assert (nobody.context, nobody.next_basis.times) == ((), 81 + 1)
    assert nobody.conversions[0].probability == nobody.conversions[0].base_rate


def test_of_nothing_everything_is_open() -> None:
    told = predict(fit(learn(PLAN, [], 0, LONG)), _journey("a"), 0)
    assert told.next_touches == ()
    assert told.next_basis == Basis((), 0)
    assert 0 < told.conversions[0].probability < 1


def test_names_past_the_most_are_others() -> None:
    plan = Plan((), most_names=2)
    tally = learn(plan, [_journey("abcd")], 0, LONG)
    assert tally.names == {"a", "b"}
    assert tally.entries["just now", "b", "a"].following == {OTHER: 1}
    more = learn(plan, [_journey("cc")], 0, LONG)
    assert merge(tally, more).entries["just now", "c"].following == {OTHER: 1}


def test_what_is_rare_is_remembered_by_a_shorter_path() -> None:
    people = [_journey("ab")] * 50 + [_journey(f"{name}b") for name in "klmnopqrstuv"]
    tally = learn(Plan((), order=1, most_contexts=6), people, 0, LONG)
    assert tally.entries["just now", "a"].following == {"b": 50}
    assert tally.missed >= 1
    assert fit(tally).totals[()].following == {"b": 62}


def test_it_is_written_and_read() -> None:
    tally = learn(PLAN, [_journey("aab", 70), _journey("ab")], 0, LONG)
    assert read_tally(tally.to_bytes()) == tally
    with pytest.raises(ValueError, match="count again"):
        read_tally(b"{}")


def test_only_what_fits_together_is_added_up() -> None:
    one = Tally(PLAN, 0, 10)
    assert merge(one, Tally(PLAN, 10, 20)).until == 20
    with pytest.raises(InvalidQueryError, match="neither of the same time"):
        merge(one, Tally(PLAN, 11, 20))
    with pytest.raises(InvalidQueryError, match="other things"):
        merge(one, Tally(Plan(()), 0, 10))


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (lambda: Journey(["a"], []), "0 moments for 1 touches"),
        (lambda: Journey(["a", "b"], [2, 1]), "at: is not in order"),
        (lambda: Journey(["a"], [math.nan]), "at: is not in order"),
        (lambda: Journey([], [], {BUY: [2, 1]}), "Order Completed: is not in order"),
        (lambda: Plan((), order=0), "order: is less than 1"),
        (lambda: Plan((), days=(3, 1)), "days"),
        (lambda: Plan((), days=(0, 1)), "days"),
        (lambda: predict(fit(learn(PLAN, [], 0, 1)), _journey("a"), 0, 31), "up to 30"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: Callable[[], object], problem: str) -> None:
    with pytest.raises(InvalidQueryError, match=problem):
        wrong()


@pytest.mark.parametrize(("module", "heavy"), [("tally", "numpy"), ("evaluate", "scipy")])
def test_what_is_heavy_is_imported_when_it_is_wanted(module: str, heavy: str) -> None:
    look = f"import sys, service.journey.next_step.{module}; sys.exit({heavy!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)
