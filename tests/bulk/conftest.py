"""What the tests of the bulk load share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from service import embedded
from service.settings import Settings
from tests.bulk.place import Place


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One home for all, in which each test begins with an empty graph."""
    home = tmp_path_factory.mktemp("bulk")
    own = Settings(home=home, neo4j_bolt_port=0, neo4j_http_port=0, neo4j_heap="1g")
    yield Place(own, embedded.fetch(own.cache))
    shutil.rmtree(home)
