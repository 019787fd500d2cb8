"""Evidence put into the graph as it is, with or without what was decided about it."""

from __future__ import annotations

from pathlib import Path

from service.identity.evidence import Evidence, Partition
from service.identity.rules import namespace_of
from service.store.graph import Graph

_CYPHER = Path(__file__).parent / "cypher"
_EVIDENCE = (_CYPHER / "evidence.cypher").read_text(encoding="utf-8")
_DECIDED = (_CYPHER / "decided.cypher").read_text(encoding="utf-8")


async def store_evidence(graph: Graph, evidence: Evidence, shared: frozenset[str]) -> None:
    """Store evidence about identifiers, each in a profile of its own."""
    await graph.run(
        _EVIDENCE,
        identifiers=[
            {
                "key": key,
                "namespace": namespace_of(key),
                "value": key.partition(":")[2],
                "born_as": key,
                "shared": key in shared,
            }
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


async def store_decision(graph: Graph, decision: Partition) -> None:
    """Bring the profiles of stored evidence in line with a decision."""
    await graph.run(
        _DECIDED,
        profiles=[sorted(cluster) for cluster in decision.clusters],
        refused=[[one.link.a, one.link.b, one.reason] for one in decision.refused],
    )
