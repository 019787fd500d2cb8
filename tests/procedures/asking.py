"""Running a `.cypher` file as it is, with the defaults that its header declares."""

from __future__ import annotations

from typing import Any

from service.store.graph import Graph
from service.store.procedures import cypher_folder, load


async def ask(graph: Graph, question: str, **given: object) -> list[dict[str, Any]]:
    """The rows of a question; what is not given is as its header says."""
    header, text = load(cypher_folder("questions") / f"{question}.cypher")
    [defaults] = await graph.run(
        "RETURN {"
        + ", ".join(f"{one.name}: {one.default}" for one in header.params if one.default)
        + "} AS defaults"
    )
    return await graph.run(text, **{**defaults["defaults"], **given})
