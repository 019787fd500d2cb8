"""Who is who, of all evidence at once: the rule itself, where it has anything to decide.

Where no limit is met and no device is overused the rule takes every link (`service.identity.union`
says why), so a profile is a connected component. All others are decided by `decide`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from service.identity.evidence import Evidence, Kind, Link
from service.identity.partition import decide
from service.identity.rules import Rules


class DisjointSets:
    """Components of the numbers below `size`, as links join them.

    With path halving, as `service.identity.components`, but of numbers, in eight bytes each.
    """

    def __init__(self, size: int) -> None:
        self._parent = array("q", range(size))

    def join(self, links: Iterable[tuple[int, int]]) -> None:
        """Put the two ends of each link together."""
        for a, b in links:
            self._parent[self._root(a)] = self._root(b)

    def components(self) -> array[int]:
        """For each number that of its component, which is one of its members."""
        return array("q", map(self._root, range(len(self._parent))))

    def _root(self, number: int) -> int:
        parent = self._parent
        while (above := parent[number]) != number:
            parent[number] = number = parent[above]
        return number


Member = tuple[int, str, int]
"""Component, key, and number of an identifier."""
Tie = tuple[int, str, str, int, datetime, datetime]
"""Component, the two keys, the kind, and the first and the last time of a link."""


@dataclass(slots=True)
class Decided:
    """What was decided about some components: the numbers of identifiers, and their profiles."""

    profile_of: list[tuple[int, int]] = field(default_factory=list)
    contested: list[int] = field(default_factory=list)
    refused: list[tuple[int, int, str]] = field(default_factory=list)


def decide_each(members: Iterable[Member], ties: Iterable[Tie], rules: Rules) -> Decided:
    """Decide about components one by one; `members` and `ties` are in the order of these.

    A profile goes by the number of one of its identifiers.
    """
    found = Decided()
    ties_of = _Groups(ties)
    for component, each in groupby(members, itemgetter(0)):
        number_of = {key: number for _, key, number in each}
        links = [
            Link(a, b, Kind(kind), first_seen, last_seen)
            for _, a, b, kind, first_seen, last_seen in ties_of.take(component)
        ]
        # Who is shared is known, and has no link here.
        decision = decide(Evidence(number_of.keys(), links), frozenset(), rules)
        touched = {end for one in decision.refused for end in (one.link.a, one.link.b)}
        touched |= decision.overused
        for cluster in decision.clusters:
            profile = min(number_of[key] for key in cluster)
            found.profile_of += [(number_of[key], profile) for key in cluster]
            if not touched.isdisjoint(cluster):
                found.contested.append(profile)
        found.refused += [
            (number_of[one.link.a], number_of[one.link.b], str(one.reason))
            for one in decision.refused
        ]
    return found


class _Groups:
    """Rows in the order of their components, taken component by component."""

    def __init__(self, rows: Iterable[Tie]) -> None:
        self._groups = groupby(rows, itemgetter(0))
        self._next: tuple[int, Iterator[Tie]] | None = next(self._groups, None)

    def take(self, component: int) -> list[Tie]:
        """The rows of a component, which has not been passed."""
        if self._next is None or self._next[0] != component:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows
