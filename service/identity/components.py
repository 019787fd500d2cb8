"""Connected components: what links hold together, if every link is taken at its word. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def connected_components(nodes: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The nodes in groups, each in the order given, by what the links join.

    Union-find with path halving (Tarjan and van Leeuwen, "Worst-case analysis of set union
    algorithms", Journal of the ACM 31, 1984). Both ends of a link are among the nodes.
    """
    parent = {node: node for node in nodes}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in links:
        parent[root(a)] = root(b)
    components: dict[str, list[str]] = defaultdict(list)
    for node in parent:
        components[root(node)].append(node)
    return list(components.values())
