"""Evidence and rules drawn at random, from few names and few moments, so that things collide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations, cycle
from typing import Any, TypeAlias

from hypothesis import strategies as st

from service.identity.evidence import Evidence, Kind, Link
from service.identity.rules import Rules

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Case: TypeAlias = tuple[Evidence, Rules]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ELSEWHERE = timezone(timedelta(hours=-7))

# The rules of a namespace that never vary: the rest is drawn. No rules know the last.
NAMESPACES: dict[str, dict[str, Any]] = {
    "user": {"kind": "person", "max_per_profile": 1},
    "email": {"kind": "person"},
    "phone": {"kind": "person"},
    "ios.id": {"kind": "device"},
    "tablet": {"kind": "device"},
    "cookie": {"kind": "cookie"},
    "visit": {"kind": "cookie"},
    "ip": {"kind": "none"},
}
IDENTIFIERS = [
    *(f"user:{value}" for value in "abcd"),
    *(f"email:{value}" for value in "abc"),
    *(f"phone:{value}" for value in "ab"),
    *(f"ios.id:{value}" for value in "ab"),
    *(f"tablet:{value}" for value in "ab"),
    *(f"cookie:{value}" for value in ("a", "b", "user:a")),
    "visit:a",
    "ip:a",
    "unknown:a",
]

# Where all links are of one kind, or seen at one time, what orders them comes after that.
kinds_of_a_case = st.sampled_from(
    [st.just(Kind.OBSERVED), st.sampled_from(Kind), st.sampled_from([Kind.OBSERVED] * 3 + [*Kind])]
)
moments_of_a_case = st.sampled_from([st.just(0), st.integers(0, 3), st.integers(0, 30)])

profile_rules = st.fixed_dictionaries(
    {
        "max_identifiers": st.sampled_from([200, 200, 200, 9, 6, 4, 3, 1]),
        "shared_after": st.sampled_from([5, 3, 2]),
        "device_joins": st.sampled_from([1, 2, 3]),
        "conflicts": st.sampled_from(["latest", "earliest"]),
    }
)
namespace_rules = st.sampled_from(
    [
        {"priority": priority, "max_per_profile": limit}
        for priority in (1, 2, 3)
        for limit in (None, None, 1, 2, 3)
    ]
)


@st.composite
def rules(draw: Draw) -> Rules:
    """Rules with small limits, and priorities that are often equal."""
    namespaces = {name: draw(namespace_rules) | fixed for name, fixed in NAMESPACES.items()}
    return Rules.model_validate({"profile": draw(profile_rules), "namespaces": namespaces})


def unlimited(limited: Rules) -> Rules:
    """The same rules with nothing in them that could refuse a link or leave one out as shared."""
    told = limited.model_dump()
    told["profile"] |= {"max_identifiers": 10_000, "device_joins": 10_000}
    for namespace in told["namespaces"].values():
        namespace["max_per_profile"] = None
    return Rules.model_validate(told)


@st.composite
def links(draw: Draw, linked: list[tuple[str, str]]) -> list[Link]:
    """A link for each pair, each seen at one or two moments, told in two time zones by turns."""
    kinds, moments = draw(kinds_of_a_case), draw(moments_of_a_case)
    made = []
    for (a, b), zone in zip(linked, cycle([UTC, ELSEWHERE]), strict=False):
        first = NOON + timedelta(microseconds=draw(moments))
        last = first + timedelta(microseconds=draw(moments))
        made.append(Link(a, b, draw(kinds), first.astimezone(zone), last.astimezone(zone)))
    return made


def pairs(identifiers: Iterable[str]) -> list[tuple[str, str]]:
    """Every two of them, the lesser first."""
    return list(combinations(sorted(identifiers), 2))


def linked_at_random(identifiers: list[str]) -> st.SearchStrategy[set[tuple[str, str]]]:
    """Pairs that know nothing of each other."""
    return st.sets(st.sampled_from(pairs(identifiers)), max_size=20)


def linked_by_messages(identifiers: list[str]) -> st.SearchStrategy[set[tuple[str, str]]]:
    """Pairs as messages bring them: every two identifiers that one message names."""
    message = st.sets(st.sampled_from(identifiers), min_size=2, max_size=4)
    return st.lists(message, max_size=8).map(
        lambda messages: {pair for named in messages for pair in pairs(named)}
    )


def linked_by_hubs(identifiers: list[str]) -> st.SearchStrategy[set[tuple[str, str]]]:
    """One or two identifiers that were seen with many: a tablet, a kiosk, an office's number."""
    star = st.tuples(
        st.sampled_from(identifiers), st.sets(st.sampled_from(identifiers), min_size=2, max_size=7)
    )
    return st.lists(star, min_size=1, max_size=2).map(
        lambda stars: {
            (min(hub, spoke), max(hub, spoke))
            for hub, spokes in stars
            for spoke in spokes
            if hub != spoke
        }
    )


manners_of_a_case = st.lists(
    st.sampled_from([linked_at_random, linked_by_messages, linked_by_hubs]),
    unique=True,
    min_size=1,
)


@st.composite
def evidence(draw: Draw) -> Evidence:
    """Up to fourteen identifiers, linked in one or more manners, perhaps a few pairs kept apart."""
    count = draw(st.integers(1, 14))
    identifiers = draw(st.permutations(IDENTIFIERS))[:count]
    if count == 1:
        return Evidence(identifiers, [])
    linked = sorted(
        {pair for manner in draw(manners_of_a_case) for pair in draw(manner(identifiers))}
    )
    some = st.sets(st.sampled_from(pairs(identifiers)), min_size=1, max_size=3)
    separations = draw(st.one_of(st.just(set[tuple[str, str]]()), some))
    return Evidence(identifiers, draw(links(linked)), sorted(separations))


def cases() -> st.SearchStrategy[Case]:
    """Evidence, and rules to judge it by."""
    return st.tuples(evidence(), rules())


@st.composite
def reordered(draw: Draw, original: Evidence) -> Evidence:
    """The same evidence, in another order."""
    return Evidence(
        draw(st.permutations(list(original.identifiers))),
        draw(st.permutations(list(original.links))),
        draw(st.permutations(list(original.separations))),
    )


def elsewhere(original: Evidence) -> Evidence:
    """The same evidence about other values: a neighbourhood that has none of the first in it."""
    return Evidence(
        [_renamed(identifier) for identifier in original.identifiers],
        [replace(link, a=_renamed(link.a), b=_renamed(link.b)) for link in original.links],
        [(_renamed(a), _renamed(b)) for a, b in original.separations],
    )


def _renamed(identifier: str) -> str:
    # A suffix keeps the order of any two keys here: none is the beginning of another.
    return f"{identifier}-elsewhere"
