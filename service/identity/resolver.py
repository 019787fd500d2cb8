"""The decision in the graph: asks for what it needs, decides, and writes what changed.

Everything here happens inside the transaction that brought the new evidence, under the locks of
everything that the decision is about. So after every commit the profiles are what the rule makes of
all the evidence so far.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import uuid_utils

from service import metrics
from service.identity.decision import Change, cause_of, changes, refusals_to_mark, rewiring
from service.identity.evidence import Kind
from service.identity.neighbourhood import Neighbourhood
from service.identity.partition import may_link
from service.identity.rules import Rules, Strength
from service.identity.union import (
    Pair,
    Profile,
    Touched,
    Union,
    groups,
    mixed,
    people_at_most,
    to_look_up,
    unite,
)
from service.store.graph import Transaction
from service.store.moments import from_moment
from service.store.procedures import NoRow, procedure


@dataclass(frozen=True, slots=True)
class _Members:
    members: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Touched:
    moved: bool
    members: list[dict[str, str]]
    profiles: list[dict[str, Any]]
    counts: list[dict[str, Any]]
    users: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Limited:
    limited: list[str]


_TOUCH = procedure("touch_profiles", _Touched)
_COUNT_LIMITED = procedure("count_limited", _Limited)
_UNITE = procedure("unite", NoRow)
_NEIGHBOURHOOD = procedure("neighbourhood", _Members)
_REWIRE = procedure("rewire", NoRow)
_RECORD_CHANGES = procedure("record_changes", NoRow)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a decision is made: new evidence, or other rules."""

    messages: Mapping[Pair, str] = field(default_factory=dict)
    """For each pair, the message that brought it."""
    kinds: Mapping[Pair, Kind] = field(default_factory=dict)
    """For each pair, the strongest kind of what was brought."""
    rules: str | None = None
    """The checksum of the rules, where it is they that changed."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a transaction has recorded before anything is decided."""

    pairs: Collection[Pair]
    """Those that were never seen together before, and those of a contested profile."""
    new: Collection[str]
    """The identifiers that it stored."""
    shared: Collection[str]
    """Of the identifiers in `pairs`, those that are shared."""


async def decide_about(
    transaction: Transaction, brought: Brought, cause: Cause, rules: Rules
) -> None:
    """Bring the profiles in line with what was recorded: the short way where it is plain."""
    linking = [pair for pair in brought.pairs if may_link(*pair, brought.shared, rules)]
    counted = sorted(_counted(brought, rules))
    if not linking and not counted:
        return
    touched = await _touch(transaction, linking, counted, rules)
    crowded = {key for key in counted if touched.values.get(key, 0) >= rules.profile.shared_after}
    nobodys = {key for key in crowded if rules.weakness(key)[0] is Strength.NONE}
    seeds = crowded - nobodys
    unions: list[Union] = []
    for ids, pairs in groups(linking, touched):
        union = unite(ids, pairs, touched, rules)
        if union is None:
            seeds |= {key for pair in pairs for key in pair}
        elif union.gone:
            unions.append(union)
    if unions:
        rows = [_union_row(union, touched, brought, cause) for union in unions]
        await transaction.call(_UNITE, unions=rows)
    if nobodys:
        await transaction.call(_REWIRE, **_NO_REWIRING, shared=sorted(nobodys))
    if seeds:
        await resolve(transaction, seeds, brought.new, cause, rules)


async def resolve(
    transaction: Transaction,
    seeds: Collection[str],
    new: Collection[str],
    cause: Cause,
    rules: Rules,
) -> None:
    """Decide again about the whole neighbourhood of the identifiers `seeds`.

    `new` are the identifiers that this transaction stored.
    """
    there = await _load(transaction, seeds, new, rules)
    shared = there.shared_by(rules)
    decision = there.decide(shared, rules)
    members = there.members
    metrics.NEIGHBOURHOODS.observe(len(members))
    plan = rewiring(members, decision, there.separated())
    marks = refusals_to_mark(there.refused, there.unmarked, decision)
    newly_shared = sorted(shared & members.keys() - there.marked_shared)
    if plan.moved or plan.renamed or plan.contested or marks or newly_shared:
        await transaction.call(
            _REWIRE,
            moved=list(plan.moved),
            retired=list(plan.retired),
            renamed=[{"was": was, "id": id_} for was, id_ in plan.renamed.items()],
            joined=[{"id": id_, "keys": list(keys)} for id_, keys in plan.joined.items()],
            contested=[{"id": id_, "contested": is_} for id_, is_ in plan.contested.items()],
            shared=newly_shared,
            refusals=[{"a": a, "b": b, "reason": reason} for (a, b), reason in marks.items()],
        )
    found = changes(members, plan.profile_of, there.refused, there.links.values(), decision)
    if found:
        for change in found:
            metrics.DECISIONS.labels(change.kind).inc()
        before = {key: member.profile_id for key, member in members.items()}
        here = {
            pair: message_id
            for pair, message_id in cause.messages.items()
            if pair[0] in members or pair[1] in members
        }
        cause = replace(cause, messages=here)
        rows = [_change_row(change, cause, before, plan.profile_of) for change in found]
        await transaction.call(_RECORD_CHANGES, changes=rows)


