"""What somebody does next, and whether they convert, by what they did so far."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from service.errors import InvalidQueryError
from service.journey.next_step.journey import Context, Journey, state_at
from service.journey.next_step.model import Model


@dataclass(frozen=True, slots=True)
class Basis:
    """On what a prediction stands.

    `context` is the longest one that was seen so often that its own counts weigh at least as much
    as what shorter ones say: how long the person has been silent, then their touchpoints, the
    newest first; empty where only the base rate speaks. `times` is how often somebody came into it,
    and what followed is known.
    """

    context: Context
    times: int


@dataclass(frozen=True, slots=True)
class NextTouch:
    """A touchpoint that may be next; it came so many times of those that the basis was seen."""

    name: str
    probability: float
    times: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion, and the probability that it comes within the days asked for.

    `base_rate` is that of everybody, whatever they did and however long ago.
    """

    name: str
    probability: float
    base_rate: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What may come after `context`; `next_touches` the most likely first, if there is a next."""

    context: Context
    next_touches: tuple[NextTouch, ...]
    next_basis: Basis
    conversions: tuple[Conversion, ...]
    conversion_basis: Basis
    days: float
    missed: int
    """No count that is told here is short by more than this."""


def predict(model: Model, journey: Journey, now: float, days: float = 7.0) -> Prediction:
    """What comes after what a person did until now; nothing later in the journey is looked at.

    Raises:
        InvalidQueryError: `days` is not more than 0, or more than the plan's last.
    """
    plan = model.plan
    check_days(model, days)
    state = state_at(model.known(journey), plan.conversions, plan.order, now)
    context = () if state is None else state.context
    next_basis, conversion_basis = _next_basis(model, context), _conversion_basis(model, context)
    following = model.totals[next_basis.context].following
    base, mine = chances(model, (), days), chances(model, context, days)
    touches = (
        NextTouch(name, probability, following.get(name, 0))
        for name, probability in model.following(context).items()
    )
    return Prediction(
        context,
        tuple(sorted(touches, key=lambda one: (-one.probability, one.name))),
        next_basis,
        tuple(Conversion(*one) for one in zip(plan.conversions, mine, base, strict=True)),
        conversion_basis,
        days,
        model.missed,
    )


def chances(model: Model, context: Context, days: float) -> list[float]:
    """The probability of each conversion of the plan within so many days.

    Within an interval the hazard is taken to be constant.
    """
    ends = np.array(model.plan.days)
    begins = np.concatenate([[0.0], ends[:-1]])
    covered = np.clip((days - begins) / (ends - begins), 0, 1)
    stays = np.log1p(-model.hazards(context)) @ covered
    found: list[float] = (-np.expm1(stays)).tolist()
    return found


def is_known(model: Model, conversion: str, days: float) -> bool:
    """Whether somebody was ever waited for so long: else what is told of it is no observation."""
    number = model.plan.conversions.index(conversion) * len(model.plan.days)
    until = bisect_left(model.plan.days, days) + 1
    return all(model.totals[()].risk[number : number + until])


def check_days(model: Model, days: float) -> None:
    """Whether the model can tell.

    Raises:
        InvalidQueryError: it cannot.
    """
    if not 0 < days <= model.plan.days[-1]:
        raise InvalidQueryError(f"days: is {days}; ask for up to {model.plan.days[-1]}")


def _next_basis(model: Model, context: Context) -> Basis:
    for length in range(len(context), 0, -1):
        entry = model.totals.get(context[:length])
        times = entry.times if entry else 0
        if times and times >= model.following_strengths[length - 1]:
            return Basis(context[:length], times)
    return Basis((), model.totals[()].times)


def _conversion_basis(model: Model, context: Context) -> Basis:
    for length in range(len(context), 0, -1):
        entry = model.totals.get(context[:length])
        times = entry.came if entry else 0
        if times and times >= model.conversion_strengths[length - 1]:
            return Basis(context[:length], times)
    return Basis((), model.totals[()].came)
