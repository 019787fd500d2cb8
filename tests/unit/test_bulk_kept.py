"""What is in a graph without messages is carried over, or refused before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from service.bulk.kept import read_kept
from service.errors import ConflictError
from service.store.graph import Graph


class _Graph:
    """Answers each procedure by its name, with a row made of what stands here."""

    def __init__(self, labels: Sequence[str], type_: str) -> None:
        name = {"name": "id", "type": "STRING NOT NULL", "text": "a", "items": None}
        node = {"id": "1", "labels": labels, "properties": [name]}
        link = {"start": "1", "end": "1", "type": type_, "properties": []}
        self._rows: dict[str, list[dict[str, Any]]] = {
            "load_holds_messages": [{"held": False}],
            "load_nodes": [node],
            "load_relationships": [link],
            "load_names": [{"labels": [], "types": [], "properties": []}],
        }

    async def read(self, asked: Any) -> list[Any]:
        return [asked.row(**row) for row in self._rows.get(asked.name, [])]


async def test_nodes_and_relationships_become_rows() -> None:
    kept = await read_kept(cast("Graph", _Graph(["Source", "Größe"], "HAS_1")))
    assert [(what, name, table.num_rows) for what, name, table in kept.tables] == [
        ("nodes", "Source:Größe", 1),
        ("relationships", "HAS_1", 1),
    ]


@pytest.mark.parametrize("name", ["a:b", "a=b", "a,b", "a b", ""])
async def test_a_label_or_a_type_that_the_importer_would_misread_is_refused(name: str) -> None:
    for graph in (_Graph(["Source", name], "HAS"), _Graph(["Source"], name)):
        with pytest.raises(ConflictError, match="label or a type"):
            await read_kept(cast("Graph", graph))


async def test_a_node_without_a_label_is_refused() -> None:
    with pytest.raises(ConflictError, match="without a label"):
        await read_kept(cast("Graph", _Graph([], "HAS")))
