"""How well the next step is told, on later data than was learned from, and what that costs.

Two companies. The demo's, whose true people and times are known: sessions are made of its messages
in a few lines, and what came in a quarter is predicted from what came before it. And a chain of
the second order with a known law, so that nobody can do better than the truth.

Beside the model stand the same model with shorter contexts, prediction by partial matching (PPM-C:
Moffat 1990) and absolute discounting (Ney, Essen and Kneser 1994), on the same counts.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from rich.console import Console
from rich.table import Table

from service.demo.generate import PEOPLE, SEED, UNTIL, generate
from service.demo.truth import Demo
from service.identity.rules import Rules, load_rules
from service.ingest.message import Message, parse_message
from service.ingest.times import arrived_at
from service.journey.next_step.evaluate import Score, evaluate, evaluate_next
from service.journey.next_step.journey import DAY, Context, Journey
from service.journey.next_step.model import Model, fit
from service.journey.next_step.moments import (
    HOURS,
    Habits,
    channel_chances,
    hour_chances,
    learn_habits,
    occasions,
    weigh,
)
from service.journey.next_step.predict import predict
from service.journey.next_step.tally import Plan, learn, merge

BUY = "Order Completed"
_QUARTER = 91
_WEEK = 7 * DAY
_SHOWN = 7
_NAMES = "abcdef"


@dataclass(frozen=True, slots=True)
class Plans:
    """How large the two companies are, and what is asked."""

    people: int = PEOPLE
    seed: int = SEED
    orders: tuple[int, ...] = (1, 2, 3, 4)
    days: tuple[float, ...] = (7, 30)
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)


@dataclass(slots=True)
class Found:
    """Scores and seconds, by what they are of."""

    touches: dict[str, tuple[int, int]] = field(default_factory=dict)
    following: dict[str, dict[str, Score]] = field(default_factory=dict)
    conversions: dict[str, Score] = field(default_factory=dict)
    hours: dict[str, float] = field(default_factory=dict)
    costs: dict[int, dict[str, float]] = field(default_factory=dict)


def measure(plans: Plans, console: Console) -> Found:
    """Learn from what came first, and ask about what came later."""
    found = Found()
    demo = generate(plans.seed, plans.people)
    console.print("The demo's year", highlight=False)
    there = list(journeys_of(demo, load_rules()))
    end = UNTIL.timestamp()
    split = end - _QUARTER * DAY
    _company(found, "demo", there, split, end, plans)
    for quarter, begin in (("third", split - _QUARTER * DAY), ("fourth", split)):
        _converted(found, quarter, there, begin, plans)
    console.print("Hours", highlight=False)
    found.hours = _hours(there, split, end)
    console.print("A chain of the second order", highlight=False)
    chain = draw(1_000, 100, plans.seed)
    _company(found, "chain", chain, 70 * DAY, 101 * DAY, plans)
    found.following["chain"]["the truth"] = evaluate_next(
        _model(chain, 2, 70 * DAY), chain, 101 * DAY, _truth
    )
    for size in plans.sizes:
        console.print(f"{size:,} touchpoints", highlight=False)
        found.costs[size] = _costs(size, plans.seed)
    return found


def _converted(
    found: Found, quarter: str, there: Sequence[Journey], begin: float, plans: Plans
) -> None:
    """What was told of conversions in a quarter, from all that came before it."""
    end = begin + _QUARTER * DAY
    weeks = [begin + _WEEK * number for number in range(_QUARTER // 7)]
    for order in (plans.orders[0], plans.orders[-1]):
        model = _model(there, order, begin)
        for days in plans.days:
            for when, moments in (("after a touchpoint", ()), ("of everybody, weekly", weeks)):
                name = f"{days:g} days, {when}, {quarter} quarter, order {order}"
                report = evaluate(model, there, end, days=days, moments=moments)
                found.conversions[name] = report.conversions[BUY]


def journeys_of(demo: Demo, rules: Rules) -> Iterator[Journey]:
    """Sessions of the demo's true people, told by their channels, roughly as the graph makes them.

    What cannot be given to exactly one person is left out.
    """
    channel_of = {source.id: source.channel for source in demo.sources}
    did: dict[str, list[tuple[float, str, str, Message]]] = defaultdict(list)
    seen = set()
    for number, sent in enumerate(demo.messages):
        if sent.body["messageId"] in seen:
            continue
        seen.add(sent.body["messageId"])
        arrived = arrived_at(sent.body, UNTIL)
        message = parse_message(sent.body, arrived, rules, new_id=str(number))
        owners = {demo.truth.person_of.get(one.key) for one in message.identifiers} - {None}
        if len(owners) == 1 and message.type in ("page", "screen", "track"):
            channel = channel_of[sent.source]
            place = "" if channel in rules.sessions.visits else sent.source
            did[str(*owners)].append((message.at.timestamp(), place, channel, message))
    for _, events in sorted(did.items()):
        touches = sorted(_sessions(events, 60 * rules.sessions.pause_minutes))
        bought = sorted(at for at, _, _, message in events if message.name == BUY)
        yield Journey([name for _, name in touches], [at for at, _ in touches], {BUY: bought})


def _sessions(
    events: Sequence[tuple[float, str, str, Message]], pause: float
) -> Iterator[tuple[float, str]]:
    by_place = sorted(events, key=lambda one: (one[1], one[0]))
    for place, there in groupby(by_place, key=lambda one: one[1]):
        last, came = float("-inf"), None
        for at, _, channel, message in there:
            traffic = message.traffic and message.traffic[:3]
            if at - last >= pause or (traffic and traffic != came):
                came = traffic
                named = message.traffic and message.traffic.channel
                yield at, named or (channel if place else "direct")
            last = at


def draw(people: int, length: int, seed: int) -> list[Journey]:
    """A touchpoint a day: the one before the last, three times of four; else any."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        path = [int(chance.integers(len(_NAMES))), int(chance.integers(len(_NAMES)))]
        again = chance.random(length) < _AGAIN
        any_ = chance.integers(0, len(_NAMES), length)
        for one, other in zip(again.tolist(), any_.tolist(), strict=True):
            path.append(path[-2] if one else other)
        begin = float(chance.random() * DAY)
        at = [begin + DAY * n for n in range(len(path))]
        found.append(Journey([_NAMES[one] for one in path], at))
    return found


