"""The rule in Cypher, which procedures decide by, is the rule that the service decides by."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from service.identity.evidence import Evidence
from service.identity.partition import partition
from service.identity.rules import namespace_of
from service.store.graph import Graph
from service.store.procedures import cypher_folder, expand
from tests.cleaning import clean
from tests.reference import reference_partition
from tests.reference.strategies import Case, cases

_CYPHER = Path(__file__).parent / "cypher"
_EVIDENCE = (_CYPHER / "evidence.cypher").read_text(encoding="utf-8")
_DECIDE = expand(
    (_CYPHER / "decide.cypher").read_text(encoding="utf-8"), cypher_folder("procedures") / "parts"
)


async def _store(graph: Graph, evidence: Evidence, shared: frozenset[str]) -> None:
    await graph.run(
        _EVIDENCE,
        identifiers=[
            {"key": key, "namespace": namespace_of(key), "born_as": key, "shared": key in shared}
            for key in evidence.identifiers
        ],
        links=[
            {
                "a": link.a,
                "b": link.b,
                "kind": link.kind.name.lower(),
                "first_seen": link.first_seen,
                "last_seen": link.last_seen,
            }
            for link in evidence.links
        ],
        separations=[list(pair) for pair in evidence.separations],
    )


@settings(
    max_examples=150,
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
    await _store(migrated, evidence, expected.shared)
    [decided] = await migrated.run(_DECIDE)
    clusters: dict[int, set[str]] = defaultdict(set)
    for key, cluster in zip(decided["keys"], decided["of"], strict=True):
        clusters[cluster].add(key)
    assert {frozenset(keys) for keys in clusters.values()} == set(expected.clusters)
    refused = [(one["a"], one["b"], one["reason"]) for one in decided["refused"]]
    assert refused == [(r.link.a, r.link.b, r.reason) for r in expected.refused]
    assert set(decided["overused"]) == expected.overused
    assert expected == reference_partition(evidence, rules)
