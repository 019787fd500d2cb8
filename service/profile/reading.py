"""One person, read from the graph in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from service.profile.merge import ConsentSaid, MergedTrait, Said, merge_traits
from service.store.graph import Graph
from service.store.moments import from_moment
from service.store.procedures import procedure
from service.store.properties import from_value


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The columns of `profile`."""

    id: str
    former_ids: list[str]
    first_seen: datetime
    last_seen: datetime
    identifiers: list[dict[str, Any]]
    traits: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    consents: list[dict[str, Any]]

    def keys(self) -> list[str]:
        """The keys of its identifiers."""
        return [identifier["key"] for identifier in self.identifiers]

    def said_consents(self) -> list[ConsentSaid]:
        """Every yes and no on record."""
        return [ConsentSaid(**row) for row in self.consents]

    @classmethod
    def of(cls, person: dict[str, Any]) -> Self:
        """From what `tell_person` tells, with times in the place of moments."""
        _put_times([person], "first_seen", "last_seen")
        _put_times(person["identifiers"], "first_seen", "last_seen")
        _put_times(person["traits"], "at")
        for account in person["accounts"]:
            _put_times(account["traits"], "at")
        _put_times(person["consents"], "first_at", "at")
        return cls(**person)


@dataclass(frozen=True, slots=True)
class _Person:
    person: dict[str, Any]


def _put_times(rows: Iterable[dict[str, Any]], *names: str) -> None:
    for row in rows:
        for name in names:
            row[name] = from_moment(row[name])


_PERSON = procedure("person", _Person)


def merged_traits(rows: Iterable[Mapping[str, Any]]) -> list[MergedTrait]:
    """Traits, each with the value that won, from the ranked rows of a person or an account."""
    return merge_traits(
        Said(
            row["name"],
            from_value(row["value"], row["value_json"]),
            row["source"],
            row["at"],
            row["policy"],
        )
        for row in rows
    )


async def read_profile(graph: Graph, identifier: str) -> ProfileRow | None:
    """The profile of an identifier's key, or of any id that it ever had; None if there is none."""
    rows = await graph.read(_PERSON, identifier=identifier)
    return ProfileRow.of(rows[0].person) if rows else None
