"""How well profiles agree with the truth, over pairs of identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from service.demo.truth import Truth


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of identifiers that belong to one person each.

    `together` pairs share a profile, `same_person` pairs share a person, `correct` pairs both.
    Of the same person's pairs, `connectable` ones are joined by some chain of evidence, and of
    these `connected` ones share a profile; both are None where the evidence was not given.
    """

    correct: int
    together: int
    same_person: int
    connected: int | None = None
    connectable: int | None = None

    @property
    def precision(self) -> float:
        """Of the pairs put together, the share that is right."""
        return _share(self.correct, self.together)

    @property
    def recall(self) -> float:
        """Of the pairs that are one person's, the share put together."""
        return _share(self.correct, self.same_person)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.correct, self.together + self.same_person)

    @property
    def connectable_recall(self) -> float | None:
        """Of one person's pairs that evidence connects, the share put together."""
        if self.connected is None or self.connectable is None:
            return None
        return _share(self.connected, self.connectable)


def score(
    profiles: Iterable[Collection[str]],
    truth: Truth,
    components: Iterable[Collection[str]] | None = None,
) -> Score:
    """Compare profiles, given as collections of identifier keys, with the truth.

    An identifier that is in no profile counts as alone. `components` are the plain connected
    components of the evidence; with them the recall over what can be connected is known too.
    The pairs are counted, not listed: the cost is that of reading the identifiers.

    Raises:
        ValueError: an identifier is in two profiles, or in two components.
    """
    person_of = truth.person_of
    profile_of = _group_of(profiles, "profiles")
    same_person = _pairs(person_of.values())
    together = _pairs(profile_of[key] for key in person_of if key in profile_of)
    correct = _pairs((profile_of[key], p) for key, p in person_of.items() if key in profile_of)
    if components is None:
        return Score(correct, together, same_person)
    component_of = _group_of(components, "components")
    reached = [(key, p) for key, p in person_of.items() if key in component_of]
    return Score(
        correct,
        together,
        same_person,
        connected=_pairs(
            (component_of[key], profile_of[key], p) for key, p in reached if key in profile_of
        ),
        connectable=_pairs((component_of[key], p) for key, p in reached),
    )


def _group_of(groups: Iterable[Collection[str]], what: str) -> dict[str, int]:
    group_of: dict[str, int] = {}
    for number, group in enumerate(groups):
        for key in group:
            if group_of.setdefault(key, number) != number:
                raise ValueError(f"{key} is in two {what}")
    return group_of


def _pairs(groups: Iterable[object]) -> int:
    """How many pairs there are within the groups that each element names."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
