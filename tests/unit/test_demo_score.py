"""The demo's score on cases small enough to work out by hand."""

from __future__ import annotations

import pytest

from service.demo import Truth, score

# Ann has three identifiers, Bob two, Cy one: 3 + 1 + 0 pairs are the same person's.
TRUTH = Truth(
    {"email:a": "ann", "phone:a": "ann", "user_id:a": "ann"}
    | {"email:b": "bob", "phone:b": "bob", "email:c": "cy"},
    {},
)


def test_perfect_profiles() -> None:
    result = score([["email:a", "phone:a", "user_id:a"], ["email:b", "phone:b"]], TRUTH)
    assert (result.correct, result.together, result.same_person) == (4, 4, 4)
    assert (result.precision, result.recall, result.f1) == (1.0, 1.0, 1.0)
    assert result.connectable_recall is None


def test_two_people_in_one_profile_and_one_torn_apart() -> None:
    profiles = [["email:a", "phone:a", "email:b", "phone:b"], ["user_id:a"], ["email:c"]]
    result = score(profiles, TRUTH)
    # Of 6 pairs together, a-a and b-b are right; of 4 pairs of one person, 2 are together.
    assert (result.correct, result.together, result.same_person) == (2, 6, 4)
    assert result.precision == pytest.approx(1 / 3)
    assert result.recall == pytest.approx(1 / 2)
    assert result.f1 == pytest.approx(2 / 5)


def test_what_several_people_share_does_not_count() -> None:
    result = score([["email:a", "phone:a", "user_id:a", "phone:family", "email:b"]], TRUTH)
    assert (result.correct, result.together) == (3, 6)


def test_nobody_together_is_precise_and_finds_nothing() -> None:
    result = score([], TRUTH)
    assert (result.precision, result.recall, result.f1) == (1.0, 0.0, 0.0)


def test_recall_of_what_evidence_connects() -> None:
    # Nothing connects Ann's user id with her address; of what is connected, all but Bob is found.
    components = [["email:a", "phone:a", "email:c"], ["email:b", "phone:b"], ["user_id:a"]]
    profiles = [["email:a", "phone:a"], ["email:b"], ["phone:b"], ["user_id:a"], ["email:c"]]
    result = score(profiles, TRUTH, components)
    assert (result.connected, result.connectable) == (1, 2)
    assert result.connectable_recall == pytest.approx(1 / 2)
    assert result.recall == pytest.approx(1 / 4)


def test_a_pair_joined_without_evidence_is_not_recall_of_the_evidence() -> None:
    result = score([["email:b", "phone:b"]], TRUTH, [["email:b"], ["phone:b"]])
    assert result.correct == 1
    assert (result.connected, result.connectable) == (0, 0)
    assert result.connectable_recall == 1.0


def test_an_identifier_is_in_one_profile_only() -> None:
    with pytest.raises(ValueError, match="email:a is in two profiles"):
        score([["email:a"], ["email:a", "email:b"]], TRUTH)
    with pytest.raises(ValueError, match="email:a is in two components"):
        score([], TRUTH, [["email:a"], ["email:a"]])
