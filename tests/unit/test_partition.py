"""Who is one person: cases worked by hand from the model, for both implementations."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import pytest

from service.identity.evidence import Evidence, Kind, Partition, Reason
from service.identity.partition import partition
from service.identity.rules import Rules
from tests.reference import reference_partition
from tests.reference.by_hand import evidence, link, profiles, refusals, rules

Rule: TypeAlias = Callable[[Evidence, Rules], Partition]


@pytest.fixture(params=[partition, reference_partition], ids=["service", "reference"])
def decide(request: pytest.FixtureRequest) -> Rule:
    rule: Rule = request.param
    return rule


# Step 1: links that are left out.


def test_an_identifier_alone_is_a_profile(decide: Rule) -> None:
    assert decide(Evidence(["email:a"], []), rules()) == Partition(
        (frozenset({"email:a"}),), (), frozenset()
    )


def test_a_chain_of_links_is_one_profile(decide: Rule) -> None:
    given = evidence(link("user:ann", "email:a"), link("email:a", "cookie:c"))
    assert profiles(decide(given, rules())) == {"cookie:c email:a user:ann"}


@pytest.mark.parametrize("nobody", ["ip:10.0.0.1", "undeclared:1"])
def test_a_namespace_that_is_of_kind_none_or_unknown_links_nobody(
    decide: Rule, nobody: str
) -> None:
    decided = decide(evidence(link("email:a", nobody), link("email:b", nobody)), rules())
    assert profiles(decided) == {"email:a", "email:b", nobody}
    assert not decided.refused


def test_the_kiosk_that_many_users_logged_in_on_is_shared_and_links_nobody(decide: Rule) -> None:
    given = evidence(
        *(link("device:kiosk", f"user:{n}", at=n) for n in range(5)),
        link("device:kiosk", "email:a", Kind.MANUAL),
    )
    decided = decide(given, rules(shared_after=5))
    assert decided.shared == {"device:kiosk"}
    assert profiles(decided) == {"device:kiosk", "email:a", *(f"user:{n}" for n in range(5))}
    assert not decided.refused


def test_one_value_fewer_than_shared_after_is_not_shared(decide: Rule) -> None:
    given = evidence(*(link("device:till", f"user:{n}", at=n) for n in range(4)))
    assert decide(given, rules(shared_after=5)).shared == frozenset()


def test_many_values_of_a_namespace_that_is_not_unique_make_nothing_shared(decide: Rule) -> None:
    given = evidence(*(link("user:ann", f"email:{n}") for n in range(9)))
    decided = decide(given, rules(shared_after=2))
    assert decided.shared == frozenset()
    assert len(decided.clusters) == 1


# Step 2: which link is the stronger. What is tried in vain comes with all later criteria for it.


@pytest.mark.parametrize(("strong", "weak"), list(pairwise(Kind)))
def test_a_stronger_kind_of_evidence_goes_first(decide: Rule, strong: Kind, weak: Kind) -> None:
    given = evidence(
        link("email:a", "user:ben", strong, at=1), link("email:a", "user:ann", weak, at=9)
    )
    assert profiles(decide(given, rules())) == {"email:a user:ben", "user:ann"}


def test_the_kind_of_evidence_goes_before_having_no_device(decide: Rule) -> None:
    given = evidence(
        link("device:d", "email:a", Kind.DECLARED),
        link("device:d", "user:ben", Kind.DECLARED),
        link("email:a", "user:ann", at=9),
    )
    assert profiles(decide(given, rules())) == {"device:d email:a user:ben", "user:ann"}


def test_a_link_without_a_device_goes_before_one_with_a_device(decide: Rule) -> None:
    given = evidence(
        link("email:a", "user:ann", at=1),
        link("device:d", "email:a", at=9),
        link("device:d", "user:ben", at=8),
    )
    decided = decide(given, rules())
    assert profiles(decided) == {"device:d email:a user:ann", "user:ben"}


def test_a_link_with_one_device_goes_before_one_with_two(decide: Rule) -> None:
    given = evidence(
        link("device:a", "user:ann", at=1),
        link("device:b", "user:ben", at=1),
        link("device:a", "device:b", at=9),
    )
    decided = decide(given, rules())
    assert profiles(decided) == {"device:a user:ann", "device:b user:ben"}
    assert refusals(decided) == {("device:a", "device:b"): Reason.MAX_PER_PROFILE}


def test_a_device_goes_before_a_cookie(decide: Rule) -> None:
    given = evidence(
        link("device:d", "email:a", at=2),
        link("device:d", "user:ben", at=1),
        link("cookie:c", "email:a", at=9),
        link("cookie:c", "user:ann", at=8),
    )
    assert profiles(decide(given, rules())) == {"cookie:c device:d email:a user:ben", "user:ann"}


def test_without_a_device_the_weaker_ends_priority_goes_first(decide: Rule) -> None:
    given = evidence(
        link("email:a", "user:ann", Kind.MANUAL),
        link("email:a", "phone:1", at=1),
        link("user:ann", "card:1", at=9),
    )
    decided = decide(given, rules(max_identifiers=3))
    assert profiles(decided) == {"email:a phone:1 user:ann", "card:1"}


def test_without_a_device_the_stronger_ends_priority_goes_next(decide: Rule) -> None:
    given = evidence(
        link("email:a", "user:ann", Kind.MANUAL),
        link("phone:1", "user:ben", at=1),
        link("email:a", "phone:1", at=9),
    )
    assert profiles(decide(given, rules())) == {"email:a user:ann", "phone:1 user:ben"}


@pytest.mark.parametrize(("conflicts", "winner"), [("latest", "ben"), ("earliest", "cyd")])
def test_without_a_device_time_goes_after_priority(
    decide: Rule, conflicts: str, winner: str
) -> None:
    given = evidence(
        link("email:a", "user:ann", at=3, until=7),
        link("email:a", "user:ben", at=2, until=9),
        link("email:a", "user:cyd", at=1, until=8),
    )
    decided = decide(given, rules(conflicts=conflicts))
    assert f"email:a user:{winner}" in profiles(decided)
    assert set(refusals(decided).values()) == {Reason.MAX_PER_PROFILE}


@pytest.mark.parametrize(("conflicts", "keeper"), [("latest", "phone:1"), ("earliest", "user:ann")])
def test_with_a_device_time_goes_before_priority(decide: Rule, conflicts: str, keeper: str) -> None:
    given = evidence(
        link("device:d", "user:ann", at=1, until=5), link("device:d", "phone:1", at=2, until=6)
    )
    decided = decide(given, rules(conflicts=conflicts, device_joins=1))
    assert f"device:d {keeper}" in profiles(decided)


def test_with_a_device_priority_goes_after_time(decide: Rule) -> None:
    given = evidence(link("device:d", "user:ann"), link("device:d", "card:1"))
    decided = decide(given, rules(device_joins=1))
    assert profiles(decided) == {"device:d user:ann", "card:1"}


def test_of_links_equal_in_all_else_the_lesser_key_goes_first(decide: Rule) -> None:
    given = evidence(
        link("email:a", "email:b", Kind.MANUAL),
        link("email:b", "user:ann"),
        link("email:a", "user:cyd"),
        link("email:a", "user:ben"),
    )
    assert profiles(decide(given, rules())) == {
        "email:a email:b user:ben",
        "user:ann",
        "user:cyd",
    }


# Step 3: the reasons to refuse.


def test_a_separation_beats_a_persons_word(decide: Rule) -> None:
    given = evidence(link("email:a", "user:ann", Kind.MANUAL), separated=("email:a", "user:ann"))
    decided = decide(given, rules())
    assert profiles(decided) == {"email:a", "user:ann"}
    assert refusals(decided) == {("email:a", "user:ann"): Reason.SEPARATED}


def test_a_separation_holds_between_all_that_the_two_are_linked_to(decide: Rule) -> None:
    given = evidence(
        link("email:a", "user:ann"),
        link("email:b", "phone:1", at=1),
        link("email:a", "phone:1", at=2),
        separated=("email:b", "user:ann"),
    )
    decided = decide(given, rules())
    assert profiles(decided) == {"email:a phone:1 user:ann", "email:b"}
    assert refusals(decided) == {("email:b", "phone:1"): Reason.SEPARATED}


def test_a_persons_word_beats_what_an_app_declared_and_what_was_observed_since(
    decide: Rule,
) -> None:
    given = evidence(
        link("email:a", "user:ann", Kind.MANUAL, at=0),
        link("email:a", "user:ben", Kind.DECLARED, at=8),
        link("email:a", "user:cyd", Kind.OBSERVED, at=9),
    )
    decided = decide(given, rules())
    assert profiles(decided) == {"email:a user:ann", "user:ben", "user:cyd"}
    assert set(refusals(decided).values()) == {Reason.MAX_PER_PROFILE}


def test_a_profile_holds_as_many_values_of_a_namespace_as_the_rules_say(decide: Rule) -> None:
    given = evidence(*(link("email:a", f"phone:{n}", at=n) for n in range(3)))
    decided = decide(given, rules())
    assert profiles(decided) == {"email:a phone:1 phone:2", "phone:0"}
    assert refusals(decided) == {("email:a", "phone:0"): Reason.MAX_PER_PROFILE}


def test_past_the_largest_profile_the_weakest_link_is_refused(decide: Rule) -> None:
    given = evidence(
        link("email:a", "user:ann"), link("card:1", "user:ann"), link("cookie:c", "user:ann", at=9)
    )
    decided = decide(given, rules(max_identifiers=3))
    assert profiles(decided) == {"card:1 email:a user:ann", "cookie:c"}
    assert refusals(decided) == {("cookie:c", "user:ann"): Reason.MAX_IDENTIFIERS}


def test_of_several_limits_the_refusal_names_the_first_in_the_model(decide: Rule) -> None:
    links = [link("device:d", f"user:{n}", at=n) for n in range(2)]
    small = rules(device_joins=1, max_identifiers=2)
    apart = decide(evidence(*links, separated=("user:0", "user:1")), small)
    assert set(refusals(apart).values()) == {Reason.SEPARATED}
    assert set(refusals(decide(evidence(*links), small)).values()) == {Reason.MAX_PER_PROFILE}
    emails = evidence(*(link("device:d", f"email:{n}") for n in range(2)))
    assert set(refusals(decide(emails, small)).values()) == {Reason.MAX_IDENTIFIERS}


# Step 3: devices that several people use.


@pytest.mark.parametrize(("conflicts", "keeper"), [("latest", "ben"), ("earliest", "ann")])
def test_two_users_on_one_laptop_stay_two_and_one_of_them_keeps_it(
    decide: Rule, conflicts: str, keeper: str
) -> None:
    given = evidence(
        link("cookie:laptop", "user:ann", at=1, until=5),
        link("cookie:laptop", "user:ben", at=2, until=6),
    )
    decided = decide(given, rules(conflicts=conflicts))
    left = {"ann": "ben", "ben": "ann"}[keeper]
    assert profiles(decided) == {f"cookie:laptop user:{keeper}", f"user:{left}"}
    assert refusals(decided) == {("cookie:laptop", f"user:{left}"): Reason.MAX_PER_PROFILE}


def test_a_laptop_of_no_more_people_than_device_joins_makes_them_one(decide: Rule) -> None:
    given = evidence(link("cookie:laptop", "email:a"), link("cookie:laptop", "phone:1"))
    assert profiles(decide(given, rules(device_joins=2))) == {"cookie:laptop email:a phone:1"}


def test_the_family_tablet_joins_none_of_its_three_people(decide: Rule) -> None:
    given = evidence(*(link("device:tablet", f"email:{n}", at=n) for n in range(3)))
    decided = decide(given, rules(device_joins=2))
    assert profiles(decided) == {"device:tablet email:2", "email:0", "email:1"}
    assert refusals(decided) == {
        ("device:tablet", "email:0"): Reason.DEVICE_JOINS,
        ("device:tablet", "email:1"): Reason.DEVICE_JOINS,
    }


def test_three_identifiers_of_two_people_are_two_people_on_a_tablet(decide: Rule) -> None:
    given = evidence(
        link("email:0", "email:1"), *(link("device:tablet", f"email:{n}") for n in range(3))
    )
    assert len(decide(given, rules(device_joins=2)).clusters) == 1


def test_a_cookie_on_a_tablet_is_not_one_of_its_people(decide: Rule) -> None:
    given = evidence(
        *(link("device:tablet", f"email:{n}") for n in range(2)), link("cookie:c", "device:tablet")
    )
    assert len(decide(given, rules(device_joins=2)).clusters) == 1


def test_a_cookie_joins_the_family_tablet_as_it_is_nobody_itself(decide: Rule) -> None:
    given = evidence(
        *(link("device:tablet", f"email:{n}", at=n) for n in range(3)),
        link("cookie:c", "device:tablet"),
    )
    assert "cookie:c device:tablet email:2" in profiles(decide(given, rules(device_joins=2)))
