"""The rule in Cypher, which procedures decide by, is the rule that the service decides by."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from service.identity.partition import partition
from service.store.graph import Graph
from service.store.procedures import cypher_folder, expand
from tests.cleaning import clean
from tests.properties.storing import store_evidence
from tests.reference import reference_partition
from tests.reference.strategies import Case, cases

_CYPHER = Path(__file__).parent / "cypher"
_DECIDE = expand(
    (_CYPHER / "decide.cypher").read_text(encoding="utf-8"), cypher_folder("procedures") / "parts"
)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases())
async def test_cypher_decides_as_the_pure_function_and_as_the_model_does(
    migrated: Graph, case: Case
) -> None:
    evidence, rules = case
    expected = partition(evidence, rules)
    await clean(migrated, rules)
    await store_evidence(migrated, evidence, expected.shared)
    [decided] = await migrated.run(_DECIDE)
    clusters: dict[int, set[str]] = defaultdict(set)
    for key, cluster in zip(decided["keys"], decided["of"], strict=True):
        clusters[cluster].add(key)
    assert {frozenset(keys) for keys in clusters.values()} == set(expected.clusters)
    refused = [(one["a"], one["b"], one["reason"]) for one in decided["refused"]]
    assert refused == [(r.link.a, r.link.b, r.reason) for r in expected.refused]
    assert set(decided["overused"]) == expected.overused
    assert expected == reference_partition(evidence, rules)
