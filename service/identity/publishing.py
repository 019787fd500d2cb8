"""The rules in the graph, so that a procedure that an analyst calls decides by the same ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import orjson

from service.identity.rules import Rules
from service.store.graph import Graph
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class _Published:
    in_line: bool


_PUBLISH = procedure("rules_publish", _Published)


async def publish(graph: Graph, rules: Rules) -> bool:
    """Keep the rules as the ones that hold from now on.

    Returns:
        Whether the profiles are in line with them. They are not when other rules held before:
        `knoop resolve` decides about them again.
    """
    [published] = await graph.write(
        _PUBLISH,
        rules={**_limits(rules), "checksum": checksum(rules)},
        namespaces=_namespaces(rules),
    )
    return published.in_line


def checksum(rules: Rules) -> str:
    """Names everything in the rules that a decision depends on."""
    decisive = orjson.dumps([_limits(rules), _namespaces(rules)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(decisive).hexdigest()


def _limits(rules: Rules) -> dict[str, object]:
    return rules.profile.model_dump()


def _namespaces(rules: Rules) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "kind": namespace.kind,
            "strength": int(namespace.strength),
            "priority": namespace.priority,
            "max_per_profile": namespace.max_per_profile,
        }
        for name, namespace in sorted(rules.namespaces.items())
    ]