_AGAIN = 0.75


def _truth(context: Context) -> Mapping[str, float]:
    any_ = (1 - _AGAIN) / len(_NAMES)
    return {name: any_ + _AGAIN * (context[2:] == (name,)) for name in _NAMES}


def _model(there: Sequence[Journey], order: int, until: float) -> Model:
    return fit(learn(Plan((BUY,), order=order), there, 0.0, until))


def _company(
    found: Found, name: str, there: Sequence[Journey], split: float, end: float, plans: Plans
) -> None:
    sides: dict[str, Score] = {}
    for order in plans.orders:
        model = _model(there, order, split)
        sides[f"order {order}"] = evaluate_next(model, there, end, model.following)
    sides["PPM-C"] = evaluate_next(model, there, end, _Ppm(model))
    sides["absolute discounting"] = evaluate_next(model, there, end, _Discounting(model))
    found.following[name] = sides
    before = sum(bisect_left(one.at, split) for one in there)
    found.touches[name] = before, sum(len(one.at) for one in there) - before


@dataclass(frozen=True, slots=True)
class _Ppm:
    """What a shorter context says is for what was not seen after the longer one: exclusion."""

    model: Model

    def __call__(self, context: Context) -> Mapping[str, float]:
        names = self.model.totals[()].following
        found: dict[str, float] = {}
        left = 1.0
        for length in range(len(context), -1, -1):
            entry = self.model.totals.get(context[:length])
            counts = {} if entry is None else entry.following
            seen = {name: n for name, n in counts.items() if name not in found}
            if not seen:
                continue
            n = sum(seen.values()) + len(seen)
            found |= {name: left * times / n for name, times in seen.items()}
            left *= len(seen) / n
        rest = [name for name in names if name not in found]
        return found | dict.fromkeys(rest, left / (len(rest) + 1))


@dataclass(frozen=True, slots=True)
class _Discounting:
    """A part of an observation is taken from each name that was seen, for the shorter context."""

    model: Model
    discount: float = 0.75

    def __call__(self, context: Context) -> Mapping[str, float]:
        found = self.model.following(())
        for length in range(1, len(context) + 1):
            entry = self.model.totals.get(context[:length])
            counts = {} if entry is None else entry.following
            if not counts:
                break
            n, taken = sum(counts.values()), self.discount * len(counts)
            found = {
                name: (max(counts.get(name, 0) - self.discount, 0) + taken * before) / n
                for name, before in found.items()
            }
        return found


