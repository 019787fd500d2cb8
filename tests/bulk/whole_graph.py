"""A whole graph as values that can be compared: everything in it but what chance and clocks give.

A profile is named by its identifiers and an id that an identifier is born with by the profile that
the identifier is in, so graphs whose random ids differ are equal where they mean the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from service.store.graph import Graph

_NODES = """
MATCH (n)
RETURN elementId(n) AS id, labels(n) AS labels, [name IN keys(n) |
  [name, valueType(n[name]), coalesce(toStringOrNull(n[name]), toStringList(n[name]))]
] AS properties
"""
_RELATIONSHIPS = """
MATCH (n)-[r]->(m)
RETURN elementId(n) AS start, type(r) AS type, elementId(m) AS end, [name IN keys(r) |
  [name, valueType(r[name]), coalesce(toStringOrNull(r[name]), toStringList(r[name]))]
] AS properties
"""
# An index that is still filled is told as one of another state.
_AWAIT_INDEXES = "CALL db.awaitIndexes(300)"
_SCHEMA = """
SHOW INDEXES
YIELD name, type, entityType, labelsOrTypes, properties, owningConstraint, state
RETURN name, type, entityType, labelsOrTypes, properties, owningConstraint, state
"""
_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties, createStatement"
_NAMES = "CALL db.propertyKeys() YIELD propertyKey RETURN collect(propertyKey) AS names"
_BY_CHANCE = {
    "Identifier": {"born_as", "stored_at"},
    "Change": {"id", "at"},
    "MigrationLock": {"held_since"},
}


@dataclass(frozen=True, slots=True)
class WholeGraph:
    """What is in a graph, each thing as often as it is there."""

    nodes: Counter[str]
    relationships: Counter[str]
    schema: frozenset[str]
    names: frozenset[str]
    """The names of properties that the database knows."""
    ids: frozenset[tuple[str, str]]
    """The id of each profile, and the id that it should have."""

    def differences(self, other: WholeGraph) -> list[str]:
        """What only one of the two has, for a person to read."""
        found = []
        for mark, one, two in (("only here", self, other), ("only there", other, self)):
            found += [f"{mark}: {each}" for each in (one.nodes - two.nodes)]
            found += [f"{mark}: {each}" for each in (one.relationships - two.relationships)]
            found += [f"{mark}: {each}" for each in one.schema - two.schema]
        return sorted(found)


async def read_whole(graph: Graph) -> WholeGraph:
    """All of a graph."""
    await graph.run(_AWAIT_INDEXES)
    nodes = {row["id"]: row for row in await graph.run(_NODES)}
    relationships = await graph.run(_RELATIONSHIPS)
    properties = {
        id_: {name: value for name, _, value in one["properties"]} for id_, one in nodes.items()
    }
    members: dict[str, list[str]] = {}
    for row in relationships:
        if row["type"] == "IDENTIFIES":
            members.setdefault(row["end"], []).append(row["start"])
    profile_of: dict[str, str] = {}
    born: dict[str, str] = {}
    ids = set()
    for profile, identifiers in members.items():
        name = f"Profile of {sorted(properties[one]['key'] for one in identifiers)}"
        for one in identifiers:
            profile_of[one] = name
            born[properties[one]["born_as"]] = name
        first = min(
            identifiers, key=lambda one: (properties[one]["stored_at"], properties[one]["born_as"])
        )
        ids.add((properties[profile]["id"], properties[first]["born_as"]))
    named = {id_: _named(one, born) for id_, one in nodes.items()}
    schema = [*await graph.run(_SCHEMA), *await graph.run(_CONSTRAINTS)]
    [known] = await graph.run(_NAMES)
    return WholeGraph(
        nodes=Counter(named.values()),
        relationships=Counter(
            str(
                (
                    named[one["start"]],
                    one["type"],
                    sorted(map(str, one["properties"])),
                    # Which of a profile's identifiers bears its id is chance.
                    profile_of[one["end"]] if one["type"] == "ABOUT" else named[one["end"]],
                )
            )
            for one in relationships
        ),
        schema=frozenset(map(str, schema)),
        names=frozenset(known["names"]),
        ids=frozenset(ids),
    )


def _named(node: dict[str, Any], born: dict[str, str]) -> str:
    labels = sorted(node["labels"])
    told = []
    for name, type_, value in node["properties"]:
        if name in _BY_CHANCE.get(labels[-1], ()):
            value = "by chance"  # noqa: PLW2901
        elif (labels, name) == (["Profile"], "id"):
            value = born[value]  # noqa: PLW2901
        elif (labels, name) == (["Change"], "profiles"):
            value = sorted(born[one] for one in value)  # noqa: PLW2901
        told.append([name, type_, value])
    return str([labels, sorted(map(str, told))])
