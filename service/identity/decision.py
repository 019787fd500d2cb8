"""From what is decided now and what was decided before to what has to be written. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.identity.evidence import Link, Partition, Reason


@dataclass(frozen=True, slots=True)
class Member:
    """An identifier as the graph has it now."""

    key: str
    born_as: str
    stored_at: datetime
    profile_id: str
    contested: bool
    is_new: bool = False
    """Whether this very transaction stored it."""


@dataclass(frozen=True, slots=True)
class Rewiring:
    """What brings the profiles in line with a decision: the parameters of `rewire`."""

    moved: tuple[str, ...]
    retired: tuple[str, ...]
    renamed: Mapping[str, str]
    joined: Mapping[str, tuple[str, ...]]
    contested: Mapping[str, bool]
    profile_of: Mapping[str, str]
    """Every identifier's profile afterwards."""


@dataclass(frozen=True, slots=True)
class Change:
    """One decision about who is who, as it is remembered."""

    kind: str
    """merged, split, refused, or accepted: a refusal that no longer holds."""
    profiles: tuple[str, ...]
    """The ids concerned; of a merge first the one that is left, of a split the one there was."""
    identifiers: tuple[str, ...]
    """Of a merge or split those whose profile has another id now; else the two ends of the link."""
    rule: str | None = None
    """Of a merge the strongest kind of evidence that joined; else the limit that was met."""


def rewiring(
    members: Mapping[str, Member], decision: Partition, separated: Collection[str] = ()
) -> Rewiring:
    """Plan the fewest moves: each cluster keeps the profile that most of it is already in.

    A profile bears the id of that one of its identifiers which was stored first. It is contested
    where the order of links, or one of the `separated`, has a say in who joins it.
    """
    ids = {cluster: _id(members[key] for key in cluster) for cluster in decision.clusters}
    nodes = _nodes(members, decision.clusters)
    touched = {end for refused in decision.refused for end in (refused.link.a, refused.link.b)}
    touched |= {*decision.overused, *separated}
    was_contested = {one.profile_id: one.contested for one in members.values()}
    moved: list[str] = []
    joined: dict[str, tuple[str, ...]] = {}
    contested: dict[str, bool] = {}
    for cluster, id_ in ids.items():
        node = nodes.get(cluster)
        joining = tuple(sorted(key for key in cluster if members[key].profile_id != node))
        if joining:
            joined[id_] = joining
            moved += joining
        is_contested = not touched.isdisjoint(cluster)
        if is_contested != (node is not None and was_contested[node]):
            contested[id_] = is_contested
    kept = set(nodes.values())
    return Rewiring(
        moved=tuple(moved),
        retired=tuple(sorted(was_contested.keys() - kept)),
        renamed={node: ids[cluster] for cluster, node in nodes.items() if node != ids[cluster]},
        joined=joined,
        contested=contested,
        profile_of={key: id_ for cluster, id_ in ids.items() for key in cluster},
    )


def changes(
    members: Mapping[str, Member],
    after: Mapping[str, str],
    refused_before: Mapping[tuple[str, str], str],
    links: Collection[Link],
    decision: Partition,
) -> list[Change]:
    """What is worth remembering of a decision. New identifiers say themselves that they are new."""
    before: dict[str, set[str]] = defaultdict(set)
    now: dict[str, set[str]] = defaultdict(set)
    for key, member in members.items():
        if not member.is_new:
            before[member.profile_id].add(key)
            now[after[key]].add(key)
    found = []
    for id_, keys in sorted(now.items()):
        came_from = {members[key].profile_id for key in keys}
        if len(came_from) > 1:
            others = tuple(sorted(came_from - {id_}))
            concerned = tuple(sorted(key for key in keys if members[key].profile_id != id_))
            rule = min(
                link.kind
                for link in links
                if after.get(link.a) == after.get(link.b) == id_
                and members[link.a].profile_id != members[link.b].profile_id
            )
            found.append(Change("merged", (id_, *others), concerned, rule.name.lower()))
    for id_, keys in sorted(before.items()):
        went_to = {after[key] for key in keys}
        if len(went_to) > 1:
            others = tuple(sorted(went_to - {id_}))
            concerned = tuple(sorted(key for key in keys if after[key] != id_))
            apart = (
                refused.reason
                for refused in decision.refused
                if keys >= {refused.link.a, refused.link.b}
            )
            found.append(Change("split", (id_, *others), concerned, next(apart, None)))
    refused_now = {(r.link.a, r.link.b): r.reason for r in decision.refused}
    for pair in sorted(refused_now.keys() | refused_before.keys()):
        if refused_now.get(pair) != refused_before.get(pair):
            kind = "refused" if pair in refused_now else "accepted"
            profiles = tuple(sorted({after[key] for key in pair if key in after}))
            found.append(Change(kind, profiles, pair, refused_now.get(pair)))
    return found


def cause_of(
    change: Change,
    messages: Mapping[tuple[str, str], str],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> str | None:
    """The message that brought a change about, of those that brought evidence with it.

    That of the very link, where the change is about one; else that of a link which now holds two
    profiles together; else that of any link of the profiles concerned.
    """
    touching = None
    for pair, message_id in sorted(messages.items()):
        if pair == change.identifiers:
            return message_id
        ends = [key for key in pair if key in after]
        met = {after[key] for key in ends}
        if met.isdisjoint(change.profiles):
            continue
        came_from = {before[key] for key in ends}
        if change.kind == "merged" and len(met) == 1 and len(came_from) > 1:
            return message_id
        touching = message_id
    return touching


def refusals_to_mark(
    refused_before: Mapping[tuple[str, str], str],
    unmarked: Collection[tuple[str, str]],
    decision: Partition,
) -> dict[tuple[str, str], Reason | None]:
    """The links whose mark has to change, with the reason that holds now, if any.

    A pair may be in both `refused_before` and `unmarked`: evidence of a new kind has come.
    """
    now = {(r.link.a, r.link.b): r.reason for r in decision.refused}
    return {
        pair: now.get(pair)
        for pair in sorted(now.keys() | refused_before.keys())
        if now.get(pair) != refused_before.get(pair) or (pair in now and pair in unmarked)
    }


def _id(members: Iterable[Member]) -> str:
    return min(members, key=lambda one: (one.stored_at, one.born_as)).born_as


def _nodes(
    members: Mapping[str, Member], clusters: Iterable[frozenset[str]]
) -> dict[frozenset[str], str]:
    """Which existing profile each cluster keeps: the one with the most of its members in it."""
    overlaps = [
        (-count, profile_id, cluster)
        for cluster in clusters
        for profile_id, count in Counter(members[key].profile_id for key in cluster).items()
    ]
    overlaps.sort(key=lambda overlap: (*overlap[:2], min(overlap[2])))
    nodes: dict[frozenset[str], str] = {}
    taken: set[str] = set()
    for _, profile_id, cluster in overlaps:
        if cluster not in nodes and profile_id not in taken:
            nodes[cluster] = profile_id
            taken.add(profile_id)
    return nodes
