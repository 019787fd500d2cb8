"""The values that the rule works on: what was observed, and what was decided from it.

An identifier is named here by its key, `namespace:value` after normalisation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Kind(IntEnum):
    """Kinds of evidence for a link, the strongest first."""

    MANUAL = 0
    DECLARED = 1
    OBSERVED = 2
    MATCHED = 3


class Reason(StrEnum):
    """Why a link was refused."""

    SEPARATED = "separated"
    MAX_PER_PROFILE = "max_per_profile"
    MAX_IDENTIFIERS = "max_identifiers"
    DEVICE_JOINS = "device_joins"


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two identifiers are one person; `a` sorts before `b`."""

    a: str
    b: str
    kind: Kind
    first_seen: datetime
    last_seen: datetime

    def __post_init__(self) -> None:
        if not self.a < self.b:
            raise ValueError(f"a link runs from the lesser key to the greater: {self.a}, {self.b}")

    def __or__(self, other: Link) -> Link:
        """What both tell of the same pair: the strongest kind, the widest times."""
        return Link(
            self.a,
            self.b,
            min(self.kind, other.kind),
            min(self.first_seen, other.first_seen),
            max(self.last_seen, other.last_seen),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a set of identifiers.

    At most one link a pair, with the strongest kind and the first and last time over all that was
    observed of the pair. A separation is a pair of keys, the lesser first.
    """

    identifiers: Collection[str]
    links: Collection[Link]
    separations: Collection[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A link that was not taken, and the limit that it met."""

    link: Link
    reason: Reason


@dataclass(frozen=True, slots=True)
class Partition:
    """The decision: each cluster is one profile. `shared` links nobody.

    `overused` are the devices and cookies that more than `device_joins` people used: only where
    there is one, or a refused link, does the order of the links matter.
    """

    clusters: tuple[frozenset[str], ...]
    refused: tuple[Refused, ...]
    shared: frozenset[str]
    overused: frozenset[str] = field(default=frozenset(), compare=False)
