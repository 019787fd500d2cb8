"""How good a model is, measured on what came after all that it was made of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidQueryError
from service.journey.next_step.journey import DAY, Context, Journey, State, state_at
from service.journey.next_step.model import Floats, Model
from service.journey.next_step.predict import chances, check_days
from service.journey.next_step.tally import wait

Flags: TypeAlias = NDArray[np.bool_]
Following: TypeAlias = Callable[[Context], Mapping[str, float]]
"""The probability of each next touchpoint in a context; the rest to 1 is that of a new name."""

_BINS = 10
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same size: their mean, and what part of them came true."""

    predicted: float
    observed: float
    questions: int


@dataclass(frozen=True, slots=True)
class Score:
    """How good some predictions were, beside a base.

    The base is the best that one answer to all questions could do: what came true on the whole,
    chosen afterwards. It knows the later data, which the model does not, and so is hard to beat.

    Attributes:
        questions: How many were asked; where there are none, all that follows is not a number.
        log_loss: Mean of -ln p of what happened, in nats.
        base_log_loss: That of the base.
        brier: Mean squared distance from what happened (Brier 1950, "Verification of forecasts
            expressed in terms of probability"): 0 is the best; summed over all outcomes where
            there are more than two.
        base_brier: That of the base.
        skill_error: Standard error of `skill`, taking people, not questions, as independent.
        calibration: Ten bins by size, each with as many questions; of next touchpoints the
            probabilities are those of the most likely one.
        calibration_error: Mean distance of a bin from what was observed (Naeini, Cooper and
            Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning").
    """

    questions: int
    log_loss: float
    base_log_loss: float
    brier: float
    base_brier: float
    skill_error: float
    calibration: tuple[Bin, ...]
    calibration_error: float

    @property
    def skill(self) -> float:
        """The Brier skill score: 1 is perfect, 0 is the base, less is worse than the base."""
        return 1 - self.brier / self.base_brier if self.base_brier else float("nan")


@dataclass(frozen=True, slots=True)
class Report:
    """How well next touchpoints were told, and each conversion within so many days."""

    next_touch: Score
    conversions: Mapping[str, Score]
    days: float


@dataclass(slots=True)
class _Answers:
    """One entry a question: who it is about, what was said of what may happen, what did."""

    people: list[int] = field(default_factory=list)
    said: list[float] = field(default_factory=list)
    happened: list[bool] = field(default_factory=list)

    def take(self, person: int, said: float, *, happened: bool) -> None:
        self.people.append(person)
        self.said.append(said)
        self.happened.append(happened)

    def score(self) -> Score:
        said, happened = np.array(self.said), np.array(self.happened, dtype=np.bool_)
        base = np.full(len(said), happened.mean() if len(said) else np.nan)
        return _score(
            np.array(self.people, dtype=np.int64),
            (_log_losses(np.where(happened, said, 1 - said)), (said - happened) ** 2),
            (_log_losses(np.where(happened, base, 1 - base)), (base - happened) ** 2),
            _bins(said, happened),
        )


def evaluate(
    model: Model,
    journeys: Iterable[Journey],
    until: float,
    *,
    days: float = 7.0,
    moments: Sequence[float] = (),
) -> Report:
    """Ask the model what is known by `until`, of moments from the end of its own data on.

    What comes next is asked at each touchpoint. Whether somebody converts is asked then, too; or
    at the given moments of everybody who had come by then, as a campaign would ask. Only what can
    be answered by `until` is asked. What a person did before the moment is the question; of what
    they did after it the model has seen nothing.

    Raises:
        InvalidQueryError: `days` is more than the model can tell, or a moment is in its own data.
    """
    check_days(model, days)
    if any(moment < model.until for moment in moments):
        raise InvalidQueryError("moments: one is before the end of what the model was made of")
    following = _Following(model, model.following)
    conversions = {name: _Answers() for name in model.plan.conversions}
    told = lru_cache(maxsize=None)(lambda context: chances(model, context, days))
    for person, journey in enumerate(map(model.known, journeys)):
        following.ask(person, journey, until)
        for state in _asked(model, journey, moments):
            if state.at + days * DAY < until:
                for name, said in zip(model.plan.conversions, told(state.context), strict=True):
                    happened = wait(journey, name, state.at) <= days
                    conversions[name].take(person, said, happened=happened)
    scores = {name: answers.score() for name, answers in conversions.items()}
    return Report(following.score(), scores, days)


