"""The rules in the graph, so that a procedure that an analyst calls decides by the same ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import orjson

from service.errors import ConflictError
from service.identity.rules import Rules
from service.store.graph import Graph
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class _Published:
    in_line: bool


@dataclass(frozen=True, slots=True)
class _Standing:
    checksum: str | None
    in_line_up_to: str | None
    profiles: int


_STANDING = procedure("rules_standing", _Standing)
_PUBLISH = procedure("rules_publish", _Published)


async def publish(graph: Graph, rules: Rules) -> bool:
    """Keep the rules as the ones that hold from now on.

    Returns:
        Whether the profiles are in line with them. They are not when other rules held before:
        `knoop resolve` decides about them again.
    """
    [published] = await graph.write(
        _PUBLISH,
        rules={
            **_limits(rules),
            **_merge_policy(rules),
            **_sessions(rules),
            "checksum": checksum(rules),
        },
        namespaces=_namespaces(rules),
    )
    return published.in_line


async def check_published(graph: Graph, rules: Rules) -> None:
    """Make sure that a graph is decided by these rules, before a second writer decides by others.

    Raises:
        ConflictError: other rules hold, or none yet.
    """
    [standing] = await graph.read(_STANDING)
    if standing.checksum is None:
        raise ConflictError("the graph has no rules yet; run: knoop migrate")
    if standing.checksum != checksum(rules):
        raise ConflictError(
            "the graph is decided by other rules than these; set KNOOP_RULES as for the service, "
            "or have these ones hold: knoop migrate"
        )


def checksum(rules: Rules) -> str:
    """Names everything in the rules that a decision depends on."""
    decisive = orjson.dumps([_limits(rules), _namespaces(rules)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(decisive).hexdigest()


def _limits(rules: Rules) -> dict[str, object]:
    return rules.profile.model_dump()


def _merge_policy(rules: Rules) -> dict[str, object]:
    """Which value a trait has, as properties: a node holds no table.

    An empty list is left out, since a property that holds one has no type.
    """
    merge = rules.merge
    return {
        "merge_policy": merge.policy,
        "merge_trust": list(merge.trust) or None,
        "merge_traits": list(merge.traits) or None,
        "merge_policies": list(merge.traits.values()) or None,
    }


def _sessions(rules: Rules) -> dict[str, object]:
    """When a session ends: after how many seconds, and where people visit."""
    return {
        "session_pause": 60 * rules.sessions.pause_minutes,
        "session_visits": list(rules.sessions.visits),
    }


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
