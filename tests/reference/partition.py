"""Who is one person, written from the model's "Evidence and decisions" alone: plain and slow.

Every step bears the number that it has in the model. Nothing here is shared with the service but
the types that go in and come out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from service.identity.evidence import Evidence, Link, Partition, Reason, Refused
from service.identity.rules import Rules

Cluster: TypeAlias = frozenset[str]
Clusters: TypeAlias = frozenset[Cluster]
SortKey: TypeAlias = tuple[int, int, int, tuple[object, ...], tuple[str, str]]

FROM_STRONG_TO_WEAK = ("person", "device", "cookie", "none")
ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def reference_partition(evidence: Evidence, rules: Rules) -> Partition:
    """Partition the identifiers into profiles."""
    # Step 1. Leave out links that touch a shared identifier or a namespace of kind none.
    shared = shared_identifiers(evidence, rules)
    links = [
        link
        for link in evidence.links
        if not any(end in shared or kind_of(end, rules) == "none" for end in ends(link))
    ]
    # Step 2. Sort the other links, strongest first.
    links = sorted(links, key=lambda link: strongest_first(link, rules))
    # Step 3, "People here are …".
    people = people_of(evidence, links, rules)
    users = {
        device: people_who_used(device, links, people)
        for device in evidence.identifiers
        if is_device_or_cookie(device, rules)
    }
    overused = frozenset(
        device for device, used_by in users.items() if len(used_by) > rules.profile.device_joins
    )
    # Step 3. Take them in that order.
    clusters, refused = take(evidence, links, overused, rules)
    # Step 4. Each cluster is a profile. One identifier alone is a profile too.
    return Partition(
        clusters=tuple(sorted(clusters, key=min)),
        refused=tuple(refused),
        shared=shared,
        overused=overused,
    )


# Step 1: which identifiers are shared?


def shared_identifiers(evidence: Evidence, rules: Rules) -> frozenset[str]:
    """Those seen with `shared_after` values of one unique namespace, over any link at all."""
    return frozenset(
        identifier
        for identifier in evidence.identifiers
        for unique in unique_namespaces(rules)
        if len({other for other in seen_with(identifier, evidence) if name_of(other) == unique})
        >= rules.profile.shared_after
    )


def unique_namespaces(rules: Rules) -> set[str]:
    return {name for name, it in rules.namespaces.items() if it.max_per_profile == 1}


def seen_with(identifier: str, evidence: Evidence) -> set[str]:
    return {
        end
        for link in evidence.links
        if identifier in ends(link)
        for end in ends(link)
        if end != identifier
    }


# Step 2: which link is the stronger?


def strongest_first(link: Link, rules: Rules) -> SortKey:
    """The five criteria, one after the other."""
    stronger, weaker = sorted(ends(link), key=lambda end: strength_of_end(end, rules))
    devices = [end for end in ends(link) if is_device_or_cookie(end, rules)]

    # Time is the last time seen, newest first, or the first time seen, oldest first.
    time: timedelta
    if rules.profile.conflicts == "latest":
        time = ANY_MOMENT - link.last_seen
    else:
        time = link.first_seen - ANY_MOMENT
    # Priority: the weaker end's first, then the stronger's.
    priority = (priority_of(weaker, rules), priority_of(stronger, rules))

    # a. By the kind of evidence.
    a = ["MANUAL", "DECLARED", "OBSERVED", "MATCHED"].index(link.kind.name)
    # b. By how many of the two ends are a device or a cookie: none, one, two.
    b = len(devices)
    # c. One whose weaker end is a device before one whose weaker end is a cookie.
    c = FROM_STRONG_TO_WEAK.index(kind_of(weaker, rules))
    # d. With no device or cookie: by priority, then by time; with one or two: by time first.
    d: tuple[object, ...] = (priority, time) if not devices else (time, priority)
    # e. By key, so that there are no ties.
    e = ends(link)
    return a, b, c, d, e


def strength_of_end(identifier: str, rules: Rules) -> tuple[int, int]:
    """An end is stronger than another by its kind, then by its priority."""
    return (
        FROM_STRONG_TO_WEAK.index(kind_of(identifier, rules)),
        priority_of(identifier, rules),
    )


# Step 3: which links join, and which are refused?


def people_of(evidence: Evidence, links: list[Link], rules: Rules) -> Clusters:
    """The clusters as they stand when all links without a device or cookie have been taken."""
    without_devices = [
        link for link in links if not any(is_device_or_cookie(end, rules) for end in ends(link))
    ]
    clusters, _ = take(evidence, without_devices, frozenset(), rules)
    return frozenset(cluster for cluster in clusters if holds_a_person(cluster, rules))


def people_who_used(device: str, links: list[Link], people: Clusters) -> Clusters:
    """A device was used by those that it has a link to."""
    linked = {end for link in links if device in ends(link) for end in ends(link)}
    return frozenset(person for person in people if person & linked)


def take(
    evidence: Evidence, links: list[Link], overused: frozenset[str], rules: Rules
) -> tuple[Clusters, list[Refused]]:
    """Take the links in the order given: each joins two clusters, or is refused."""
    clusters: Clusters = frozenset(frozenset({each}) for each in evidence.identifiers)
    refused = []
    for link in links:
        one = cluster_with(link.a, clusters)
        other = cluster_with(link.b, clusters)
        if one == other:
            continue  # They are one person already: nothing is left to join or to refuse.
        reason = why_not(link, one, other, overused, evidence=evidence, rules=rules)
        if reason is None:
            clusters = (clusters - {one, other}) | {one | other}
        else:
            refused.append(Refused(link, reason))
    return clusters, refused


def why_not(
    link: Link,
    one: Cluster,
    other: Cluster,
    overused: frozenset[str],
    *,
    evidence: Evidence,
    rules: Rules,
) -> Reason | None:
    """The first limit that joining would break, in the order in which the model names them."""
    together = one | other
    # "that would put two separated identifiers together"
    if any(a in together and b in together for a, b in evidence.separations):
        return Reason.SEPARATED
    # "that would … break" what a namespace has for max_per_profile
    if any(breaks_max_per_profile(name, together, rules) for name in rules.namespaces):
        return Reason.MAX_PER_PROFILE
    # "that would … pass max_identifiers"
    if len(together) > rules.profile.max_identifiers:
        return Reason.MAX_IDENTIFIERS
    # "both clusters hold an identifier of kind person, and the link has an end, a device or
    # cookie, that was used by more than device_joins people"
    if (
        holds_a_person(one, rules)
        and holds_a_person(other, rules)
        and any(end in overused for end in ends(link))
    ):
        return Reason.DEVICE_JOINS
    return None


def breaks_max_per_profile(name: str, cluster: Cluster, rules: Rules) -> bool:
    limit = rules.namespaces[name].max_per_profile
    values = {identifier for identifier in cluster if name_of(identifier) == name}
    return limit is not None and len(values) > limit


def cluster_with(identifier: str, clusters: Clusters) -> Cluster:
    [cluster] = [cluster for cluster in clusters if identifier in cluster]
    return cluster


# Identifiers: `namespace:value`, and what the rules say of the namespace.


def ends(link: Link) -> tuple[str, str]:
    return link.a, link.b


def name_of(identifier: str) -> str:
    return identifier.split(":", 1)[0]


def kind_of(identifier: str, rules: Rules) -> str:
    """One that no rule knows is of kind none: it links nobody."""
    namespace = rules.namespaces.get(name_of(identifier))
    return "none" if namespace is None else namespace.kind


def priority_of(identifier: str, rules: Rules) -> int:
    return rules.namespaces[name_of(identifier)].priority


def is_device_or_cookie(identifier: str, rules: Rules) -> bool:
    return kind_of(identifier, rules) in {"device", "cookie"}


def holds_a_person(cluster: Cluster, rules: Rules) -> bool:
    return any(kind_of(identifier, rules) == "person" for identifier in cluster)
