"""What holds for every tally, model and prediction, whatever people did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.journey.next_step.journey import DAY, Journey, state_at, states
from service.journey.next_step.model import Model, fit
from service.journey.next_step.moments import (
    best_moments,
    channel_chances,
    hour_chances,
    learn_habits,
    weigh,
)
from service.journey.next_step.predict import chances, predict
from service.journey.next_step.tally import Entry, Plan, Tally, learn, merge, read_tally

NAMES = ["direct", "mail", "ads", "social"]
BUY, ASK = "Order Completed", "Ticket Opened"
PLAN = Plan((BUY, ASK), order=3, days=(1, 7, 30))
END = 100 * DAY

# A busy machine is no failure. How many examples follows from the profile that is loaded.
at_leisure = settings(deadline=None, max_examples=settings().max_examples // 2)

moments = st.integers(0, 400).map(lambda quarters: quarters * DAY / 4)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    at = sorted(draw(st.lists(moments, max_size=8)))
    touches = draw(st.lists(st.sampled_from(NAMES), min_size=len(at), max_size=len(at)))
    conversions = {name: sorted(draw(st.lists(moments, max_size=3))) for name in (BUY, ASK)}
    return Journey(touches, at, conversions)


many = st.lists(journeys(), max_size=8)


def _until(journey: Journey, end: float) -> Journey:
    """What was known of it then."""
    at = [one for one in journey.at if one < end]
    conversions = {
        name: [one for one in there if one < end] for name, there in journey.conversions.items()
    }
    return Journey(journey.touches[: len(at)], at, conversions)


def _counts(entry: Entry) -> list[int]:
    return [*(entry.following.get(name, 0) for name in NAMES), *entry.risk, *entry.won, entry.came]


def _model(drawn: list[Journey], plan: Plan = PLAN) -> Model:
    return fit(learn(plan, drawn, 0, END))


@at_leisure
@given(journeys(), moments, st.integers(1, 4))
def test_the_state_at_a_moment_is_the_last_that_began(
    journey: Journey, now: float, order: int
) -> None:
    looks = states(journey, [BUY, ASK], order, 0, np.nextafter(now, np.inf))
    began = [(one.context, one.touch) for one in looks]
    # Of touchpoints at one moment, the last one counts.
    found = state_at(journey, [BUY, ASK], order, now)
    assert (found and (found.context, found.touch)) == (began[-1] if began else None)


@at_leisure
@given(many, moments)
def test_what_happened_later_is_not_learned(drawn: list[Journey], end: float) -> None:
    known = [_until(one, end) for one in drawn]
    assert learn(PLAN, drawn, 0, end).to_bytes() == learn(PLAN, known, 0, end).to_bytes()


@at_leisure
@given(many, journeys(), moments)
def test_what_happens_later_is_not_predicted_from(
    drawn: list[Journey], one: Journey, now: float
) -> None:
    model = _model(drawn)
    known = _until(one, np.nextafter(now, np.inf))
    assert predict(model, one, now) == predict(model, known, now)
    habits = learn_habits(drawn, 0, END)
    assert best_moments(habits, one, now) == best_moments(habits, known, now)


@at_leisure
@given(many, many, moments, st.data())
def test_parts_add_up_to_the_whole(
    some: list[Journey], others: list[Journey], between: float, data: st.DataObject
) -> None:
    """Other people, another stretch of time, another order, by way of bytes: all the same."""
    all_ = some + others
    whole = learn(PLAN, all_, 0, END).to_bytes()
    by_people = merge(learn(PLAN, others, 0, END), learn(PLAN, some, 0, END))
    first, later = learn(PLAN, all_, 0, between), learn(PLAN, all_, between, END)
    mixed = data.draw(st.permutations(all_))
    assert by_people.to_bytes() == whole
    assert merge(read_tally(first.to_bytes()), later).to_bytes() == whole
    assert learn(PLAN, mixed, 0, END).to_bytes() == whole


@at_leisure
@given(many, st.integers(2, 12), st.integers(1, 3))
def test_memory_is_bounded_and_what_is_missed_is_told(
    drawn: list[Journey], most: int, parts: int
) -> None:
    plan = replace(PLAN, most_contexts=most)
    bounded = Tally(plan, 0, END)
    for part in range(parts):
        tally = Tally(plan, 0, END)
        for one in drawn[part::parts]:
            tally.take(one)
            assert len(tally.entries) <= most
        bounded = merge(bounded, tally)
        assert len(bounded.entries) <= most
    kept, true = fit(bounded).totals, _model(drawn).totals
    # Base rates are exact, always.
    assert _counts(kept[()]) == _counts(true[()])
    for context, entry in kept.items():
        rest = np.array(_counts(true[context])) - np.array(_counts(entry))
        assert rest.min() >= 0
        assert rest.max() <= bounded.missed


@at_leisure
@given(many, journeys(), moments)
def test_probabilities_are_1_together(drawn: list[Journey], one: Journey, now: float) -> None:
    model = _model(drawn)
    told = predict(model, one, now)
    assert all(0 < each.probability < 1 for each in told.next_touches)
    new = 0.5 / (model.totals[()].times + 0.5 * (len(model.totals[()].following) + 1))
    for length, strength in enumerate(model.following_strengths[: len(told.context)], 1):
        entry = model.totals.get(told.context[:length])
        new *= strength / (entry.times + strength) if entry else 1
    together = sum(each.probability for each in told.next_touches)
    assert together + new == pytest.approx(1)
    by_days = np.array([chances(model, told.context, days) for days in (0.5, 1, 5, 7, 20, 30)])
    assert np.all(np.diff(by_days, axis=0) > 0)
    assert np.all((by_days > 0) & (by_days < 1))


@at_leisure
@given(many, st.integers(1, 200))
def test_more_data_moves_a_prediction_to_what_was_seen(drawn: list[Journey], times: int) -> None:
    """No further from the frequency than the strength allows, which goes to nothing."""
    model = _model(drawn * times)
    for context, entry in model.totals.items():
        if context and entry.times:
            strength = model.following_strengths[len(context) - 1]
            for name, probability in model.following(context).items():
                seen = entry.following.get(name, 0) / entry.times
                assert abs(probability - seen) <= strength / (entry.times + strength) + 1e-12
        strength = model.conversion_strengths[len(context) - 1] if context else 1.0
        hazards = model.hazards(context).ravel()
        own = entry.own if context else 1.0
        for hazard, risk, won in zip(hazards, entry.risk, entry.won, strict=True):
            if risk:
                assert abs(hazard - won / risk) <= strength / (own * risk + strength) + 1e-12


@at_leisure
@given(many, journeys())
def test_habits_are_1_together(drawn: list[Journey], one: Journey) -> None:
    habits = weigh(learn_habits(drawn, 0, END), drawn, 0, END)
    own = learn_habits([one], 0, END)
    parts = channel_chances(habits, own)
    assert sum(parts.values()) == pytest.approx(1 if parts else 0)
    for name in habits.hours:
        assert hour_chances(habits, own, name).sum() == pytest.approx(1)
