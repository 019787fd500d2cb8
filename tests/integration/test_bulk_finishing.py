"""The schema that is made again after an import."""

from __future__ import annotations

import dataclasses

import pytest

from service.bulk.finishing import Amended, finish
from service.bulk.kept import read_kept
from service.errors import BulkLoadError
from service.store.graph import Graph

_INDEX = "CREATE INDEX own FOR (n:Noted) ON (n.note)"
# Of a range index a key has 8,167 bytes at most.
_TOO_LONG = "CREATE (:Noted {note: $note})"


async def test_an_index_that_cannot_hold_a_loaded_value_is_named(graph: Graph) -> None:
    kept = dataclasses.replace(await read_kept(graph), constraints=[], indexes=[_INDEX])
    await graph.run(_TOO_LONG, note="x" * 9_000)

    try:
        with pytest.raises(
            BulkLoadError,
            match=r"the index own cannot hold what was to be loaded; .* drop the index",
        ):
            await finish(graph, kept, Amended([], []), {})
    finally:
        await graph.run("DROP INDEX own")