def evaluate_next(
    model: Model, journeys: Iterable[Journey], until: float, following: Following
) -> Score:
    """The next touchpoints alone, of any way to tell them by the model's contexts."""
    asked = _Following(model, following)
    for person, journey in enumerate(map(model.known, journeys)):
        asked.ask(person, journey, until)
    return asked.score()


class _Following:
    """Asks what comes next after each touchpoint, and keeps of each answer what scores need."""

    def __init__(self, model: Model, following: Following) -> None:
        self._model = model
        self._told = lru_cache(maxsize=None)(lambda context: _prepared(following(context)))
        self._best = _Answers()
        self._names: list[str] = []
        self._said: list[float] = []
        self._squares: list[float] = []

    def ask(self, person: int, journey: Journey, until: float) -> None:
        for state in _at_touches(self._model, journey):
            following = state.touch + 1
            if following < len(journey.at) and journey.at[following] < until:
                name = journey.touches[following]
                said, new, best, squares = self._told(state.context)
                self._best.take(person, said.get(best, new), happened=name == best)
                self._names.append(name)
                self._said.append(said.get(name, new))
                self._squares.append(squares)

    def score(self) -> Score:
        names, which = np.unique(np.array(self._names, dtype=object), return_inverse=True)
        shares = np.bincount(which, minlength=len(names)) / max(len(which), 1)
        said, base = np.array(self._said), shares[which]
        return _score(
            np.array(self._best.people, dtype=np.int64),
            (_log_losses(said), np.array(self._squares) - 2 * said + 1),
            (_log_losses(base), (shares**2).sum() - 2 * base + 1),
            _bins(np.array(self._best.said), np.array(self._best.happened, dtype=np.bool_)),
        )


def _prepared(chances_: Mapping[str, float]) -> tuple[Mapping[str, float], float, str, float]:
    """With the chance of a new name, the most likely name, and the sum of all squares."""
    new = max(0.0, 1 - sum(chances_.values()))
    best = max(chances_, key=lambda name: (chances_[name], name), default="")
    return chances_, new, best, sum(one**2 for one in chances_.values()) + new**2


def _at_touches(model: Model, journey: Journey) -> Iterator[State]:
    """The states that begin with a touchpoint after the end of the model's data."""
    for touch in range(bisect_left(journey.at, model.until), len(journey.at)):
        moment = journey.at[touch]
        state = state_at(journey, model.plan.conversions, model.plan.order, moment)
        if state is not None and state.touch == touch:
            yield state


def _asked(model: Model, journey: Journey, moments: Sequence[float]) -> Iterator[State]:
    if not moments:
        yield from _at_touches(model, journey)
    for moment in moments:
        state = state_at(journey, model.plan.conversions, model.plan.order, moment)
        if state is not None:
            yield state


def _log_losses(said: Floats) -> Floats:
    losses: Floats = -np.log(np.maximum(said, _LEAST))
    return losses


def _score(
    people: NDArray[np.int64],
    ours: tuple[Floats, Floats],
    bases: tuple[Floats, Floats],
    calibration: tuple[Bin, ...],
) -> Score:
    questions = len(people)
    if not questions:
        nan = float("nan")
        return Score(0, nan, nan, nan, nan, nan, (), nan)
    brier, base = ours[1].mean(), bases[1].mean()
    # The error of a ratio of two sums over people, by its linear part (Cochran 1977, 6.4).
    rest = np.bincount(people, ours[1] - (brier / base if base else 0.0) * bases[1])
    error = float(np.sqrt((rest**2).sum()) / (questions * base)) if base else float("nan")
    return Score(
        questions,
        float(ours[0].mean()),
        float(bases[0].mean()),
        float(brier),
        float(base),
        error,
        calibration,
        sum(one.questions * abs(one.predicted - one.observed) for one in calibration) / questions,
    )


def _bins(said: Floats, happened: Flags) -> tuple[Bin, ...]:
    """Equal predictions in an order that says nothing of what happened: that in which they came."""
    parts = np.array_split(np.argsort(said, kind="stable"), _BINS)
    return tuple(
        Bin(float(said[part].mean()), float(happened[part].mean()), len(part))
        for part in parts
        if len(part)
    )
