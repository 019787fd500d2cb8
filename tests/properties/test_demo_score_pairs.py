"""The demo's score is that of listing all pairs, which it does not do."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from service.demo import Truth, score

KEYS = [f"email:{number}" for number in range(12)]
PEOPLE = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["ann", "bob", "cy"]))
GROUPS = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4))


def _sets(group_of: dict[str, int]) -> list[set[str]]:
    return [{key for key in group_of if group_of[key] == group} for group in range(5)]


def _same(group_of: dict[str, int], a: str, b: str) -> bool:
    return a in group_of and b in group_of and group_of[a] == group_of[b]


@given(person_of=PEOPLE, profile_of=GROUPS, component_of=GROUPS)
def test_equals_the_count_of_all_pairs(
    person_of: dict[str, str], profile_of: dict[str, int], component_of: dict[str, int]
) -> None:
    together = same_person = correct = connected = connectable = 0
    for a, b in combinations(person_of, 2):
        is_together = _same(profile_of, a, b)
        is_same = person_of[a] == person_of[b]
        is_connectable = is_same and _same(component_of, a, b)
        together += is_together
        same_person += is_same
        correct += is_together and is_same
        connectable += is_connectable
        connected += is_connectable and is_together
    result = score(_sets(profile_of), Truth(person_of, {}), _sets(component_of))
    assert (result.together, result.same_person, result.correct) == (together, same_person, correct)
    assert (result.connected, result.connectable) == (connected, connectable)
    assert 0 <= result.f1 <= 1


@given(person_of=PEOPLE, profile_of=GROUPS)
def test_f1_is_the_harmonic_mean(person_of: dict[str, str], profile_of: dict[str, int]) -> None:
    result = score(_sets(profile_of), Truth(person_of, {}))
    if result.correct:
        mean = 2 / (1 / result.precision + 1 / result.recall)
        assert abs(result.f1 - mean) < 1e-12


@given(person_of=PEOPLE)
def test_the_truth_itself_scores_one(person_of: dict[str, str]) -> None:
    people = ("ann", "bob", "cy")
    profiles = [{key for key in person_of if person_of[key] == person} for person in people]
    result = score(profiles, Truth(person_of, {}), profiles)
    assert (result.precision, result.recall, result.f1) == (1.0, 1.0, 1.0)
    assert result.connectable_recall == 1.0