def _hours(there: Sequence[Journey], split: float, end: float) -> dict[str, float]:
    """Mean of -ln p of the channel, and of the hour, of each later occasion."""
    habits = weigh(learn_habits(there, 0.0, split), there, 0.0, split)
    losses: dict[str, list[float]] = defaultdict(list)
    for journey in there:
        own = learn_habits([journey], 0.0, split)
        for side, mine in (("everybody's habits", Habits()), ("the person's, too", own)):
            parts = channel_chances(habits, mine)
            hours = {name: hour_chances(habits, mine, name) for name in parts}
            for one in occasions(journey, split, end):
                if one.channel in parts:
                    losses[f"channel, {side}"].append(-np.log(parts[one.channel]))
                    losses[f"hour, {side}"].append(-np.log(hours[one.channel][one.hour]))
    found = {name: float(np.mean(each)) for name, each in sorted(losses.items())}
    return found | {
        "hour, all alike": float(np.log(HOURS)),
        "weight of everybody: channel": habits.channel_weight,
        "weight of everybody: hour": habits.hour_weight,
    }


def _costs(size: int, seed: int) -> dict[str, float]:
    """Seconds: to learn, to make the model, to write it; and for one prediction."""
    chance = np.random.default_rng(seed)
    people = [
        replace(one, conversions={BUY: [one.at[-1] + DAY / 2] if chance.random() < _AGAIN else []})
        for one in draw(size // 10, 8, seed)
    ]
    began = time.perf_counter()
    tally = learn(Plan((BUY,)), people, 0.0, 100 * DAY)
    learned = time.perf_counter()
    model = fit(tally)
    fitted = time.perf_counter()
    bytes_ = len(tally.to_bytes())
    wrote = time.perf_counter()
    merge(tally, learn(tally.plan, people, tally.until, tally.until + DAY))
    refreshed = time.perf_counter()
    asked = people[:1_000]
    for one in asked:
        predict(model, one, one.at[-1])
    return {
        "learn, µs a touchpoint": (learned - began) / size * 1e6,
        "fit, ms": (fitted - learned) * 1e3,
        "write, ms": (wrote - fitted) * 1e3,
        "a day more, µs a person": (refreshed - wrote) / len(people) * 1e6,
        "predict, µs": (time.perf_counter() - refreshed) / len(asked) * 1e6,
        "contexts": len(tally.entries),
        "KiB": bytes_ / 1024,
    }


def show(found: Found, console: Console) -> None:
    """Print the scores, the calibration, and the costs."""
    for company, sides in found.following.items():
        before, later = found.touches[company]
        title = f"{company}: next touchpoints, learned from {before:,}, asked of {later:,}"
        console.print(_scores(title, sides))
    if found.conversions:
        console.print(_scores(f"demo: {BUY} within", found.conversions))
        for name, score in found.conversions.items():
            if f"{_SHOWN} days" in name and not name.endswith("order 1"):
                console.print(_calibration(name, score))
    for name, one in found.hours.items():
        console.print(f"{name}: {one:,.3f}", highlight=False)
    costs = Table("touchpoints", *next(iter(found.costs.values()), {}))
    for size, each in found.costs.items():
        costs.add_row(f"{size:,}", *(f"{one:,.1f}" for one in each.values()))
    console.print(costs)


def _scores(title: str, sides: Mapping[str, Score]) -> Table:
    table = Table(
        "", "questions", "log loss", "base", "Brier", "base", "skill", "±", "ECE", title=title
    )
    for name, one in sides.items():
        table.add_row(
            name,
            f"{one.questions:,}",
            f"{one.log_loss:.4f}",
            f"{one.base_log_loss:.4f}",
            f"{one.brier:.4f}",
            f"{one.base_brier:.4f}",
            f"{one.skill:.2%}",
            f"{one.skill_error:.2%}",
            f"{one.calibration_error:.4f}",
        )
    return table


def _calibration(name: str, score: Score) -> Table:
    table = Table("predicted", "came true", "questions", title=f"Calibration: {name}")
    for one in score.calibration:
        table.add_row(f"{one.predicted:.2%}", f"{one.observed:.2%}", f"{one.questions:,}")
    return table
