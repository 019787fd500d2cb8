"""How the graph stands: who is who, and what was refused, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.store.graph import Graph

_STANDING = (Path(__file__).parent / "cypher" / "standing.cypher").read_text(encoding="utf-8")


@dataclass(slots=True)
class Standing:
    """Profiles by id; who is shared; refused pairs with their reason; contested profiles."""

    profiles: dict[str, set[str]]
    shared: set[str]
    refused: dict[tuple[str, str], str]
    contested: set[str]
    stored: dict[str, tuple[datetime, str]]
    """When each identifier was stored, and as what it was born."""
    acted_at: dict[str, datetime]
    """When a link was made by hand, by its change."""


async def standing(graph: Graph) -> Standing:
    """Read all of it, and make sure that every identifier is in exactly one profile."""
    [row] = await graph.run(_STANDING)
    refused: dict[tuple[str, str], str] = {}
    for a, b, reason in row["refused"]:
        assert refused.setdefault((a, b), reason) == reason
    assert row["half_marked"] == []
    keys = [key for _, members, _ in row["profiles"] for key in members]
    assert sorted(keys) == sorted(key for key, *_ in row["identifiers"])
    return Standing(
        profiles={id_: set(members) for id_, members, _ in row["profiles"]},
        shared={key for key, shared, _, _ in row["identifiers"] if shared},
        refused=refused,
        contested={id_ for id_, _, contested in row["profiles"] if contested},
        stored={
            key: (stored_at.to_native(), born_as)
            for key, _, stored_at, born_as in row["identifiers"]
        },
        acted_at={change_id: at.to_native() for change_id, at in row["acted_at"]},
    )
