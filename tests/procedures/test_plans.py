"""Every `.cypher` file, planned by a real Neo4j against a graph with data in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import neo4j
import pytest

from service.store.graph import Graph
from service.store.procedures import Header, cypher_folder, load
from tests.cleaning import clean
from tests.procedures.company import found, grow

# Of these there are only ever a few: to look through them all is cheap.
_FEW = frozenset(
    {
        *("Migration", "MigrationLock", "Source", "ApiKey", "Rules", "Namespace"),
        *("Learned", "Learner"),
    }
)
# As good as all identifiers there are, but for who takes only so many of them.
_BY_NAMESPACE = "Identifier(namespace)"
_TAKES_SO_MANY = {"find_profiles.cypher"}
# Of these there are ever more, so one of them is looked up by an index.
_LOOKED_UP = re.compile(r"\((\w*):(Identifier|Profile|Event|Device|Account|Change) \{(\w+):")
_MATCH = re.compile(
    r"\bMATCH\b.*?(?=\b(?:MATCH|MERGE|WITH|WHERE|RETURN|REMOVE|SET|DELETE)\b)", re.DOTALL
)
_SCANNED = re.compile(r":(\w+)")

_PROCEDURES = sorted(cypher_folder("procedures").glob("*.cypher"))
_QUESTIONS = sorted(cypher_folder("questions").glob("*.cypher"))


class Server(Protocol):
    """Where the Neo4j of the tests is."""

    bolt_uri: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What Neo4j says of one file before it runs it."""

    path: Path
    header: Header
    columns: list[str]
    plan: dict[str, Any]
    deprecations: list[str]
    query_type: str


@pytest.fixture(scope="module")
async def planned(migrated: Graph, neo4j_server: Server) -> list[Planned]:
    await clean(migrated)
    await found(migrated)
    await grow(migrated)
    driver = neo4j.AsyncGraphDatabase.driver(
        neo4j_server.bolt_uri,
        auth=(neo4j_server.user, neo4j_server.password),
        notifications_min_severity="INFORMATION",
        warn_notification_severity="OFF",
    )
    async with driver, driver.session(database=migrated.database) as session:
        return [await _explain(session, path) for path in [*_PROCEDURES, *_QUESTIONS]]


async def _explain(session: neo4j.AsyncSession, path: Path) -> Planned:
    header, text = load(path)
    result = await session.run(cast("neo4j.Query", "CYPHER replan=force EXPLAIN " + text))
    columns = list(result.keys())
    summary = await result.consume()
    deprecations = [
        status.status_description
        for status in summary.gql_status_objects
        if status.classification == neo4j.NotificationClassification.DEPRECATION
    ]
    return Planned(
        path,
        header,
        columns,
        cast("dict[str, Any]", summary.plan),
        deprecations,
        str(summary.query_type),
    )


def plans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that it is made of."""
    yield plan
    for child in plan.get("children", []):
        yield from plans(child)


def operator(plan: dict[str, Any]) -> str:
    """What a plan's last step does."""
    return str(plan["operatorType"]).partition("@")[0]


def multiplies(plan: dict[str, Any]) -> bool:
    """Whether a plan's last step puts every row of one side beside every row of the other.

    Two nodes that are each found by a unique key or by id are one row: that is no product.
    """
    return operator(plan) == "CartesianProduct" and not all(
        operator(part).startswith(
            ("NodeUniqueIndexSeek", "NodeByElementIdSeek", "CartesianProduct")
        )
        for part in plans(plan)
    )


def _is_by_namespace(planned: Planned, plan: dict[str, Any]) -> bool:
    bounded = planned.path.name in _TAKES_SO_MANY
    return not bounded and _BY_NAMESPACE in plan["args"].get("Details", "")


def scans(planned: Planned) -> list[str]:
    """What a plan looks through from end to end, unless there are only a few of it."""
    return [
        f"{operator(plan)} {plan['args'].get('Details', '')}"
        for plan in plans(planned.plan)
        if (operator(plan).endswith("Scan") or _is_by_namespace(planned, plan))
        and not _FEW.issuperset(_SCANNED.findall(plan["args"].get("Details", "")) or [""])
    ]


async def test_every_file_returns_the_columns_that_its_header_declares(
    planned: list[Planned],
) -> None:
    declared = {one.path.name: [name for name, _ in one.header.returns] for one in planned}
    assert {one.path.name: one.columns for one in planned} == declared


async def test_no_file_uses_what_neo4j_deprecates(planned: list[Planned]) -> None:
    assert {one.path.name: one.deprecations for one in planned if one.deprecations} == {}


async def test_no_file_multiplies_everything_with_everything(planned: list[Planned]) -> None:
    products = {
        one.path.name for one in planned if any(multiplies(plan) for plan in plans(one.plan))
    }
    assert products == set()


async def test_no_procedure_but_a_batch_looks_through_all_of_anything(
    planned: list[Planned],
) -> None:
    scanned = {
        one.path.name: scans(one)
        for one in planned
        if one.path in _PROCEDURES and one.header.mode != "batch"
    }
    assert {name: all_of for name, all_of in scanned.items() if all_of} == {}


async def test_what_is_planned_once_may_be_planned_on_an_empty_graph(
    graph: Graph, neo4j_server: Server
) -> None:
    driver = neo4j.AsyncGraphDatabase.driver(
        neo4j_server.bolt_uri, auth=(neo4j_server.user, neo4j_server.password)
    )
    once = [path for path in _PROCEDURES if load(path)[0].planned_once]
    assert once
    async with driver, driver.session(database=graph.database) as session:
        empty = [await _explain(session, path) for path in once]
    assert {one.path.name: scans(one) for one in empty if scans(one)} == {}


def test_what_is_planned_once_says_which_index_it_wants() -> None:
    # A plan that is kept may be made at any time, even when Neo4j thinks little of an index. One
    # that looked through all identifiers was seen in the middle of a flood.
    not_said = [
        (path.name, f"USING INDEX SEEK {variable}:{label}({name})")
        for path in _PROCEDURES
        if load(path)[0].planned_once
        for match in _MATCH.findall(load(path)[1])
        for variable, label, name in _LOOKED_UP.findall(match)
        if f"USING INDEX SEEK {variable}:{label}({name})" not in match
    ]
    assert not_said == []


async def test_no_question_looks_through_nodes_of_every_kind_or_at_each_link_twice(
    planned: list[Planned],
) -> None:
    scanned = {
        one.path.name: [scan for scan in scans(one) if scan.startswith(("AllNodes", "Undirected"))]
        for one in planned
        if one.path in _QUESTIONS
    }
    assert {name: all_of for name, all_of in scanned.items() if all_of} == {}


async def test_a_file_changes_something_if_and_only_if_its_mode_says_so(
    planned: list[Planned],
) -> None:
    """A batch may do either."""
    writes = {one.path.name: "w" in one.query_type for one in planned if one.header.mode != "batch"}
    assert writes == {
        one.path.name: one.header.mode == "write" for one in planned if one.header.mode != "batch"
    }


async def test_every_question_is_public_and_only_reads(planned: list[Planned]) -> None:
    for one in planned:
        if one.path in _QUESTIONS:
            assert (one.header.mode, one.header.public) == ("read", True), one.path.name
