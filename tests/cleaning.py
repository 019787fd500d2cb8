"""An empty graph, with its schema."""

from __future__ import annotations

from pathlib import Path

from service.store.graph import Graph

_EMPTY = (Path(__file__).parent / "empty_graph.cypher").read_text(encoding="utf-8")


async def clean(graph: Graph) -> None:
    """Take everything out of the graph but what migrations put there."""
    await graph.run(_EMPTY)
