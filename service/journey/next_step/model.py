"""A model of what comes next, made of a tally: each context leans on the one that is shorter.

A hierarchical Dirichlet model (MacKay and Peto 1995, "A hierarchical Dirichlet language model",
Natural Language Engineering 1(3)). Of a context that was seen n times, n(x) of them before x,

    p(x) = (n(x) + a q(x)) / (n + a),

where q is what the context with one word less says. So a context weighs as much as `a`
observations of its own, and speaks for itself when it was seen more often: the order of the chain
varies. The strength a is one number for all contexts of a length, the one that makes what was
counted most probable (MacKay and Peto's evidence, on a grid): where longer contexts say nothing
new, it is large.

Conversions are the same with two outcomes. In each interval after a moment, of those who have not
yet converted a part does: the hazard of a discrete time (Singer and Willett 1993, "It's about
time", Journal of Educational Statistics 18(2)), leaning on that of the shorter context. Whose time
is not over counts in the intervals that are. The moments are all those at which somebody was looked
at, whatever came between them and a conversion (landmarks: van Houwelingen 2007, "Dynamic
prediction by landmarking in event history analysis", Scandinavian Journal of Statistics 34(1)). The
looks at one silence tell the same again and again, so they weigh together as one.

The empty context leans on nobody: it has half an observation more of each outcome, and of a name
that nobody ever saw (Krichevsky and Trofimov 1981).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.journey.next_step.journey import JUST_NOW, Context, Journey
from service.journey.next_step.tally import OTHER, Entry, Plan, Tally

Floats: TypeAlias = NDArray[np.float64]

_HALF = 0.5
# A context may weigh as little as one observation, and as much as about as many as there are.
_STRENGTHS = tuple(2.0**power for power in range(21))


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What predictions are made of.

    `totals` are the counts of each context, with those of all longer ones. The strengths are by
    the length of a context; none of the empty one.
    """

    plan: Plan
    since: float
    until: float
    missed: int
    names: frozenset[str]
    totals: Mapping[Context, Entry]
    following_strengths: tuple[float, ...]
    conversion_strengths: tuple[float, ...]

    @property
    def followed(self) -> int:
        """How many touchpoints were followed by another. Each was come into just then, once."""
        entry = self.totals.get((JUST_NOW,))
        return entry.times if entry else 0

    def known(self, journey: Journey) -> Journey:
        """The same journey, with the names that were told from each other."""
        if len(self.names) < self.plan.most_names:
            return journey
        touches = [name if name in self.names else OTHER for name in journey.touches]
        return replace(journey, touches=touches)

    def following(self, context: Context) -> dict[str, float]:
        """The probability of each next touchpoint; what is missing to 1 is that of a new name."""
        counts = self.totals[()].following
        n = sum(counts.values()) + _HALF * (len(counts) + 1)
        found = {name: (times + _HALF) / n for name, times in counts.items()}
        for length, strength in enumerate(self.following_strengths, 1):
            entry = self.totals.get(context[:length])
            if len(context) < length or entry is None:
                break
            n = entry.times + strength
            found = {
                name: (entry.following.get(name, 0) + strength * before) / n
                for name, before in found.items()
            }
        return found

    def hazards(self, context: Context) -> Floats:
        """Of each conversion, a row, and interval the probability to convert in it, if not yet."""
        found = _first_hazards(self.totals[()])
        for length, strength in enumerate(self.conversion_strengths, 1):
            entry = self.totals.get(context[:length])
            if len(context) < length or entry is None:
                break
            won, risk = entry.own * np.array(entry.won), entry.own * np.array(entry.risk)
            found = (won + strength * found) / (risk + strength)
        return found.reshape(len(self.plan.conversions), len(self.plan.days))


