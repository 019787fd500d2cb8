"""Why two identifiers are one person or two is what can be worked out by looking at everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, event, given, settings

from service.identity.evidence import Evidence, Link, Partition, Reason
from service.identity.explaining import Why, explain
from service.identity.partition import may_link, partition
from service.identity.rules import Rules, namespace_of
from service.store.graph import Graph
from tests.cleaning import clean
from tests.properties.storing import store_decision, store_evidence
from tests.reference.partition import holds_a_person, strongest_first
from tests.reference.strategies import Case, cases

Pair = tuple[str, str]
# Of one graph a few pairs are asked about: those of refused links, and others.
_PAIRS = 3


class _Forest:
    """Links taken in order, each if it joins two clusters."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.links: list[Link] = []
        for link in links:
            if self.way(link.a, link.b) is None:
                self.links.append(link)

    def way(self, a: str, b: str, seen: frozenset[str] = frozenset()) -> list[Link] | None:
        """The links between two identifiers, if there are any."""
        if a == b:
            return []
        for link in self.links:
            if a in (link.a, link.b):
                next_ = link.b if a == link.a else link.a
                if next_ not in seen:
                    rest = self.way(next_, b, seen | {a})
                    if rest is not None:
                        return [link, *rest]
        return None

    def cluster(self, end: str, keys: Iterable[str]) -> list[str]:
        return [key for key in keys if self.way(end, key) is not None]


class _Known:
    """A case, decided, with its links in order."""

    def __init__(self, evidence: Evidence, rules: Rules, decision: Partition) -> None:
        self.evidence, self.rules, self.decision = evidence, rules, decision
        counting = (
            link for link in evidence.links if may_link(link.a, link.b, decision.shared, rules)
        )
        self.links = sorted(counting, key=lambda link: strongest_first(link, rules))
        self.refused = {(r.link.a, r.link.b): r.reason for r in decision.refused}
        self.kept = [link for link in self.links if _ends(link) not in self.refused]
        self.cluster_of = {key: cluster for cluster in decision.clusters for key in cluster}

    def keys(self) -> list[str]:
        return sorted(self.cluster_of)

    def joins(self, pair: Pair, one: frozenset[str], other: frozenset[str]) -> bool:
        """Whether a pair has an end in each of two clusters."""
        return {self.cluster_of[pair[0]], self.cluster_of[pair[1]]} == {one, other}

    def between(self, a: str, b: str, pairs: Iterable[Pair]) -> list[Pair]:
        one, other = self.cluster_of[a], self.cluster_of[b]
        return [pair for pair in pairs if self.joins(pair, one, other)]

    def winner(self, refused: Link, reason: Reason) -> Pair | None:
        """The link that won where this one was refused."""
        stronger = self.links[: self.links.index(refused)]
        forest = _Forest(link for link in stronger if link in self.kept)
        sides = {end: forest.cluster(end, self.keys()) for end in _ends(refused)}
        together = [key for side in sides.values() for key in side]
        ways: list[Link] = []
        limited = self._limited(together)
        for end, side in sides.items():
            if reason is Reason.MAX_PER_PROFILE:
                met = [key for key in side if namespace_of(key) == limited]
            elif reason is Reason.DEVICE_JOINS and end in self.decision.overused:
                met = [key for key in side if holds_a_person(frozenset({key}), self.rules)]
            else:
                met = []
            found = [
                (len(way), key, way) for key in met if (way := forest.way(end, key)) is not None
            ]
            if found:
                ways += min(found, key=lambda one: one[:2])[2]
        if reason is Reason.MAX_IDENTIFIERS:
            ways = [link for link in forest.links if link.a in together]
        return _ends(max(ways, key=self.links.index)) if ways else None

    def _limited(self, together: list[str]) -> str | None:
        for name, namespace in sorted(self.rules.namespaces.items()):
            most = namespace.max_per_profile
            if most is not None and sum(namespace_of(key) == name for key in together) > most:
                return name
        return None


def _ends(link: Link) -> Pair:
    return link.a, link.b


def _told(link: dict[str, Any]) -> Pair:
    one, other = sorted((link["one"], link["other"]))
    return one, other


