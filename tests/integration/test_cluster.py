"""What a cluster needs of knoop. There is one server here, which answers as a cluster of one."""

from __future__ import annotations

import pytest

from service.access import add_source, list_sources
from service.embedded import Server
from service.store.graph import Graph, connect


@pytest.fixture
def cluster_uri(neo4j_server: Server, graph: Graph) -> str:
    del graph  # It is migrated and empty.
    return neo4j_server.bolt_uri.replace("bolt://", "neo4j://")


async def test_whoever_comes_next_sees_what_was_committed(
    neo4j_server: Server, cluster_uri: str
) -> None:
    server = neo4j_server
    async with connect(cluster_uri, server.user, server.password, "neo4j") as graph:
        assert graph.bookmarks
        seen = [await graph.bookmarks.get_bookmarks()]
        await add_source(graph, "web", channel="web")
        seen.append(await graph.bookmarks.get_bookmarks())
        await add_source(graph, "crm", channel=None)
        seen.append(await graph.bookmarks.get_bookmarks())
        assert [one.name for one in await list_sources(graph)] == ["crm", "web"]
        # Each commit leaves another one, which the next transaction waits for.
        assert len({frozenset(each) for each in seen}) == len(seen)


async def test_a_single_server_is_asked_without_bookmarks(graph: Graph) -> None:
    # After a backup is restored, it would wait for a commit that it has not.
    assert graph.bookmarks is None
