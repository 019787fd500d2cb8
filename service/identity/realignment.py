"""Bringing the whole graph in line with changed rules: `knoop resolve`.

The profiles are surveyed page by page, without locks, and what the rules make of each neighbourhood
is compared with what is there. Only where that differs is it decided again, one neighbourhood a
transaction, under the same locks as a message. So messages keep coming, a run that was interrupted
goes on where it was, and a run that was not needed writes nothing but that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.identity.components import connected_components
from service.identity.decision import Member, refusals_to_mark, rewiring
from service.identity.neighbourhood import Neighbourhood
from service.identity.partition import may_link
from service.identity.publishing import checksum, publish
from service.identity.resolver import Cause, resolve
from service.identity.rules import Rules
from service.store.graph import Graph, Transaction
from service.store.procedures import NoRow, procedure

PAGE = 500
_LARGEST = 10


@dataclass(frozen=True, slots=True)
class _Page:
    last: str | None
    profiles: int
    members: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Members:
    members: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Freed:
    freed: list[str]


@dataclass(frozen=True, slots=True)
class _Standing:
    checksum: str | None
    in_line_up_to: str | None
    profiles: int


_SURVEY = procedure("survey", _Page)
_SURVEY_OF = procedure("survey_of", _Members)
_RECOUNT = procedure("recount_shared", _Freed)
_PROGRESS = procedure("rules_progress", NoRow)
_STANDING = procedure("rules_standing", _Standing)


@dataclass(frozen=True, slots=True)
class Difference:
    """A neighbourhood that the rules make something else of than is there.

    `before` and `after` give the number of identifiers of each of its profiles, by id.
    """

    before: dict[str, int]
    after: dict[str, int]
    merging: int
    """Profiles of which identifiers come together with those of others."""
    splitting: int
    """Profiles that fall apart."""
    changing: int
    """Profiles with other identifiers afterwards: they merge, split, or both."""
    keys: frozenset[str]


@dataclass(slots=True)
class Report:
    """What a change of rules does, or did, to the profiles."""

    profiles: int = 0
    """How many were looked at."""
    merging: int = 0
    splitting: int = 0
    changing: int = 0
    marked: int = 0
    """Neighbourhoods where only marks change: who is shared, which links are refused and why."""
    largest: list[Difference] = field(default_factory=list)
    """Those with the most identifiers."""

    def add(self, difference: Difference) -> None:
        """Count one neighbourhood."""
        self.merging += difference.merging
        self.splitting += difference.splitting
        self.changing += difference.changing
        if not difference.changing:
            self.marked += 1
            return
        self.largest.append(difference)
        self.largest.sort(key=lambda one: (-len(one.keys), min(one.keys)))
        del self.largest[_LARGEST:]


async def realign(
    graph: Graph,
    rules: Rules,
    *,
    dry_run: bool,
    on_page: Callable[[int, int], None],
) -> Report:
    """Bring every profile in line with the rules, or say what that would change.

    `on_page` is told how many profiles are done, and of how many.

    Raises:
        UnavailableError: the database is away; what was done is kept, and the next run goes on.
    """
    if not dry_run:
        await publish(graph, rules)
    [standing] = await graph.read(_STANDING)
    after = "" if dry_run else standing.in_line_up_to or ""
    surveyor = _Surveyor(graph, rules)
    report = Report()
    while True:
        page = await surveyor.page(after)
        if page is None or page.last is None:
            break
        for difference in surveyor.differences(page, after):
            if not dry_run:
                await _settle(graph, difference, rules)
            report.add(difference)
        after = page.last
        report.profiles += page.profiles
        on_page(report.profiles, max(standing.profiles, report.profiles))
        if not dry_run:
            await graph.write(_PROGRESS, checksum=checksum(rules), after=after)
    if not dry_run:
        await graph.write(_PROGRESS, checksum=checksum(rules), after=None)
    return report


@dataclass(frozen=True, slots=True)
class _Surveyed:
    there: Neighbourhood
    profiles: int
    last: str | None


class _Surveyor:
    """Reads the graph page by page, each widened until no link that counts leads out of it."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self._graph = graph
        self._rules = rules
        self._given = {
            "unique": rules.unique,
            "shared_after": rules.profile.shared_after,
        }
        # Met again on every other page; not counted again each time.
        self._shared: set[str] = set()

    async def page(self, after: str) -> _Surveyed | None:
        """The next profiles and their neighbourhoods; None after the last."""
        [page] = await self._graph.read(_SURVEY, after=after, size=PAGE, **self._given)
        if not page.profiles:
            return None
        there = Neighbourhood(shared=set(self._shared), trusts_marks=False)
        for row in page.members:
            there.add(row)
        there.shared |= there.shared_by(self._rules)
        while wanted := there.outside(self._rules):
            [loaded] = await self._graph.read(_SURVEY_OF, keys=sorted(wanted), **self._given)
            for row in loaded.members:
                there.add(row)
            there.shared |= there.shared_by(self._rules)
            missing = wanted - there.members.keys()
            for pair in [pair for pair in there.links if not missing.isdisjoint(pair)]:
                del there.links[pair]  # Erased between one look and the next.
        self._shared |= there.shared
        return _Surveyed(there, page.profiles, page.last)

    def differences(self, page: _Surveyed, after: str) -> Iterator[Difference]:
        """The neighbourhoods that differ, but for those that an earlier page has had."""
        there = page.there
        decision = there.decide(frozenset(there.shared), self._rules)
        plan = rewiring(there.members, decision, there.separated())
        marks = refusals_to_mark(there.refused, there.unmarked, decision)
        different = {key for pair in marks for key in pair}
        different |= there.members.keys() & (there.shared ^ there.marked_shared)
        different |= {
            key
            for key, one in there.members.items()
            if plan.profile_of[key] != one.profile_id or plan.profile_of[key] in plan.contested
        }
        for keys in _neighbourhoods(there, self._rules):
            is_first_met = min(there.members[key].profile_id for key in keys) > after
            if is_first_met and not different.isdisjoint(keys):
                yield _difference(keys, there.members, plan.profile_of)


