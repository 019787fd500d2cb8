"""Shapley values of the conversion rate: exact for short paths, drawn by chance for long ones.

The order of touches and how often a name is touched do not matter, so all paths with the same set
of names are one. The sets are kept in a trie by their names in order: from the node of a set one
looks up the node of that set with one more name, and so the worth of many coalitions at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import factorial

import numpy as np

from service.journey.attribution.credit import Credits
from service.journey.attribution.models import Shapley
from service.journey.attribution.paths import Floats, Ints, Paths, distinct, totals

# How many coalitions are looked up at once.
_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class _Worths:
    """What each set of names is worth. Node 0 is the empty set; -1, a set that nobody touched."""

    names: int
    keys: Ints
    """Of each node but 0, in order: its parent times `names`, and the name that was added."""
    rates: Floats
    """The worth of each node; the last entry is that of -1."""

    def add(self, nodes: Ints, added: Ints) -> Ints:
        """The nodes with one more name each, which stands behind all that they have."""
        keys = np.where(nodes < 0, -1, nodes * self.names + added)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places + 1, -1)


def credit_by_coalitions(model: Shapley, paths: Paths) -> Credits:
    """To each name its part of the worth of the sets that it is in, times what these brought."""
    sets = _sets(paths)
    worths = _worths(sets)
    won = np.stack([sets.conversions.astype(np.float64), sets.value], axis=1)
    given, variances = np.zeros((len(sets.names), 2)), np.zeros((len(sets.names), 2))
    converted = (sets.conversions > 0) & (sets.lengths > 0)
    long = converted & (sets.lengths > model.exact_up_to)
    for size in np.unique(sets.lengths[converted & ~long]).tolist():
        those, weights = np.flatnonzero(converted & (sets.lengths == size)), _weights(size)
        for some in _pieces(those, np.full(len(those), 2**size)):
            members = _members(sets, some, size)
            _add(given, members, _exact(worths, members, weights), won[some])
    chance = np.random.default_rng(model.seed)
    pace = model.samples / max(int(sets.conversions[long].sum()), 1)
    draws = np.maximum(2, np.ceil(pace * sets.conversions)).astype(np.int64)
    for size in np.unique(sets.lengths[long]).tolist():
        those = np.flatnonzero(long & (sets.lengths == size))
        members = _members(sets, those, size)
        mean, variance = _drawn(worths, members, draws[those], chance)
        _add(given, members, mean, won[those])
        _add(variances, members, variance, won[those] ** 2)
    errors, drawn = np.sqrt(variances), long.any()
    return Credits(
        model,
        sets.names,
        given[:, 0],
        given[:, 1],
        errors[:, 0] if drawn else None,
        errors[:, 1] if drawn else None,
    )


def _sets(paths: Paths) -> Paths:
    """The sets of names that are touched, each once: as paths of their names, in order."""
    names = max(len(paths.names), 1)
    keys, _, _ = distinct(paths.owners * names + paths.touches, names * len(paths))
    lengths = np.bincount(keys // names, minlength=len(paths))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return replace(paths, touches=keys % names, before=None, starts=starts).grouped()


def _worths(sets: Paths) -> _Worths:
    """The trie of the sets, level by level, so that its keys are in order as a whole."""
    names = len(sets.names)
    at, levels, count = np.zeros(len(sets), dtype=np.int64), [], 1
    for depth in range(int(sets.lengths.max(initial=0))):
        deeper = sets.lengths > depth
        added = sets.touches[sets.starts[:-1][deeper] + depth]
        keys, inverse = np.unique(at[deeper] * names + added, return_inverse=True)
        at[deeper] = count + inverse
        levels.append(keys)
        count += len(keys)
    rates = np.zeros(count + 1)
    people = np.maximum(sets.conversions + sets.losses, 1)
    some = sets.lengths > 0
    rates[at[some]] = (sets.conversions / people)[some]
    return _Worths(names, np.concatenate([np.empty(0, dtype=np.int64), *levels]), rates)


def _exact(worths: _Worths, members: Ints, weights: Floats) -> Floats:
    """Of each set the share of each of its members: all coalitions, weighted as by Shapley."""
    nodes = np.zeros((len(members), 1), dtype=np.int64)
    # A coalition is a number whose bits are its members; the second half has the last of them.
    for member in range(members.shape[1]):
        nodes = np.hstack([nodes, worths.add(nodes, members[:, [member]])])
    worth = worths.rates[nodes]
    share: Floats = worth @ weights / worth[:, -1:]
    return share


def _weights(size: int) -> Floats:
    """How much the worth of each coalition counts for each member: s players of n, by Shapley.

    Where the member is in it, (s - 1)! (n - s)! / n!; else -s! (n - s - 1)! / n!.
    """
    coalitions = np.arange(2**size)[:, np.newaxis]
    has = (coalitions >> np.arange(size)) & 1 == 1
    inside = [0.0] + [
        factorial(s - 1) * factorial(size - s) / factorial(size) for s in range(1, size + 1)
    ]
    players = has.sum(axis=1)
    # What a member brings to s others is what counts where it makes them s + 1.
    outside = [-each for each in inside[1:]] + [0.0]
    weights: Floats = np.where(
        has, np.array(inside)[players, np.newaxis], np.array(outside)[players, np.newaxis]
    )
    return weights


def _drawn(
    worths: _Worths, members: Ints, draws: Ints, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """Of each set the mean share of each member in some orders of arrival, and its variance.

    In every order the shares of all members are 1 together, and so are their means. Castro, Gómez
    and Tejada (2009), "Polynomial calculation of the Shapley value based on sampling".
    """
    size, times = members.shape[1], draws[:, np.newaxis]
    sums, squares = np.zeros(members.shape), np.zeros(members.shape)
    each = np.repeat(np.arange(len(members)), draws)
    for some in _pieces(each, np.full(len(each), size**2)):
        share = _in_some_order(worths, members[some], chance)
        np.add.at(sums, some, share)
        np.add.at(squares, some, share**2)
    mean = sums / times
    return mean, np.maximum(squares / times - mean**2, 0) / (times - 1)


def _in_some_order(worths: _Worths, members: Ints, chance: np.random.Generator) -> Floats:
    """Of each set the share of each member in one order of arrival."""
    size = members.shape[1]
    comes = chance.permuted(np.tile(np.arange(size), (len(members), 1)), axis=1)
    # The node of those who have come by each place in the order.
    nodes = np.zeros(members.shape, dtype=np.int64)
    for member in range(size):
        is_there = comes[:, [member]] <= np.arange(size)
        nodes = np.where(is_there, worths.add(nodes, members[:, [member]]), nodes)
    worth = worths.rates[nodes]
    brought = np.diff(worth, axis=1, prepend=0.0) / worth[:, -1:]
    return np.take_along_axis(brought, comes, axis=1)


def _members(sets: Paths, those: Ints, size: int) -> Ints:
    members: Ints = sets.touches[sets.starts[those, np.newaxis] + np.arange(size)]
    return members


def _add(given: Floats, members: Ints, share: Floats, won: Floats) -> None:
    for column in range(2):
        given[:, column] += totals(members.ravel(), (share * won[:, [column]]).ravel(), len(given))


def _pieces(those: Ints, work: Ints) -> Iterator[Ints]:
    """Parts of `those` that are about equally much work, so that memory does not grow with it."""
    ends = np.cumsum(work) // _AT_ONCE
    yield from np.split(those, np.flatnonzero(np.diff(ends)) + 1)
