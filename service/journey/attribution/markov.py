"""Removal effects in a Markov graph of order k, by linear algebra, not by walking it at random.

The state of a path is its last k touchpoints, fewer at its beginning. Whoever is in a state goes on
to the next, converts or is lost with the probabilities that were observed. Let N be the expected
number of visits to one state from another, (I - Q)^-1, and h the probability to convert from each.
Without a name all that come to a state A that ends in it are lost, and so what is missing is the
probability to come there at all, and to convert: F h[A], where F N[A, A] = N[start, A].

So is it done where N is not too much work. Else h is worked out with and without each name by
h <- Q h + r from 0, of which no more than Q^t 1, the probability that a walk is not yet over, can
be missing after t steps (Haddad and Monmege 2014, "Reachability in MDPs: refining convergence of
value iteration"): it ends where that is lost in rounding. Both are exact to rounding.

How long somebody stays in a state does not change where they go from it. So steps from a state to
itself are left out, and a path of ten thousand equal touchpoints is no long walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.journey.attribution.credit import Credits
from service.journey.attribution.models import Markov
from service.journey.attribution.paths import Floats, Ints, Paths, distinct, totals

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# The most states of which N is made: 128 MB.
_SMALL = 4_000
# About how many steps it takes, in each of which a sparse product costs ten times a dense one.
_STEPS = 200
# What may be missing, as a part of the probability to convert.
_ROUNDING = 1e-14
# How many numbers are worked on at once.
_AT_ONCE = 2**22
_NOTHING = -2


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """State 0 is the start. `rewards` are what is won in each state: conversions, and value."""

    steps: csr_array
    rewards: Floats
    last: Ints
    """The name that each state ends in; -1 for the start."""


def credit_by_removal(model: Markov, paths: Paths) -> Credits:
    """To each name a part of all that was won, in proportion to its removal effect.

    The effect on the conversions decides of the conversions, that on the value of the value.
    """
    effects = removal_effects(paths, model.order)
    touched = paths.lengths > 0
    won = np.array([paths.conversions[touched].sum(), paths.value[touched].sum()])
    total = effects.sum(axis=0)
    given = effects * np.divide(won, total, out=np.zeros(2), where=total > 0)
    return Credits(model, paths.names, given[:, 0], given[:, 1], removal_effects=effects[:, 0])


def removal_effects(paths: Paths, order: int) -> Floats:
    """Of each name the effect on the conversions, and on the value: two columns, from 0 to 1.

    Paths without a touchpoint are left out: no name could be removed from them.
    """
    graph, names = _graph(paths, order), len(paths.names)
    if not graph.rewards.any():
        return np.zeros((names, 2))
    states = len(graph.last)
    small = states <= _SMALL and states**3 <= _STEPS * names * max(graph.steps.nnz, states)
    won, missing = _missing(graph, names) if small else _missing_in_large(graph, names)
    effects = np.divide(missing, won, out=np.zeros_like(missing), where=won > 0)
    # Rounding may lead out of the range by as much as its last digit.
    return np.clip(effects, 0, 1)


def _graph(paths: Paths, order: int) -> _Graph:
    from scipy.sparse import coo_array  # noqa: PLC0415  (heavy)

    some = paths.lengths > 0
    firsts, ends = paths.starts[:-1][some], paths.starts[1:][some] - 1
    names, states, count = len(paths.names), np.zeros(len(paths.touches), dtype=np.int64), 1
    # Of each touch the state before it, then the state after it, which looks back one touch more.
    for _ in range(order):
        keys, ranks, _ = distinct(_before(states, firsts) * names + paths.touches, count * names)
        states, count = ranks + 1, len(keys) + 1
    last = np.full(count, -1)
    last[states] = paths.touches
    people = (paths.conversions + paths.losses).astype(np.float64)
    # A step is the state that it leaves and the name that it goes to.
    keys, ranks, _ = distinct(_before(states, firsts) * names + paths.touches, count * names)
    taken = totals(ranks, np.repeat(people, paths.lengths), len(keys))
    before, after = keys // max(names, 1), np.empty(len(keys), dtype=np.int64)
    after[ranks] = states
    taken[before == after] = 0.0
    leaving = totals(before, taken, count) + totals(states[ends], people[some], count)
    # Nobody comes to a state that nobody leaves.
    rate = np.divide(1, leaving, out=np.zeros(count), where=leaving > 0)
    steps = coo_array((taken * rate[before], (before, after)), shape=(count, count)).tocsr()
    # The value in units that make it no more than the conversions: one bound holds for both.
    value = paths.value[some]
    most = np.max(value / np.maximum(paths.conversions[some], 1), initial=0.0) or 1.0
    rewards = [
        totals(states[ends], won, count) * rate
        for won in (paths.conversions[some].astype(np.float64), value / most)
    ]
    return _Graph(steps, np.stack(rewards, axis=1), last)


def _before(states: Ints, firsts: Ints) -> Ints:
    before = np.roll(states, 1)
    before[firsts] = 0
    return before


def _missing(graph: _Graph, names: int) -> tuple[Floats, Floats]:
    """What is won from the start, and of it, what is won by way of each name."""
    visits = np.linalg.inv(np.identity(len(graph.last)) - graph.steps.toarray())
    won = visits @ graph.rewards
    missing = np.zeros((names, 2))
    for name in range(names):
        those = np.flatnonzero(graph.last == name)
        if len(those):
            comes = np.linalg.solve(visits[np.ix_(those, those)].T, visits[0, those])
            missing[name] = comes @ won[those]
    return won[0], missing


def _missing_in_large(graph: _Graph, names: int) -> tuple[Floats, Floats]:
    """As `_missing`, a few names at a time, in memory that does not grow with their number."""
    [won] = _won(graph, np.full(1, _NOTHING), np.zeros(2))
    missing = np.empty((names, 2))
    at_once = max(1, _AT_ONCE // (2 * len(graph.last)))
    for first in range(0, names, at_once):
        those = np.arange(first, min(first + at_once, names))
        missing[those] = won - _won(graph, those, won)
    return won, missing


def _won(graph: _Graph, removed: Ints, known: Floats) -> Floats:
    """What is won from the start when one name is lost: a row for each of `removed`.

    `known` is the least that is won when nothing is removed.
    """
    stays = np.repeat(graph.last[:, np.newaxis] != removed, 2, axis=1)
    rewards = np.tile(graph.rewards, len(removed)) * stays
    counts = graph.rewards.any(axis=0)
    won: Floats = np.zeros_like(rewards)
    walking: Floats = np.ones((len(graph.last), 1))
    while walking[0, 0] > _ROUNDING * np.min(np.maximum(known, won[0, :2])[counts]):
        won = graph.steps @ won * stays + rewards
        walking = graph.steps @ walking
    start: Floats = won[0].reshape(-1, 2)
    return start
