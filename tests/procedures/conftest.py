"""What the tests of the `.cypher` files share."""

from __future__ import annotations

import pytest

from service.store.graph import Graph
from tests.procedures.company import found


@pytest.fixture
async def company(graph: Graph) -> Graph:
    """A migrated graph with a small company in it."""
    await found(graph)
    return graph
