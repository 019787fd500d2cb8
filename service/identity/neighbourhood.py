"""A neighbourhood: everything that has a say in which profiles some identifiers are in.

It is widened profile by profile until no link that counts leads out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.identity.decision import Member
from service.identity.evidence import Evidence, Kind, Link, Partition
from service.identity.partition import decide, may_link, shared_identifiers
from service.identity.rules import Rules
from service.store.moments import Moment, from_moment


@dataclass(slots=True)
class Neighbourhood:
    """What the graph says of it, as far as it is loaded."""

    members: dict[str, Member] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    separations: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    """The links that are marked as refused, with the reason."""
    unmarked: set[tuple[str, str]] = field(default_factory=set)
    """The links with evidence of a kind that is not marked."""
    shared: set[str] = field(default_factory=set)
    """Who is shared, members or not, as far as is known before the links are counted."""
    marked_shared: set[str] = field(default_factory=set)
    """Members that are marked as shared."""
    trusts_marks: bool = True
    """Whether who is marked as shared is; not so while other rules may have marked them."""
    _to_follow: list[tuple[str, str]] = field(default_factory=list)
    """Links that nobody has looked along yet: all of them each time would be most of the work."""

    def add(self, row: Mapping[str, Any], *, is_new: bool = False) -> None:
        """Take in one identifier, as `neighbourhood` and `survey` give it."""
        key = row["key"]
        self.members[key] = Member(
            key=key,
            born_as=row["born_as"],
            stored_at=from_moment(row["stored_at"]),
            profile_id=row["profile_id"],
            contested=row["contested"],
            is_new=is_new,
        )
        if row["shared"]:
            self.shared.add(key)
        if row["marked_shared"]:
            self.marked_shared.add(key)
        for link in row["links"]:
            self._add_link(key, *link)
        for other in row["separated"]:
            self.separations.add((min(key, other), max(key, other)))

    def outside(self, rules: Rules) -> set[str]:
        """Whom links that count lead to, and who is not loaded yet; each is told once."""
        following, self._to_follow = self._to_follow, []
        return {
            end
            for pair in following
            for end in pair
            if end not in self.members and may_link(*pair, self.shared, rules)
        }

    def separated(self) -> set[str]:
        """The members of whom somebody said that they are not one person with somebody else."""
        return {key for pair in self.separations for key in pair if key in self.members}

    def shared_by(self, rules: Rules) -> frozenset[str]:
        """Who is shared, by what is known of them and by the links that are loaded."""
        return frozenset(self.shared | shared_identifiers(self.links.values(), rules))

    def decide(self, shared: frozenset[str], rules: Rules) -> Partition:
        """What the rule makes of it."""
        evidence = Evidence(self.members.keys(), self.links.values(), self.separations)
        return decide(evidence, shared, rules)

    def _add_link(
        self,
        key: str,
        other: str,
        other_shared: bool,
        kind_name: str,
        refused: str | None,
        first: Moment,
        last: Moment,
    ) -> None:
        """Evidence of several kinds for one pair is one link."""
        a, b = min(key, other), max(key, other)
        if other_shared and self.trusts_marks:
            self.shared.add(other)
        link = Link(a, b, Kind[kind_name.upper()], from_moment(first), from_moment(last))
        known = self.links.get((a, b))
        if known is None:
            self._to_follow.append((a, b))
        self.links[a, b] = link if known is None else known | link
        if refused is None:
            self.unmarked.add((a, b))
        else:
            self.refused[a, b] = refused