_NO_REWIRING: dict[str, Any] = {
    name: [] for name in ("moved", "retired", "renamed", "joined", "contested", "refusals")
}


def _counted(brought: Brought, rules: Rules) -> Iterable[str]:
    """Whom a new pair may make shared: one that is not, seen with a value of a unique namespace."""
    for a, b in brought.pairs:
        for end, other in ((a, b), (b, a)):
            if end not in brought.shared and rules.is_unique(other):
                yield end


async def _touch(
    transaction: Transaction, linking: Collection[Pair], counted: list[str], rules: Rules
) -> Touched:
    """Lock the profiles of new pairs, and see what may stand in the way of uniting them."""
    keys = sorted({key for pair in linking for key in pair})
    devices = {mixed(pair, rules) for pair in linking} - {None}
    while True:
        [row] = await transaction.call(
            _TOUCH,
            keys=keys,
            counted=counted,
            devices=sorted(filter(None, devices)),
            people=rules.people,
            limited=rules.limited,
            unique=rules.unique,
            device_joins=rules.profile.device_joins,
        )
        if not row.moved:
            break
    touched = Touched(
        profile_of={one["key"]: one["profile_id"] for one in row.members},
        profiles={
            one["id"]: Profile(
                id=one["id"],
                bearer=one["bearer"],
                contested=one["contested"],
                stored_at=from_moment(one["stored_at"]),
                size=one["size"],
                limited=None if one["limited"] is None else tuple(one["limited"]),
            )
            for one in row.profiles
        },
        values={one["key"]: one["values"] for one in row.counts},
        users={one["key"]: people_at_most(one["users"], one["known"]) for one in row.users},
    )
    for ids, _ in groups(linking, touched):
        for id_, wanted in to_look_up(ids, touched).items():
            limited: tuple[str, ...] = ()
            if wanted:
                [found] = await transaction.call(_COUNT_LIMITED, id=id_, limited=wanted)
                limited = tuple(found.limited)
            touched.profiles[id_] = replace(touched.profiles[id_], limited=limited)
    return touched


async def _load(
    transaction: Transaction, seeds: Collection[str], new: Collection[str], rules: Rules
) -> Neighbourhood:
    """Widen from the seeds until no link that counts leads out. What is loaded is locked."""
    there = Neighbourhood()
    wanted = set(seeds)
    while wanted:
        [loaded] = await transaction.call(_NEIGHBOURHOOD, keys=sorted(wanted))
        for row in loaded.members:
            there.add(row, is_new=row["key"] in new)
        # Who came to another profile while its lock was waited for is asked for once more.
        wanted = (wanted - there.members.keys()) | there.outside(rules)
    return there


def _union_row(union: Union, touched: Touched, brought: Brought, cause: Cause) -> dict[str, Any]:
    old = [
        id_ for id_ in (union.into, *union.gone) if touched.profiles[id_].bearer not in brought.new
    ]
    change = None
    if len(old) > 1:
        crossing = [
            pair
            for pair in union.pairs
            if touched.profile_of[pair[0]] != touched.profile_of[pair[1]]
        ]
        rule = min(cause.kinds[pair] for pair in crossing)
        merged = Change(
            "merged",
            (union.id, *sorted(id_ for id_ in old if id_ != union.id)),
            (),
            rule.name.lower(),
        )
        after = {key: union.id for pair in union.pairs for key in pair}
        change = _change_row(merged, cause, touched.profile_of, after)["node"]
        metrics.DECISIONS.labels(merged.kind).inc()
    return {
        "id": union.id,
        "into": union.into,
        "gone": list(union.gone),
        "new": sorted({key for pair in union.pairs for key in pair} & set(brought.new)),
        "change": change,
    }


def _change_row(
    change: Change, cause: Cause, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "node": {
            "id": str(uuid_utils.uuid7()),
            "kind": change.kind,
            "profiles": list(change.profiles),
            "rule": change.rule,
            "message_id": cause_of(change, cause.messages, before, after),
            "rules": cause.rules,
        },
        "identifiers": [
            {"key": key, "was": before[key], "became": after[key]}
            if change.kind in ("merged", "split")
            else {"key": key}
            for key in change.identifiers
        ],
    }
