"""What became of a flood: found, lost, doubled, half merged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from service.store.graph import Graph
from tests.load.checks import check
from tests.load.people import Load
from tests.load.writers import Done

_STORED = (Path(__file__).parent / "cypher" / "stored.cypher").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The graph against what was answered 200; all but `accepted` and `found` should be 0."""

    accepted: int
    found: int
    doubled: int
    """Events that are there twice, or that belong to two."""
    half_merged: int
    """Identifiers in no profile or two, profiles without identifiers, and dead letters."""

    @property
    def lost(self) -> int:
        """What was answered 200 and is not there."""
        return self.accepted - self.found


async def judge(graph: Graph, accepted: Collection[str]) -> Verdict:
    """Count what should not be; to be had also when much is wrong."""
    [row] = await graph.run(_STORED)
    stored = dict(row["events"])
    return Verdict(
        accepted=len(accepted),
        found=len(stored.keys() & set(accepted)),
        doubled=sum(times != 1 for times in stored.values()),
        half_merged=row["torn"] + row["empty"] + row["dead_letters"],
    )


async def check_all(graph: Graph, load: Load) -> None:
    """Hold everything against the load, all of which was accepted."""
    accepted = [one.body["messageId"] for one in load.messages]
    assert await judge(graph, accepted) == Verdict(len(accepted), len(accepted), 0, 0)
    await check(graph, load, Done(new=len(accepted)))
