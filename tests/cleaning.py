"""An empty graph, with its schema and the rules."""

from __future__ import annotations

from pathlib import Path

from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.store.graph import Graph

_EMPTY = (Path(__file__).parent / "empty_graph.cypher").read_text(encoding="utf-8")


async def clean(graph: Graph, rules: Rules | None = None) -> None:
    """Take everything out of the graph but what a start puts there."""
    await graph.run(_EMPTY)
    await publish(graph, rules or load_rules())