def fit(tally: Tally) -> Model:
    """Make the model of what was counted; it takes no part in what is counted later."""
    totals = _totals(tally)
    return Model(
        tally.plan,
        tally.since,
        tally.until,
        tally.missed,
        frozenset(tally.names),
        totals,
        _following_strengths(totals, tally.plan.order + 1),
        _conversion_strengths(totals, tally.plan.order + 1),
    )


def _totals(tally: Tally) -> dict[Context, Entry]:
    cells = tally.plan.cells
    totals: dict[Context, Entry] = {(): Entry({}, [0] * cells, [0] * cells)}
    for context, entry in tally.entries.items():
        for length in range(len(context) + 1):
            there = totals.get(context[:length])
            if there is None:
                there = totals[context[:length]] = Entry({}, [0] * cells, [0] * cells)
            there.add(entry)
    return totals


def _of_length(totals: Mapping[Context, Entry], length: int) -> list[Context]:
    return sorted(context for context in totals if len(context) == length)


def _following_strengths(totals: Mapping[Context, Entry], order: int) -> tuple[float, ...]:
    """One length after the other; each needs only the names that were seen after its contexts."""
    counts = totals[()].following
    n = sum(counts.values()) + _HALF * (len(counts) + 1)
    known: dict[Context, dict[str, float]] = {
        (): {name: (times + _HALF) / n for name, times in counts.items()}
    }
    found = []
    for length in range(1, order + 1):
        if not (contexts := _of_length(totals, length)):
            break
        seen = [totals[context].following for context in contexts]
        times = _floats(n for counts in seen for n in counts.values())
        before = _floats(
            known[context[:-1]][name]
            for context, counts in zip(contexts, seen, strict=True)
            for name in counts
        )
        ends = _floats(sum(counts.values()) for counts in seen)
        strength = most_probable(times, before, ends)
        known = {
            context: {
                name: (n + strength * known[context[:-1]][name]) / (sum(counts.values()) + strength)
                for name, n in counts.items()
            }
            for context, counts in zip(contexts, seen, strict=True)
        }
        found.append(strength)
    return tuple(found)


def _conversion_strengths(totals: Mapping[Context, Entry], order: int) -> tuple[float, ...]:
    known: dict[Context, Floats] = {(): _first_hazards(totals[()])}
    found = []
    for length in range(1, order + 1):
        if not (contexts := _of_length(totals, length)):
            break
        before = np.stack([known[context[:-1]] for context in contexts])
        own = np.array([totals[context].own for context in contexts])[:, np.newaxis]
        risk = own * np.array([totals[context].risk for context in contexts])
        won = own * np.array([totals[context].won for context in contexts])
        times, parts = np.stack([won, risk - won]), np.stack([before, 1 - before])
        strength = most_probable(times, parts, risk)
        hazards = (won + strength * before) / (risk + strength)
        known = dict(zip(contexts, hazards, strict=True))
        found.append(strength)
    return tuple(found)


def _first_hazards(entry: Entry) -> Floats:
    hazards: Floats = (np.array(entry.won) + _HALF) / (np.array(entry.risk) + 2 * _HALF)
    return hazards


def most_probable(times: Floats, before: Floats, n: Floats) -> float:
    """The strength with which counts lean on what was expected, that makes them most probable.

    `times` are the counts of outcomes and `before` what was expected of each; outcomes that never
    came may be left out. `n` are the counts of all outcomes together, of each context.
    """
    return max(_STRENGTHS, key=partial(evidence, times, before, n))


def evidence(times: Floats, before: Floats, n: Floats, strength: float) -> float:
    """The logarithm of the probability of counts with this strength: Pólya's distribution."""
    from scipy.special import gammaln  # noqa: PLC0415  (heavy)

    leant = strength * before
    outcomes = (gammaln(times + leant) - gammaln(leant)).sum()
    return float(outcomes + (gammaln(strength) - gammaln(n + strength)).sum())


def _floats(numbers: Iterable[float]) -> Floats:
    return np.fromiter(numbers, dtype=np.float64)
