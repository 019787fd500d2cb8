"""Where nothing is contested profiles are united; where anything might be, the rule is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.identity.components import connected_components
from service.identity.rules import Rules
from service.identity.union import (
    Profile,
    Touched,
    Union,
    groups,
    mixed,
    people_at_most,
    to_look_up,
    unite,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = Rules.model_validate(
    {
        "profile": {"max_identifiers": 10, "shared_after": 3, "device_joins": 2},
        "namespaces": {
            "user": {"kind": "person", "max_per_profile": 1},
            "email": {"kind": "person", "max_per_profile": 2},
            "cookie": {"kind": "cookie"},
            "tablet": {"kind": "device"},
        },
    }
)
PAIR = ("cookie:c", "user:u")


def _profile(id_: str, size: int = 1, at: int = 0, limited: tuple[str, ...] | None = ()) -> Profile:
    return Profile(id_, f"bearer-{id_}", False, NOON + timedelta(minutes=at), size, limited)


def _touched(*profiles: Profile) -> Touched:
    """A cookie that is in the first profile, and a user who is in the last."""
    return Touched(
        {"cookie:c": profiles[0].id, "user:u": profiles[-1].id},
        {one.id: one for one in profiles},
        values={},
        users={},
    )


def _unite(there: Touched) -> Union | None:
    return unite(list(there.profiles), [PAIR], there, RULES)


def test_the_smaller_joins_the_larger_and_the_older_gives_the_id() -> None:
    there = _touched(_profile("old", size=2, at=0), _profile("large", size=5, at=9))
    assert _unite(there) == Union("old", "large", ("old",), (PAIR,))


def test_a_new_pair_within_one_profile_moves_nobody() -> None:
    assert _unite(_touched(_profile("p", size=4))) == Union("p", "p", (), (PAIR,))


def test_what_is_contested_is_left_to_the_rule() -> None:
    assert _unite(_touched(replace(_profile("a"), contested=True), _profile("b"))) is None


@pytest.mark.parametrize(("sizes", "fits"), [((4, 6), True), ((5, 6), False)])
def test_as_many_identifiers_as_the_limit_says_fit(sizes: tuple[int, int], *, fits: bool) -> None:
    there = _touched(_profile("a", size=sizes[0]), _profile("b", size=sizes[1]))
    assert (_unite(there) is not None) is fits


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        (("email",), ("email",), True),
        (("email", "email"), ("email",), False),
        (("user",), ("user",), False),
        (("user",), ("email", "email"), True),
    ],
)
def test_a_limit_of_a_namespace_is_one_of_all_together(
    one: tuple[str, ...], other: tuple[str, ...], *, fits: bool
) -> None:
    there = _touched(_profile("a", limited=one), _profile("b", limited=other))
    assert (_unite(there) is not None) is fits


def test_who_becomes_shared_or_a_device_that_may_be_overused_is_left_to_the_rule() -> None:
    there = _touched(_profile("a"), _profile("b"))
    assert _unite(replace(there, values={"cookie:c": 2}, users={"cookie:c": 2})) is not None
    assert _unite(replace(there, values={"cookie:c": 3})) is None
    assert _unite(replace(there, users={"cookie:c": 3})) is None


def test_of_one_large_profile_only_what_the_others_bring_is_counted() -> None:
    small, large = _profile("a", limited=("email",)), _profile("b", size=500, limited=None)
    assert to_look_up(["a", "b"], _touched(small, large)) == {"b": ["email"]}
    assert to_look_up(["a"], _touched(small, large)) == {}
    # Of two that are large, either may hold anything: the rule is asked.
    assert to_look_up(["a", "b"], _touched(replace(small, limited=None), large)) == {}
    assert _unite(_touched(replace(small, limited=None), replace(large, size=5))) is None


def test_pairs_that_meet_are_one_group() -> None:
    there = Touched(
        {"cookie:c": "1", "user:u": "2", "email:e": "3", "cookie:d": "4", "user:v": "5"},
        {id_: _profile(id_) for id_ in "12345"},
        {},
        {},
    )
    pairs = [("cookie:c", "user:u"), ("email:e", "user:u"), ("cookie:d", "user:v")]
    assert groups(pairs, there) == [
        (frozenset("123"), pairs[:2]),
        (frozenset("45"), pairs[2:]),
    ]


def test_people_are_counted_by_the_links_among_them() -> None:
    assert people_at_most(["user:u", "email:e", "user:v"], [("email:e", "user:u")]) == 2
    assert people_at_most([], []) == 0


def test_a_mixed_pair_is_of_a_device_and_of_somebody() -> None:
    assert mixed(("cookie:c", "user:u"), RULES) == "cookie:c"
    assert mixed(("email:e", "user:u"), RULES) is None
    assert mixed(("cookie:c", "tablet:t"), RULES) is None


def test_components_keep_the_order_they_are_given_in() -> None:
    links = [("c", "a"), ("d", "e"), ("e", "d")]
    assert connected_components("abcde", links) == [["a", "c"], ["b"], ["d", "e"]]