def _difference(
    keys: Collection[str], members: Mapping[str, Member], became: Mapping[str, str]
) -> Difference:
    before, after = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for key in keys:
        before[members[key].profile_id].add(key)
        after[became[key]].add(key)
    sets = set(map(frozenset, after.values()))
    came_from = [{members[key].profile_id for key in cluster} for cluster in after.values()]
    return Difference(
        before={id_: len(cluster) for id_, cluster in before.items()},
        after={id_: len(cluster) for id_, cluster in after.items()},
        merging=len({id_ for ids in came_from if len(ids) > 1 for id_ in ids}),
        splitting=sum(len({became[key] for key in cluster}) > 1 for cluster in before.values()),
        changing=sum(frozenset(cluster) not in sets for cluster in before.values()),
        keys=frozenset(keys),
    )


def _neighbourhoods(there: Neighbourhood, rules: Rules) -> list[list[str]]:
    """Who is held together by a profile, or by a link that counts."""
    first: dict[str, str] = {}
    in_profile = [
        (key, first.setdefault(one.profile_id, key)) for key, one in there.members.items()
    ]
    counting = [pair for pair in there.links if may_link(*pair, there.shared, rules)]
    return connected_components(there.members, in_profile + counting)


async def _settle(graph: Graph, difference: Difference, rules: Rules) -> None:
    """Decide about one neighbourhood again, from what it is by now."""
    keys = sorted(difference.keys)

    async def work(transaction: Transaction) -> None:
        [recounted] = await transaction.call(_RECOUNT, keys=keys)
        seeds = {*keys, *recounted.freed}
        await resolve(transaction, seeds, set(), Cause(rules=checksum(rules)), rules)

    await graph.transact(work)
