"""Whether what is told about a model is right, and whether known processes are found again."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from service.errors import InvalidQueryError
from service.journey.next_step.evaluate import Score, evaluate
from service.journey.next_step.journey import DAY, Journey
from service.journey.next_step.model import Model, fit
from service.journey.next_step.predict import chances
from service.journey.next_step.tally import Plan, learn

BUY = "Order Completed"
NAMES = "abcd"


def _knows_nothing(days: float = 7) -> Model:
    """It says a half in each interval, and of each next touchpoint that it is new."""
    return fit(learn(Plan((BUY,), days=(days,)), [], 0, 0))


def test_scores_are_as_by_hand() -> None:
    """Asked four times, it says a half; one of four converts within a week."""
    people = [Journey(["a"], [0], {BUY: [n * DAY]}) for n in (3, 8, 9, 20)]
    score = evaluate(_knows_nothing(), people, 30 * DAY).conversions[BUY]
    assert score.questions == 4
    assert score.log_loss == pytest.approx(math.log(2))
    assert score.base_log_loss == pytest.approx(-math.log(0.25) / 4 - 3 * math.log(0.75) / 4)
    assert (score.brier, score.base_brier) == (0.25, 0.1875)
    assert score.skill == pytest.approx(-1 / 3)
    # Of one person 1/4 - 4/3 * 9/16 = -1/2 is left, of three 1/4 - 4/3 * 1/16 = 1/6.
    assert score.skill_error == pytest.approx(math.sqrt(1 / 4 + 3 / 36) / (4 * 0.1875))
    assert [one.observed for one in score.calibration] == [1, 0, 0, 0]
    assert score.calibration_error == 0.5


def test_next_touchpoints_are_scored_as_by_hand() -> None:
    """After a it says b, c or what is new, and b, b and d come."""
    plan = Plan((), order=1)
    learned = [Journey("ab", [0, 1]), Journey("ac", [0, 1]), Journey("ab", [0, 1])]
    model = fit(learn(plan, learned, 0, 10))
    b, c = (model.following(("just now", "a"))[name] for name in "bc")
    new = 1 - b - c
    asked = [Journey("ab", [11, 12]), Journey("ab", [11, 12]), Journey("ad", [11, 12])]
    score = evaluate(model, asked, 20).next_touch
    assert score.questions == 3
    assert score.log_loss == pytest.approx(-(2 * math.log(b) + math.log(new)) / 3)
    squares = b**2 + c**2 + new**2
    assert score.brier == pytest.approx(squares + 1 - 2 * (2 * b + new) / 3)
    assert score.base_log_loss == pytest.approx(-(2 * math.log(2 / 3) + math.log(1 / 3)) / 3)
    assert score.base_brier == pytest.approx(1 - (4 / 9 + 1 / 9))
    assert score.calibration_error == pytest.approx((2 * (1 - b) + b) / 3)


def test_only_what_came_after_all_that_was_learned_is_asked() -> None:
    """And only what can be answered."""
    model = fit(learn(Plan((BUY,), days=(7,)), [], 0, 10 * DAY))
    path = Journey("aaaa", [9 * DAY, 10 * DAY, 12 * DAY, 20 * DAY])
    report = evaluate(model, [path], 20 * DAY)
    assert report.conversions[BUY].questions == 2
    assert report.next_touch.questions == 1
    assert evaluate(model, [path], 21 * DAY, moments=[13 * DAY]).conversions[BUY].questions == 1
    with pytest.raises(InvalidQueryError, match="before the end"):
        evaluate(model, [path], 20 * DAY, moments=[9 * DAY])
    with pytest.raises(InvalidQueryError, match="up to 7"):
        evaluate(model, [path], 20 * DAY, days=8)


def test_where_nothing_was_asked_no_score_is_made_up() -> None:
    report = evaluate(_knows_nothing(), [], DAY)
    assert report.next_touch.questions == 0
    assert math.isnan(report.next_touch.skill)
    assert math.isnan(report.conversions[BUY].skill)


def _chain(people: int, length: int, seed: int) -> list[Journey]:
    """The one before the last comes again three times of four, or else any of four."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        path = chance.integers(0, 4, 2).tolist()
        while len(path) < length:
            path.append(path[-2] if chance.random() < 0.75 else int(chance.integers(4)))
        begin = float(chance.random())
        found.append(Journey([NAMES[n] for n in path], [begin + n for n in range(length)]))
    return found


