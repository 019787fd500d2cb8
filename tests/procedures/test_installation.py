"""Public procedures are installed, kept up to date, and taken away, by a real Neo4j."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from neo4j.exceptions import Neo4jError

from service.store import installation
from service.store.graph import Graph
from service.store.installation import Public, install, public_procedures, publish
from service.store.procedures import Procedure

Row = TypeVar("Row")

TRIAL = """\
// purpose:    Try it.
// mode:       read
// params:     {params}
// returns:    answer: {type}
// locks:      none
// cost:       O(1)
// idempotent: yes
// public:     yes
RETURN {answer} AS answer
"""


class Watched(Graph):
    """A graph that remembers what was written through it."""

    written: list[str]

    def on_database(self, database: str) -> Graph:
        other = Watched(self.driver, database)
        other.written = self.written
        return other

    async def write(self, procedure: Procedure[Row], **parameters: object) -> list[Row]:
        self.written.append(procedure.name)
        return await super().write(procedure, **parameters)


class WithoutApoc(Graph):
    """A graph on a server that has no APOC Extended."""

    async def read(self, procedure: Procedure[Row], **_: object) -> list[Row]:
        assert procedure.name == "installation_available"
        return []


def trial(
    folder: Path, answer: str, type_: str = "INTEGER", params: str = "none", name: str = "trial"
) -> Public:
    path = folder / f"{name}.cypher"
    path.write_text(TRIAL.format(answer=answer, type=type_, params=params), encoding="utf-8")
    public = publish("knoop.", path)
    assert public is not None
    return public


@pytest.fixture
async def also(graph: Graph) -> AsyncIterator[list[Public]]:
    """What is to be public beside the files that are; nothing of it is left afterwards."""
    files, more = public_procedures(), list[Public]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "public_procedures", lambda: [*files, *more])
        yield more
    await install(graph)


async def _answer(graph: Graph, call: str = "custom.knoop.trial()") -> Any:
    [row] = await graph.run(f"CALL {call} YIELD answer RETURN answer")
    return row["answer"]


async def test_everything_public_can_be_called_when_install_returns(graph: Graph) -> None:
    names = await install(graph)
    assert names == sorted(f"custom.{one.name}" for one in public_procedures())
    assert {"custom.knoop.journey", "custom.knoop.questions.largest_profiles"} <= set(names)


async def test_installing_again_writes_nothing(graph: Graph) -> None:
    names = await install(graph)
    watched = Watched(graph.driver, graph.database)
    watched.written = []
    assert await install(watched) == names
    assert watched.written == []


async def test_a_server_without_apoc_extended_gets_nothing(graph: Graph) -> None:
    assert await install(WithoutApoc(graph.driver, graph.database)) == []


async def test_a_changed_statement_is_what_is_called_from_then_on(
    graph: Graph, also: list[Public], tmp_path: Path
) -> None:
    also[:] = [trial(tmp_path, "1")]
    assert "custom.knoop.trial" in await install(graph)
    assert await _answer(graph) == 1
    also[:] = [trial(tmp_path, "2")]
    await install(graph)
    assert await _answer(graph) == 2


async def test_a_changed_signature_is_what_is_called_from_then_on(
    graph: Graph, also: list[Public], tmp_path: Path
) -> None:
    also[:] = [trial(tmp_path, "1")]
    await install(graph)
    also[:] = [trial(tmp_path, "$words[0]", "STRING", "words: LIST OF STRING = ['a', 'b']")]
    await install(graph)
    assert await _answer(graph) == "a"
    assert await _answer(graph, "custom.knoop.trial(['c'])") == "c"


async def test_what_is_public_no_more_is_taken_away(
    graph: Graph, also: list[Public], tmp_path: Path
) -> None:
    also[:] = [trial(tmp_path, "1")]
    await install(graph)
    assert await _answer(graph) == 1
    # What is new is there when the server has looked for news, and so has seen what is gone.
    also[:] = [trial(tmp_path, "1", name="other")]
    await install(graph)
    assert await _answer(graph, "custom.knoop.other()") == 1
    with pytest.raises(Neo4jError, match=r"no procedure with the name `custom\.knoop\.trial`"):
        await _answer(graph)


async def test_what_the_server_has_not_noticed_when_patience_ends_is_not_named(
    graph: Graph, also: list[Public], tmp_path: Path
) -> None:
    await install(graph)
    also[:] = [trial(tmp_path, "1", name="late")]
    assert "custom.knoop.late" not in await install(graph, patience=0)
    assert "custom.knoop.late" in await install(graph)
