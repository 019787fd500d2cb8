"""What is decided component by component is what the rule says of everything at once."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given

from service.bulk.deciding import DisjointSets, decide_each
from service.identity.components import connected_components
from service.identity.evidence import Evidence
from service.identity.partition import decide
from tests.reference import strategies as drawn
from tests.reference.strategies import Case


def _keys(evidence: Evidence) -> list[str]:
    ends = (key for one in evidence.links for key in (one.a, one.b))
    return sorted({*evidence.identifiers, *ends})


@given(drawn.cases())
def test_components_decided_one_by_one_are_the_whole_decision(case: Case) -> None:
    given_evidence, rules = case
    evidence = Evidence(given_evidence.identifiers, given_evidence.links)
    keys = sorted(
        {*evidence.identifiers, *(key for one in evidence.links for key in (one.a, one.b))}
    )
    number_of = {key: number for number, key in enumerate(keys)}
    # Nobody is shared here, and a namespace of kind none has no link that counts.
    whole = decide(evidence, frozenset(), rules)
    counting = [
        one
        for one in evidence.links
        if rules.weakness(one.a)[0] != 3 and rules.weakness(one.b)[0] != 3
    ]
    union = DisjointSets(len(keys))
    union.join((number_of[one.a], number_of[one.b]) for one in counting)
    component = union.components()
    members = sorted((component[number_of[key]], key, number_of[key]) for key in keys)
    ties = sorted(
        (component[number_of[one.a]], one.a, one.b, int(one.kind), one.first_seen, one.last_seen)
        for one in counting
    )
    found = decide_each(members, ties, rules)
    clusters = defaultdict(set)
    for number, profile in found.profile_of:
        clusters[profile].add(keys[number])
    assert set(map(frozenset, clusters.values())) == set(whole.clusters)
    assert sorted(found.refused) == sorted(
        (number_of[one.link.a], number_of[one.link.b], str(one.reason)) for one in whole.refused
    )
    ends = {key for one in whole.refused for key in (one.link.a, one.link.b)} | whole.overused
    contested = {frozenset(clusters[profile]) for profile in found.contested}
    assert contested == {one for one in whole.clusters if not ends.isdisjoint(one)}


@given(drawn.evidence())
def test_components_are_those_of_the_links(evidence: Evidence) -> None:
    keys = sorted(
        {*evidence.identifiers, *(key for one in evidence.links for key in (one.a, one.b))}
    )
    number_of = {key: number for number, key in enumerate(keys)}
    union = DisjointSets(len(keys))
    union.join((number_of[one.a], number_of[one.b]) for one in evidence.links)
    component = union.components()
    groups = defaultdict(set)
    for key in keys:
        groups[component[number_of[key]]].add(key)
    expected = connected_components(keys, ((one.a, one.b) for one in evidence.links))
    assert sorted(map(sorted, groups.values())) == sorted(map(sorted, expected))
