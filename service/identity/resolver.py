"""The decision in the graph: asks for a neighbourhood, decides about it, and writes what changed.

Everything here happens inside the transaction that brought the new evidence, under the locks of
all identifiers that the decision is about. So after every commit the profiles are what the rule
makes of all the evidence so far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import uuid_utils

from service.identity.decision import Change, Member, cause_of, changes, refusals_to_mark, rewiring
from service.identity.neighbourhood import Neighbourhood
from service.identity.rules import Rules, Strength
from service.store.graph import Transaction
from service.store.procedures import NoRow, procedure


@dataclass(frozen=True, slots=True)
class _Members:
    members: list[dict[str, Any]]


_NEIGHBOURHOOD = procedure("neighbourhood", _Members)
_REWIRE = procedure("rewire", NoRow)
_RECORD_CHANGES = procedure("record_changes", NoRow)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a decision is made: new evidence, for each link the message that brought it; or rules."""

    messages: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rules: str | None = None
    """The checksum of the rules, where it is they that changed."""


async def resolve(
    transaction: Transaction,
    seeds: Collection[str],
    new: Collection[str],
    cause: Cause,
    rules: Rules,
) -> list[Change]:
    """Decide again about the neighbourhood of the identifiers `seeds`, whose evidence has changed.

    `new` are the identifiers that this transaction stored.
    """
    there = await _load(transaction, seeds, new, rules)
    shared = there.shared_by(rules)
    decision = there.decide(shared, rules)
    members = there.members
    plan = rewiring(members, decision)
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
        await _remember(transaction, found, cause, members, plan.profile_of)
    return found


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
        wanted = there.outside(rules)
    return there


async def _remember(
    transaction: Transaction,
    found: list[Change],
    cause: Cause,
    members: Mapping[str, Member],
    profile_of: Mapping[str, str],
) -> None:
    rows = [
        {
            "node": {
                "id": str(uuid_utils.uuid7()),
                "kind": change.kind,
                "profiles": list(change.profiles),
                "rule": change.rule,
                "message_id": cause_of(change, cause.messages, members, profile_of),
                "rules": cause.rules,
            },
            "identifiers": [
                {"key": key, "was": members[key].profile_id, "became": profile_of[key]}
                if change.kind in ("merged", "split")
                else {"key": key}
                for key in change.identifiers
            ],
        }
        for change in found
    ]
    await transaction.call(_RECORD_CHANGES, changes=rows)


def may_change(a: str, b: str, shared: Collection[str], rules: Rules) -> list[str]:
    """Of a link's two ends, those about which it can change a decision."""
    return [
        key for key in (a, b) if key not in shared and rules.weakness(key)[0] is not Strength.NONE
    ]
