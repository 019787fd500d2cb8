"""The rule of who is one person, held against its second implementation and against itself."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from service.identity.evidence import Evidence, Partition, Refused
from service.identity.partition import partition
from service.identity.rules import Rules, namespace_of
from tests.reference import reference_partition
from tests.reference import strategies as drawn

# A busy machine is no failure. How many examples follows from the profile that is loaded.
at_leisure = settings(deadline=None, max_examples=settings().max_examples // 2)
at_length = settings(deadline=None, max_examples=settings().max_examples * 4)


class Decision(NamedTuple):
    """A partition whose parts have no order."""

    clusters: frozenset[frozenset[str]]
    refused: frozenset[Refused]
    shared: frozenset[str]
    overused: frozenset[str]


def decision(decided: Partition) -> Decision:
    """The decision, once it is sure that nothing in it is told twice."""
    clusters, refused = frozenset(decided.clusters), frozenset(decided.refused)
    assert len(clusters) == len(decided.clusters)
    assert len(refused) == len(decided.refused)
    return Decision(clusters, refused, decided.shared, decided.overused)


@at_length
@given(drawn.cases())
def test_both_implementations_decide_the_same(case: drawn.Case) -> None:
    evidence, rules = case
    assert decision(partition(evidence, rules)) == decision(reference_partition(evidence, rules))


@at_leisure
@given(drawn.cases(), st.data())
def test_the_order_in_which_evidence_is_given_does_not_matter(
    case: drawn.Case, data: st.DataObject
) -> None:
    evidence, rules = case
    same = data.draw(drawn.reordered(evidence))
    assert decision(partition(same, rules)) == decision(partition(evidence, rules))


@at_leisure
@given(drawn.cases())
def test_every_identifier_is_in_exactly_one_cluster(case: drawn.Case) -> None:
    evidence, rules = case
    clusters = partition(evidence, rules).clusters
    assert Counter(each for cluster in clusters for each in cluster) == Counter(
        evidence.identifiers
    )


@at_leisure
@given(drawn.cases())
def test_no_cluster_breaks_a_limit(case: drawn.Case) -> None:
    evidence, rules = case
    for cluster in partition(evidence, rules).clusters:
        assert len(cluster) <= rules.profile.max_identifiers
        for name, values in Counter(namespace_of(each) for each in cluster).items():
            limit = rules.namespace(name).max_per_profile
            assert limit is None or values <= limit


@at_leisure
@given(drawn.cases())
def test_no_cluster_holds_a_separated_pair(case: drawn.Case) -> None:
    evidence, rules = case
    for cluster in partition(evidence, rules).clusters:
        assert not any({a, b} <= cluster for a, b in evidence.separations)


@at_leisure
@given(drawn.cases())
def test_what_is_shared_or_of_kind_none_is_alone(case: drawn.Case) -> None:
    evidence, rules = case
    decided = partition(evidence, rules)
    for cluster in decided.clusters:
        links_nobody = {
            each for each in cluster if rules.namespace(namespace_of(each)).kind == "none"
        }
        assert len(cluster) == 1 or not cluster & (links_nobody | decided.shared)


@at_leisure
@given(drawn.cases())
def test_a_link_between_two_profiles_was_refused_or_left_out(case: drawn.Case) -> None:
    evidence, rules = case
    decided = partition(evidence, rules)
    refused = {each.link for each in decided.refused}
    for link in evidence.links:
        left_out = any(
            end in decided.shared or rules.namespace(namespace_of(end)).kind == "none"
            for end in (link.a, link.b)
        )
        together = any({link.a, link.b} <= cluster for cluster in decided.clusters)
        assert together or left_out or link in refused
        assert not (left_out and (together or link in refused))


@at_leisure
@given(drawn.cases())
def test_where_nothing_is_contested_profiles_are_connected_components(case: drawn.Case) -> None:
    evidence, limited = case
    rules = drawn.unlimited(limited)
    uncontested = Evidence(evidence.identifiers, evidence.links)
    assert decision(partition(uncontested, rules)) == Decision(
        connected_components(uncontested, rules), frozenset(), frozenset(), frozenset()
    )


@at_leisure
@given(drawn.evidence(), drawn.evidence(), drawn.rules())
def test_what_is_known_of_others_changes_nothing_here(
    here: Evidence, others: Evidence, rules: Rules
) -> None:
    there = drawn.elsewhere(others)
    together = Evidence(
        [*here.identifiers, *there.identifiers],
        [*here.links, *there.links],
        [*here.separations, *there.separations],
    )
    alone, apart = decision(partition(here, rules)), decision(partition(there, rules))
    assert decision(partition(together, rules)) == Decision(
        alone.clusters | apart.clusters,
        alone.refused | apart.refused,
        alone.shared | apart.shared,
        alone.overused | apart.overused,
    )


def connected_components(evidence: Evidence, rules: Rules) -> frozenset[frozenset[str]]:
    """Breadth first, over the links that have no end of kind none."""
    neighbours: dict[str, set[str]] = {each: set() for each in evidence.identifiers}
    for link in evidence.links:
        if not any(rules.namespace(namespace_of(end)).kind == "none" for end in (link.a, link.b)):
            neighbours[link.a].add(link.b)
            neighbours[link.b].add(link.a)
    components = set()
    for start in neighbours:
        reached: set[str] = set()
        edge = {start}
        while edge:
            reached |= edge
            edge = {after for each in edge for after in neighbours[each]} - reached
        components.add(frozenset(reached))
    return frozenset(components)
