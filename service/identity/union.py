"""The short way: where nothing is contested, whoever was seen together is simply one profile. Pure.

Then a decision need not look at the evidence that there is already: its cost is that of the smaller
profiles, not of the largest. Whatever is not plainly simple is decided the long way, in
`service.identity.resolver`; what that would say here is what is said here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.identity.components import connected_components
from service.identity.rules import Rules, Strength

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile before the decision; `bearer` is the identifier born with its id."""

    id: str
    bearer: str
    contested: bool
    stored_at: datetime
    size: int
    limited: tuple[str, ...] | None
    """Of each identifier in a namespace with a limit, the namespace; None where not looked up."""


@dataclass(frozen=True, slots=True)
class Union:
    """Profiles that become one: `gone` join `into`, which bears `id` from then on."""

    id: str
    into: str
    gone: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """What new pairs of identifiers touch, all of them under lock."""

    profile_of: Mapping[str, str]
    profiles: dict[str, Profile]
    values: Mapping[str, int]
    """With how many values of one unique namespace an identifier was seen, where that may matter.
    """
    users: Mapping[str, int]
    """By how many people at most a device or cookie was used."""


def groups(pairs: Collection[Pair], there: Touched) -> list[tuple[frozenset[str], list[Pair]]]:
    """The profiles that new pairs bring together, with those pairs."""
    met = ((there.profile_of[a], there.profile_of[b]) for a, b in pairs)
    found: list[tuple[frozenset[str], list[Pair]]] = [
        (frozenset(ids), []) for ids in connected_components(there.profiles, met)
    ]
    pairs_of = {id_: theirs for ids, theirs in found for id_ in ids}
    for pair in pairs:
        pairs_of[there.profile_of[pair[0]]].append(pair)
    return found


def unite(
    ids: Collection[str], pairs: Collection[Pair], there: Touched, rules: Rules
) -> Union | None:
    """One profile of some, where the rule cannot say anything else; None where it might.

    It cannot while there is no limit that could be met and no device that is overused: then every
    link is taken, in whatever order.
    """
    profiles = [there.profiles[id_] for id_ in ids]
    ends = {key for pair in pairs for key in pair}
    if (
        any(one.contested for one in profiles)
        or sum(one.size for one in profiles) > rules.profile.max_identifiers
        or any(there.values.get(key, 0) >= rules.profile.shared_after for key in ends)
        or any(there.users.get(key, 0) > rules.profile.device_joins for key in ends)
        or _over_a_limit(profiles, rules)
    ):
        return None
    into = max(profiles, key=lambda one: (one.size, one.id))
    oldest = min(profiles, key=lambda one: (one.stored_at, one.id))
    gone = tuple(sorted(one.id for one in profiles if one is not into))
    return Union(oldest.id, into.id, gone, tuple(pairs))


def to_look_up(ids: Collection[str], there: Touched) -> dict[str, list[str]]:
    """The profiles whose namespaces have to be counted first, each with those that matter."""
    profiles = [there.profiles[id_] for id_ in ids]
    unknown = [one for one in profiles if one.limited is None]
    if len(profiles) == 1 or not unknown:
        return {}
    wanted = {name for one in profiles for name in one.limited or ()}
    # Of two that are large, either may hold anything.
    return {one.id: sorted(wanted) for one in unknown} if len(unknown) == 1 else {}


def _over_a_limit(profiles: Collection[Profile], rules: Rules) -> bool:
    if len(profiles) == 1:
        return False
    counts: Counter[str] = Counter()
    for one in profiles:
        if one.limited is None:
            return True
        counts.update(one.limited)
    return any(
        count > (rules.namespace(name).max_per_profile or count) for name, count in counts.items()
    )


def people_at_most(users: Iterable[str], known: Iterable[Pair]) -> int:
    """How many people some identifiers are at most, by the links among these alone."""
    return len(connected_components(users, known))


def mixed(pair: Pair, rules: Rules) -> str | None:
    """The device or cookie of a pair whose other end is somebody's; None of any other pair."""
    devices = [key for key in pair if rules.weakness(key)[0] in (Strength.DEVICE, Strength.COOKIE)]
    return devices[0] if len(devices) == 1 else None
