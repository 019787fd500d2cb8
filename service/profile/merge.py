"""The merge policy: which of several values a person's trait has, and which consent holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """What one source said of a trait last, and of which identifier."""

    name: str
    value: Any
    source: str
    at: datetime
    identifier: str


@dataclass(frozen=True, slots=True)
class MergedTrait:
    """A trait's value, and those that lost, the next best first."""

    won: Said
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
    """For each trait, in the order of their names, what was said last wins.

    Of two said at once the source and identifier whose names come first win, so that the answer
    does not depend on the order of the question.
    """
    by_name: dict[str, list[Said]] = {}
    for one in sorted(said, key=lambda one: (one.source, one.identifier)):
        by_name.setdefault(one.name, []).append(one)
    merged = []
    for name in sorted(by_name):
        won, *lost = sorted(by_name[name], key=lambda one: one.at, reverse=True)
        merged.append(MergedTrait(won, tuple(lost)))
    return merged


def consents_that_hold(said: Iterable[ConsentSaid]) -> list[ConsentSaid]:
    """For each purpose, in the order of their names, the last word; of two said at once, the no."""
    last: dict[str, ConsentSaid] = {}
    for one in said:
        known = last.get(one.purpose)
        if known is None or (one.at, not one.granted) > (known.at, not known.granted):
            last[one.purpose] = one
    return [last[purpose] for purpose in sorted(last)]
