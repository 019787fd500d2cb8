"""The rule: which identifiers are one person. A pure function of the evidence and the rules.

The same evidence gives the same profiles, whatever the order, the retries and the concurrency
in which it came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.identity.evidence import Evidence, Link, Partition, Reason, Refused
from service.identity.rules import Namespace, Rules, Strength, namespace_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def partition(evidence: Evidence, rules: Rules) -> Partition:
    """Decide who is who from everything that is known."""
    return decide(evidence, shared_identifiers(evidence.links, rules), rules)


def decide(evidence: Evidence, shared: frozenset[str], rules: Rules) -> Partition:
    """Decide who is who in a neighbourhood, of which it is already known who is shared.

    Links that touch a shared identifier or a namespace of kind `none` are left out; the others
    are taken strongest first, and each joins two clusters unless a limit forbids it.
    """
    links = [link for link in evidence.links if may_link(link.a, link.b, shared, rules)]
    links.sort(key=lambda link: _strongest_first(link, rules))
    keys = {*evidence.identifiers, *(end for link in links for end in (link.a, link.b))}
    people = _Clusters(keys, evidence.separations, rules)
    for link in links:
        if not _is_device(link.a, rules) and not _is_device(link.b, rules):
            people.join(link)
    overused = _used_by_too_many(links, people, rules)
    clusters = _Clusters(keys, evidence.separations, rules, overused)
    refused = [
        Refused(link, reason) for link in links if (reason := clusters.join(link)) is not None
    ]
    return Partition(
        clusters=tuple(sorted(map(frozenset, clusters.members()), key=sorted)),
        refused=tuple(refused),
        shared=shared,
        overused=overused,
    )


def shared_identifiers(links: Iterable[Link], rules: Rules) -> frozenset[str]:
    """The identifiers seen with `shared_after` or more values of one unique namespace."""
    unique = frozenset(rules.unique)
    seen_with: dict[tuple[str, str], set[str]] = defaultdict(set)
    for link in links:
        for end, other in ((link.a, link.b), (link.b, link.a)):
            namespace = namespace_of(other)
            if namespace in unique:
                seen_with[end, namespace].add(other)
    return frozenset(
        end for (end, _), values in seen_with.items() if len(values) >= rules.profile.shared_after
    )


@dataclass(slots=True)
class _Cluster:
    members: list[str]
    namespaces: Counter[str]
    has_person: bool
    separated_from: set[str] = field(default_factory=set)

    def absorb(self, other: _Cluster) -> None:
        self.members += other.members
        self.namespaces.update(other.namespaces)
        self.has_person = self.has_person or other.has_person
        self.separated_from |= other.separated_from


def _used_by_too_many(links: Iterable[Link], people: _Clusters, rules: Rules) -> frozenset[str]:
    """Devices and cookies with a link to more people than `device_joins`."""
    users: dict[str, set[int]] = defaultdict(set)
    for link in links:
        for end, other in ((link.a, link.b), (link.b, link.a)):
            if _is_device(end, rules) and not _is_device(other, rules):
                users[end].add(id(people.of[other]))
    return frozenset(
        device for device, used_by in users.items() if len(used_by) > rules.profile.device_joins
    )


class _Clusters:
    """Clusters that only grow; the smaller one is always the one that moves."""

    def __init__(
        self,
        keys: Iterable[str],
        separations: Iterable[tuple[str, str]],
        rules: Rules,
        overused: frozenset[str] = frozenset(),
    ) -> None:
        self.of = {
            key: _Cluster(
                [key],
                Counter((namespace_of(key),)),
                has_person=rules.weakness(key)[0] is Strength.PERSON,
            )
            for key in keys
        }
        for a, b in separations:
            if a in self.of and b in self.of:
                self.of[a].separated_from.add(b)
                self.of[b].separated_from.add(a)
        self._max_identifiers = rules.profile.max_identifiers
        self._namespaces: Mapping[str, Namespace] = rules.namespaces
        self._overused = overused

    def join(self, link: Link) -> Reason | None:
        """Join the clusters of the link's ends, or say what forbids it."""
        one, other = self.of[link.a], self.of[link.b]
        if one is other:
            return None
        if len(one.members) < len(other.members):
            one, other = other, one
        if reason := self._forbids(one, other, link):
            return reason
        one.absorb(other)
        for member in other.members:
            self.of[member] = one
        return None

    def members(self) -> list[list[str]]:
        return list({id(c): c.members for c in self.of.values()}.values())

    def _forbids(self, large: _Cluster, small: _Cluster, link: Link) -> Reason | None:
        if any(member in large.separated_from for member in small.members):
            return Reason.SEPARATED
        for namespace, count in small.namespaces.items():
            limit = self._limit(namespace)
            if limit is not None and count + large.namespaces[namespace] > limit:
                return Reason.MAX_PER_PROFILE
        if len(large.members) + len(small.members) > self._max_identifiers:
            return Reason.MAX_IDENTIFIERS
        if (
            large.has_person
            and small.has_person
            and (link.a in self._overused or link.b in self._overused)
        ):
            return Reason.DEVICE_JOINS
        return None

    def _limit(self, namespace: str) -> int | None:
        known = self._namespaces.get(namespace)
        return known.max_per_profile if known else None


def _strongest_first(link: Link, rules: Rules) -> tuple[object, ...]:
    """The order in which links are taken: model.md, "Evidence and decisions", step 2."""
    (strong, strong_priority), (weak, weak_priority) = sorted(
        (rules.weakness(link.a), rules.weakness(link.b))
    )
    priority = (weak_priority, strong_priority)
    if rules.profile.conflicts == "latest":
        time = -(link.last_seen - _EPOCH)
    else:
        time = link.first_seen - _EPOCH
    devices = (strong is not Strength.PERSON) + (weak is not Strength.PERSON)
    then = (time, *priority) if devices else (*priority, time)
    return (link.kind, devices, weak, *then, link.a, link.b)


def _is_device(key: str, rules: Rules) -> bool:
    return rules.weakness(key)[0] in (Strength.DEVICE, Strength.COOKIE)


def may_link(a: str, b: str, shared: Collection[str], rules: Rules) -> bool:
    """Whether evidence for a pair counts: not with a shared end, nor one of kind `none`."""
    return (
        a not in shared
        and b not in shared
        and rules.weakness(a)[0] is not Strength.NONE
        and rules.weakness(b)[0] is not Strength.NONE
    )
