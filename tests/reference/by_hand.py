"""Short words for evidence and rules, for cases that are worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.identity.evidence import Evidence, Kind, Link, Partition, Reason
from service.identity.rules import Rules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rules(**profile: Any) -> Rules:
    """One namespace of each sort, and the limits that a case is about."""
    return Rules.model_validate(
        {
            "profile": profile,
            "namespaces": {
                "user": {"kind": "person", "priority": 1, "max_per_profile": 1},
                "email": {"kind": "person", "priority": 2},
                "phone": {"kind": "person", "priority": 3, "max_per_profile": 2},
                "card": {"kind": "person", "priority": 4},
                "device": {"kind": "device", "priority": 6},
                "cookie": {"kind": "cookie", "priority": 9},
                "ip": {"kind": "none"},
            },
        }
    )


def link(
    one: str, other: str, kind: Kind = Kind.OBSERVED, *, at: int = 0, until: int | None = None
) -> Link:
    """A link first seen `at` minutes past noon, and last seen then or at `until`."""
    first, last = (NOON + timedelta(minutes=m) for m in (at, at if until is None else until))
    return Link(min(one, other), max(one, other), kind, first, last)


def evidence(*links: Link, separated: tuple[str, str] | None = None) -> Evidence:
    """The links, of all the identifiers that they name, and perhaps two of these kept apart."""
    identifiers = sorted({end for each in links for end in (each.a, each.b)})
    return Evidence(identifiers, links, [separated] if separated else [])


def profiles(decided: Partition) -> set[str]:
    """The clusters, each as its identifiers in order."""
    return {" ".join(sorted(cluster)) for cluster in decided.clusters}


def refusals(decided: Partition) -> dict[tuple[str, str], Reason]:
    """The reason for each link that was refused, by its ends."""
    return {(each.link.a, each.link.b): each.reason for each in decided.refused}