def _check_one_person(known: _Known, a: str, b: str, why: Why) -> None:
    assert (why.same_person, why.reason) == (True, "linked")
    ends = [a, *(link["other"] for link in why.chain)]
    assert ends[-1] == b
    assert [link["one"] for link in why.chain] == ends[:-1]
    kept = [_ends(link) for link in known.kept]
    weakest = max(kept.index(_told(link)) for link in why.chain)
    # With the links that are stronger than the weakest one there is no way.
    assert _Forest(known.kept[:weakest]).way(a, b) is None
    assert {link["obstacle"] for link in why.chain} == {None}


def _check_refusal(known: _Known, why: Why, refused: Pair) -> None:
    assert why.refused is not None
    assert _told(why.refused) == refused
    assert why.reason == known.refused[refused]
    link = next(link for link in known.links if _ends(link) == refused)
    won = known.winner(link, known.refused[refused])
    assert (None if why.won is None else _told(why.won)) == won


def _check_two_people(known: _Known, a: str, b: str, why: Why) -> None:
    assert (why.same_person, why.chain) == (False, [])
    evidence = [_ends(link) for link in known.evidence.links]
    apart = known.between(a, b, known.evidence.separations)
    refused = known.between(a, b, known.refused)
    left_out = known.between(a, b, set(evidence) - {_ends(link) for link in known.links})
    if apart:
        assert why.reason == "separated"
        assert why.separation is not None
        assert _told(why.separation) in apart
        return
    if refused:
        _check_refusal(known, why, refused[0])
        return
    if left_out:
        [told] = why.left_out
        assert _told(told) in left_out
        assert why.reason == _left_out_for(known, _told(told))
        return
    way = _Forest(known.links).way(a, b)
    if way is not None:
        on_the_way = [_ends(link) for link in way]
        between = [pair for pair in known.refused if pair in on_the_way]
        crossing = [p for p in between if known.cluster_of[p[0]] != known.cluster_of[p[1]]]
        _check_refusal(known, why, crossing[0])
        return
    if why.left_out:
        first, second = map(_told, why.left_out)
        assert {first, second} <= set(evidence)
        [third] = set(first) & set(second)
        assert known.cluster_of[a].intersection(first)
        assert known.cluster_of[b].intersection(second)
        assert why.reason in {_left_out_for(known, first), _left_out_for(known, second)}
        assert third not in known.cluster_of[a] | known.cluster_of[b]
        return
    assert not _met(known, a, evidence) & _met(known, b, evidence)
    kinds = {_kind(known, key) for key in (a, b)}
    assert why.reason == ("kind_none" if "none" in kinds else "no_evidence")


def _kind(known: _Known, key: str) -> str:
    return known.rules.namespace(namespace_of(key)).kind


def _met(known: _Known, a: str, evidence: list[Pair]) -> set[str]:
    return {end for pair in evidence if known.cluster_of[a].intersection(pair) for end in pair}


def _left_out_for(known: _Known, pair: Pair) -> str | None:
    if not known.decision.shared.isdisjoint(pair):
        return "shared"
    return None if may_link(*pair, known.decision.shared, known.rules) else "kind_none"


def _asked(known: _Known) -> Iterator[Pair]:
    yield from list(known.refused)[:_PAIRS]
    pairs = list(combinations(known.keys(), 2))
    step = max(1, len(pairs) // _PAIRS)
    yield from pairs[::step]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases())
async def test_the_reason_is_the_right_one(migrated: Graph, case: Case) -> None:
    evidence, rules = case
    decision = partition(evidence, rules)
    known = _Known(evidence, rules, decision)
    await clean(migrated, rules)
    await store_evidence(migrated, evidence, decision.shared)
    await store_decision(migrated, decision)
    for a, b in _asked(known):
        why = await explain(migrated, a, b)
        assert why.summary
        event(f"{why.reason}{' with a winner' if why.won else ''}")
        if known.cluster_of[a] == known.cluster_of[b]:
            _check_one_person(known, a, b, why)
        else:
            _check_two_people(known, a, b, why)
        swapped = await explain(migrated, b, a)
        assert (swapped.same_person, swapped.reason) == (why.same_person, why.reason)
