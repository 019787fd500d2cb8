"""Migrations, run on a real Neo4j."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest
from neo4j.exceptions import ClientError

from service.errors import MigrationError
from service.store.graph import Graph
from service.store.migrations import Migration, load_migrations, migrate, pending
from service.store.properties import from_node, from_value, is_plain_trait


@pytest.fixture
async def next_version(graph: Graph) -> AsyncIterator[int]:
    """The number of a migration that is still to be written; it is forgotten afterwards."""
    version = len(load_migrations()) + 1
    yield version
    await graph.run("MATCH (m:Migration {version: $version}) DETACH DELETE m", version=version)


def trial(version: int, *statements: str) -> Migration:
    return Migration(version, "trial", "checksum", statements)


async def _made(graph: Graph) -> int:
    [row] = await graph.run("MATCH (t:Trial) RETURN count(t) AS made")
    return int(row["made"])


async def test_a_graph_that_is_up_to_date_has_nothing_to_do(graph: Graph) -> None:
    assert await migrate(graph) == []
    assert await pending(graph) == []


async def test_the_migrations_give_every_node_of_the_model_its_key(graph: Graph) -> None:
    rows = await graph.run(
        "SHOW CONSTRAINTS YIELD labelsOrTypes, properties, type "
        "WHERE type CONTAINS 'UNIQUENESS' RETURN labelsOrTypes[0] AS label, properties"
    )
    keys = {(row["label"], *row["properties"]) for row in rows}
    assert keys >= {
        ("Identifier", "key"),
        ("Identifier", "born_as"),
        ("Device", "id"),
        ("Account", "key"),
        ("Event", "message_id"),
        ("Profile", "id"),
        ("Source", "id"),
        ("Change", "id"),
    }


async def test_a_file_that_was_changed_after_it_was_run_is_refused(graph: Graph) -> None:
    first, *others = load_migrations()
    changed = dataclasses.replace(first, checksum="another")
    with pytest.raises(MigrationError, match=r"^V001__identity_constraints\.cypher was changed"):
        await migrate(graph, [changed, *others])


async def test_a_graph_that_is_newer_than_the_files_is_refused(graph: Graph) -> None:
    known = load_migrations()
    with pytest.raises(MigrationError, match=f"has migration {known[-1].version} .*newer"):
        await migrate(graph, known[:-1])


async def test_of_four_that_start_at_once_one_migrates_and_all_end_well(
    graph: Graph, next_version: int
) -> None:
    wanted = [*load_migrations(), trial(next_version, "CREATE (:Trial)")]
    done = await asyncio.gather(*(migrate(graph, wanted) for _ in range(4)))
    assert sorted(len(one) for one in done) == [0, 0, 0, 1]
    assert await _made(graph) == 1


async def test_a_migration_that_stopped_in_the_middle_is_run_again(
    graph: Graph, next_version: int
) -> None:
    broken = trial(next_version, "MERGE (:Trial {part: 1})", "this is no Cypher")
    with pytest.raises(ClientError):
        await migrate(graph, [*load_migrations(), broken])
    mended = trial(next_version, "MERGE (:Trial {part: 1})", "MERGE (:Trial {part: 2})")
    assert await migrate(graph, [*load_migrations(), mended]) == [mended]
    assert await _made(graph) == 2


async def test_long_values_of_traits_are_kept_as_json_text(graph: Graph) -> None:
    [finding] = [one for one in load_migrations() if one.name == "finding_profiles"]
    odd = "".join(map(chr, range(1, 40))) + '\\ "quoted" \N{GRINNING FACE}'
    long: dict[str, Any] = {
        "text": odd * 40,
        "texts": [odd, "x" * 2_000],
        "numbers": [1, -2] * 400,
        "fractions": [0.5, 1e300] * 400,
        "truths": [True, False] * 400,
        "n" * 200: "short",
    }
    short = {"text": odd, "number": 7, "truth": True, "list": [1.5], "long enough": "x" * 1_000}
    for name, value in [*long.items(), *short.items()]:
        await graph.run("CREATE (:Trait {name: $name, value: $value})", name=name, value=value)
    await graph.run(finding.statements[0])
    kept = await graph.run("MATCH (t:Trait) RETURN t.name AS name, t.value AS v, t.value_json AS j")
    assert {one["name"]: from_value(one["v"], one["j"]) for one in kept if one["j"]} == long
    assert {one["name"]: one["v"] for one in kept if not one["j"]} == short
    for name, value in {**long, **short}.items():
        assert is_plain_trait(name, value) == (name in short and value == short[name])


async def test_what_was_sent_as_a_traffic_source_gives_way_to_our_own(graph: Graph) -> None:
    [moving] = [one for one in load_migrations() if one.name == "traffic_source"]
    await graph.run("CREATE (:Event {message_id: 'm1', traffic_source: ['a'], traffic_medium: 1})")
    for _ in range(2):
        await graph.run(moving.statements[0])
    [kept] = await graph.run("MATCH (e:Event) RETURN properties(e) AS node")
    assert kept["node"] == {
        "message_id": "m1",
        "properties_traffic_source": ["a"],
        "properties_traffic_medium": 1,
    }
    assert from_node(kept["node"]) == {"traffic_source": ["a"], "traffic_medium": 1}