def test_a_chain_of_the_second_order_is_found_again() -> None:
    there = _chain(200, 100, 1)
    model = fit(learn(Plan((), order=3), there, 0, 50))
    for one, other in [("a", "b"), ("c", "c"), ("d", "a")]:
        told = model.following(("just now", other, one, "d"))
        for name in NAMES:
            assert told[name] == pytest.approx(0.75 * (name == one) + 0.0625, abs=0.04)
    # What the third touchpoint adds is next to nothing, and is found to be that.
    assert model.following_strengths[3] > 50 * model.following_strengths[2]


def test_a_chain_of_the_second_order_is_told_better_than_by_one_touchpoint_or_none() -> None:
    there = _chain(200, 100, 2)
    scores = {
        order: evaluate(fit(learn(Plan((), order=order), there, 0, 50)), there, 200).next_touch
        for order in (1, 2, 4)
    }
    least = -(0.8125 * math.log(0.8125) + 3 * 0.0625 * math.log(0.0625))
    assert scores[2].log_loss == pytest.approx(least, abs=0.03)
    assert scores[4].log_loss == pytest.approx(scores[2].log_loss, abs=0.005)
    assert abs(scores[1].skill) < 0.01
    assert scores[2].skill > 0.5
    assert scores[2].calibration_error < 0.02


def _buyers(people: int, seed: int) -> list[Journey]:
    """Whoever came by an ad buys with 5 % a day, by mail with 1 %; and comes now and then."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        at = np.cumsum(chance.exponential(15, 12)) * DAY
        touches = chance.choice(["ads", "mail"], len(at)).tolist()
        bought = []
        for name, (begin, end) in zip(touches, pairwise([*at, at[-1] + 400 * DAY]), strict=True):
            moment = begin + chance.exponential(20 if name == "ads" else 100) * DAY
            if moment < end:
                bought.append(moment)
        found.append(Journey(touches, at.tolist(), {BUY: bought}))
    return found


def _within(score: Score) -> tuple[float, float]:
    """What was expected and what came true, in the mean."""
    parts = [one.questions / score.questions for one in score.calibration]
    said = sum(part * one.predicted for part, one in zip(parts, score.calibration, strict=True))
    true = sum(part * one.observed for part, one in zip(parts, score.calibration, strict=True))
    return said, true


def test_how_soon_people_convert_is_found_again_also_where_their_time_is_not_over() -> None:
    """A day after an ad is before nearly all that comes next: so what was put in comes out."""
    model = fit(learn(Plan((BUY,), order=1, days=(1, 7, 30)), _buyers(6_000, 3), 0, 60 * DAY))
    for name, rate in (("ads", 1 / 20), ("mail", 1 / 100)):
        [within_a_day] = chances(model, ("just now", name), 1)
        assert within_a_day == pytest.approx(1 - math.exp(-rate), abs=0.01)


def test_what_is_told_of_conversions_comes_true_later() -> None:
    people = _buyers(3_000, 4)
    model = fit(learn(Plan((BUY,), order=2), people, 0, 80 * DAY))
    mondays = [80 * DAY + 7 * DAY * n for n in range(8)]
    for moments in ((), mondays):
        score = evaluate(model, people, 160 * DAY, days=7, moments=moments).conversions[BUY]
        said, true = _within(score)
        assert said == pytest.approx(true, abs=0.02)
        assert score.calibration_error < 0.03
        assert score.skill > 3 * score.skill_error
