"""What is remembered says who everybody was at any time, and leaves no change out."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from service.identity.history import read_past
from service.identity.rules import Rules
from service.store.graph import Graph
from tests.cleaning import clean
from tests.properties import acts as taken
from tests.properties.standing import standing
from tests.seeding import add_web_source

_MOVES = (Path(__file__).parent / "cypher" / "moves.cypher").read_text(encoding="utf-8")


async def _now(graph: Graph) -> datetime:
    [row] = await graph.run("RETURN datetime.realtime() AS now")
    now: datetime = row["now"].to_native()
    return now


async def _check_the_past(
    graph: Graph, snapshots: list[tuple[datetime, dict[str, set[str]]]]
) -> None:
    _, today = snapshots[-1]
    today_of = {key: id_ for id_, keys in today.items() for key in keys}
    for at, profiles in snapshots:
        there = {key: id_ for id_, keys in profiles.items() for key in keys}
        for key, id_now in today_of.items():
            past = await read_past(graph, key, at)
            if key not in there:
                assert past is None, (key, at)
            else:
                assert past is not None, (key, at)
                assert past.profile_id == there[key]
                assert past.identifiers == sorted(profiles[there[key]])
                assert past.profile_id_now == id_now


async def _check_the_moves(graph: Graph, first_id_of: dict[str, str]) -> None:
    """From the first id that an identifier was seen with, change by change to today's."""
    [row] = await graph.run(_MOVES)
    moves: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, was, became in row["moves"]:
        assert was != became
        # A move from a profile that split to one that it joins is told by both changes.
        if (was, became) not in moves[key][-1:]:
            moves[key].append((was, became))
    for key, today in row["today"]:
        id_ = first_id_of[key]
        for was, became in moves[key]:
            assert was == id_, key
            id_ = became
        assert id_ == today, key


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=taken.steps, rules=taken.rules)
async def test_who_everybody_was_after_each_step_is_still_known(
    migrated: Graph, steps: list[tuple[Any, ...]], rules: Rules
) -> None:
    await clean(migrated, rules)
    await add_web_source(migrated)
    said = taken.Said()
    snapshots = []
    first_id_of: dict[str, str] = {}
    for number, step in enumerate(steps):
        await taken.take(migrated, number, step, said, rules)
        profiles = (await standing(migrated)).profiles
        snapshots.append((await _now(migrated), profiles))
        for id_, keys in profiles.items():
            for key in keys:
                first_id_of.setdefault(key, id_)
    await _check_the_past(migrated, snapshots)
    await _check_the_moves(migrated, first_id_of)
