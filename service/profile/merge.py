"""What a person has of all that was said: a value of each trait, a word on each purpose. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

UNION = "union"


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says of a trait, and the policy that the rules have for it."""

    name: str
    value: Any
    source: str
    at: datetime
    policy: str


@dataclass(frozen=True, slots=True)
class MergedTrait:
    """A trait's value, and those that lost, the next best first."""

    won: Said
    value: Any
    lost: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """A yes or no to one purpose, with the first and the last time that it was said."""

    purpose: str
    granted: bool
    source: str
    legal_basis: str
    first_at: datetime
    at: datetime
    identifier: str


def merge_traits(said: Iterable[Said]) -> list[MergedTrait]:
    """Each trait with what won: the first that is given of its name.

    The procedures rank what they give (`ranked_traits.cypher`), so that an analyst finds the same
    value first. What is left to do is the list of a trait whose values are all wanted.
    """
    by_name: dict[str, list[Said]] = {}
    for one in said:
        by_name.setdefault(one.name, []).append(one)
    return [
        MergedTrait(won, _union([won, *lost]) if won.policy == UNION else won.value, tuple(lost))
        for won, *lost in by_name.values()
    ]


def _union(said: Sequence[Said]) -> list[Any]:
    """All items once, in the order in which they are given; a value that is no list is one item."""
    items = (
        item for one in said for item in (one.value if isinstance(one.value, list) else [one.value])
    )
    # By their JSON: Python takes 1, 1.0 and true for one thing, and cannot hash an object.
    once: dict[bytes, Any] = {}
    for item in items:
        once.setdefault(orjson.dumps(item, option=orjson.OPT_SORT_KEYS), item)
    return list(once.values())


def consents_by_purpose(said: Iterable[ConsentSaid]) -> list[list[ConsentSaid]]:
    """For each purpose, in the order of their names, what was said, the last word first.

    Of a yes and a no at one time the no is the last word.
    """
    by_purpose: dict[str, list[ConsentSaid]] = {}
    for one in sorted(said, key=lambda one: (one.at, not one.granted), reverse=True):
        by_purpose.setdefault(one.purpose, []).append(one)
    return [by_purpose[purpose] for purpose in sorted(by_purpose)]
