"""From a decision to what has to be written: the fewest moves, and ids that follow a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from service.identity.decision import (
    Change,
    Member,
    Rewiring,
    cause_of,
    changes,
    refusals_to_mark,
    rewiring,
)
from service.identity.evidence import Kind, Link, Partition, Reason, Refused

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def _members(*profiles: str, new: str = "", contested: str = "") -> dict[str, Member]:
    """Each word is a profile, each letter an identifier; letters were stored in their order.

    A profile bears the id of its first letter.
    """
    return {
        key: Member(
            key=key,
            born_as=f"id-{key}",
            stored_at=NOON + timedelta(seconds=ord(key)),
            profile_id=f"id-{min(keys)}",
            contested=keys == contested,
            is_new=key in new,
        )
        for keys in profiles
        for key in keys
    }


def _decided(*clusters: str, refused: str = "", overused: str = "") -> Partition:
    """Each word is a cluster; `refused` are the two ends of a link."""
    links = [Link(refused[0], refused[1], Kind.OBSERVED, NOON, NOON)] if refused else []
    return Partition(
        tuple(map(frozenset, clusters)),
        tuple(Refused(link, Reason.DEVICE_JOINS) for link in links),
        frozenset(),
        frozenset(overused),
    )


def _after(members: Mapping[str, Member], plan: Rewiring) -> dict[str, set[str]]:
    """What the procedure `rewire` makes of a plan: every profile that is left, and who is in it."""
    profiles: dict[str, set[str]] = {one.profile_id: set() for one in members.values()}
    for key, member in members.items():
        profiles[member.profile_id].add(key)
    for key in plan.moved:
        profiles[members[key].profile_id].remove(key)
    for id_ in plan.retired:
        assert profiles.pop(id_) == set()
    given_up = {plan.renamed[was]: profiles.pop(was) for was in plan.renamed}
    assert given_up.keys().isdisjoint(profiles)
    profiles |= given_up
    for id_, keys in plan.joined.items():
        profiles.setdefault(id_, set()).update(keys)
    return profiles


def test_what_is_as_decided_is_left_alone() -> None:
    plan = rewiring(_members("ab", "c"), _decided("ab", "c"))
    assert plan == Rewiring((), (), {}, {}, {}, {"a": "id-a", "b": "id-a", "c": "id-c"})


def test_of_two_profiles_that_merge_the_smaller_moves_and_the_older_gives_its_id() -> None:
    plan = rewiring(_members("a", "bcd"), _decided("abcd"))
    assert plan.moved == ("a",)
    assert plan.retired == ("id-a",)
    assert plan.renamed == {"id-b": "id-a"}
    assert plan.joined == {"id-a": ("a",)}


def test_of_two_profiles_of_one_size_the_one_with_the_lesser_id_stays() -> None:
    plan = rewiring(_members("cd", "ab"), _decided("abcd"))
    assert (plan.moved, plan.retired, plan.renamed) == (("c", "d"), ("id-c",), {})


def test_a_split_gives_each_part_the_id_that_it_would_have_had() -> None:
    plan = rewiring(_members("abcd"), _decided("a", "bcd"))
    # Three stay where they are, under another id; the one that moves takes the id along.
    assert plan.moved == ("a",)
    assert plan.renamed == {"id-a": "id-b"}
    assert plan.joined == {"id-a": ("a",)}
    assert plan.retired == ()


def test_a_profile_is_contested_where_a_link_is_refused_or_a_device_overused() -> None:
    members = _members("ab", "c", "d", "e")
    plan = rewiring(members, _decided("ab", "c", "d", "e", refused="bc", overused="d"))
    assert plan.contested == {"id-a": True, "id-c": True, "id-d": True}


def test_what_is_no_longer_contested_is_told_and_what_still_is_is_not() -> None:
    assert rewiring(_members("ab", contested="ab"), _decided("ab")).contested == {"id-a": False}
    still = rewiring(_members("ab", "c", contested="ab"), _decided("ab", "c", refused="bc"))
    assert still.contested == {"id-c": True}


_LETTERS = "abcdefghij"


@st.composite
def _partitions(draw: st.DrawFn) -> tuple[str, ...]:
    """The letters, in groups."""
    groups: dict[int, str] = {}
    for letter in _LETTERS:
        group = draw(st.integers(0, 5))
        groups[group] = groups.get(group, "") + letter
    return tuple(groups.values())


@given(_partitions(), _partitions())
def test_a_plan_leads_from_any_profiles_to_any_decision(
    before: tuple[str, ...], decided: tuple[str, ...]
) -> None:
    members = _members(*before)
    plan = rewiring(members, _decided(*decided))
    assert _after(members, plan) == {f"id-{min(keys)}": set(keys) for keys in decided}
    assert plan.profile_of == {key: f"id-{min(keys)}" for keys in decided for key in keys}
    assert len(plan.moved) == len(set(plan.moved))
    # And straight back, as if nothing had been.
    there = {
        key: Member(key, one.born_as, one.stored_at, plan.profile_of[key], contested=False)
        for key, one in members.items()
    }
    back = rewiring(there, _decided(*before))
    assert _after(there, back) == {f"id-{min(keys)}": set(keys) for keys in before}


def _changes(
    members: dict[str, Member],
    decision: Partition,
    before: Mapping[tuple[str, str], str] | None = None,
) -> list[Change]:
    links = [Link(a, b, Kind.OBSERVED, NOON, NOON) for a, b in combinations(sorted(members), 2)]
    return changes(members, rewiring(members, decision).profile_of, before or {}, links, decision)


def test_a_merge_names_the_profile_that_is_left_first_and_who_joined() -> None:
    assert _changes(_members("ab", "cd", "e"), _decided("abcde")) == [
        Change("merged", ("id-a", "id-c", "id-e"), ("c", "d", "e"), "observed")
    ]


def test_a_split_names_the_profile_that_there_was_first_and_who_left() -> None:
    assert _changes(_members("abc"), _decided("a", "b", "c")) == [
        Change("split", ("id-a", "id-b", "id-c"), ("b", "c"))
    ]


def test_one_who_goes_over_from_one_profile_to_another_is_a_split_and_a_merge() -> None:
    assert _changes(_members("ab", "cd"), _decided("a", "bcd")) == [
        Change("merged", ("id-b", "id-a", "id-c"), ("b", "c", "d"), "observed"),
        Change("split", ("id-a", "id-b"), ("b",)),
    ]


def test_what_is_new_is_no_change() -> None:
    assert _changes(_members("a", "b", "c", new="bc"), _decided("abc")) == []


def test_what_meets_through_something_new_is_a_merge_of_the_old() -> None:
    assert _changes(_members("a", "b", "c", new="c"), _decided("abc")) == [
        Change("merged", ("id-a", "id-b"), ("b",), "observed")
    ]


def test_a_refusal_is_a_change_when_it_begins_and_when_it_ends() -> None:
    members = _members("a", "b")
    refusing = _decided("a", "b", refused="ab")
    refused = Change("refused", ("id-a", "id-b"), ("a", "b"), "device_joins")
    assert _changes(members, refusing) == [refused]
    assert _changes(members, refusing, {("a", "b"): "device_joins"}) == []
    assert _changes(members, refusing, {("a", "b"): "max_per_profile"}) == [refused]
    assert _changes(members, _decided("a", "b"), {("a", "b"): "device_joins"}) == [
        Change("accepted", ("id-a", "id-b"), ("a", "b"))
    ]


def test_the_cause_of_a_change_is_the_message_that_brought_its_evidence() -> None:
    before = {key: one.profile_id for key, one in _members("ab", "c", "d").items()}
    merged = Change("merged", ("id-a", "id-c"), ("c",))
    after = {"a": "id-a", "b": "id-a", "c": "id-a", "d": "id-d"}
    messages = {("a", "b"): "m1", ("b", "c"): "m2", ("c", "d"): "m3"}
    # Of a merge, the one with which the two met, though others touch them.
    assert cause_of(merged, messages, before, after) == "m2"
    # Of a link, the one that brought it.
    refused = Change("refused", ("id-a", "id-d"), ("c", "d"))
    assert cause_of(refused, messages, before, after) == "m3"
    # Of a split, one that touches what was split; of what nobody touched, none.
    split = Change("split", ("id-d", "id-e"), ("d",))
    assert cause_of(split, messages, before, after) == "m3"
    assert cause_of(split, {("a", "b"): "m1"}, before, after) is None
    assert cause_of(split, {("x", "y"): "m4"}, before, after) is None


def test_a_link_is_marked_when_its_mark_is_not_what_holds() -> None:
    refusing, taking = _decided("a", "b", refused="ab"), _decided("ab")
    pair = ("a", "b")
    assert refusals_to_mark({}, [pair], refusing) == {pair: Reason.DEVICE_JOINS}
    assert refusals_to_mark({pair: "device_joins"}, [], refusing) == {}
    assert refusals_to_mark({pair: "separated"}, [], refusing) == {pair: Reason.DEVICE_JOINS}
    assert refusals_to_mark({pair: "device_joins"}, [], taking) == {pair: None}
    assert refusals_to_mark({}, [pair], taking) == {}
    # Evidence of a new kind has come to a pair that is refused: it is marked too.
    assert refusals_to_mark({pair: "device_joins"}, [pair], refusing) == {pair: Reason.DEVICE_JOINS}
