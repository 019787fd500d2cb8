"""A read is one round trip, and is done again by the driver where that may help."""

from __future__ import annotations

import neo4j
import pytest
from neo4j.exceptions import ClientError, TransientError

from service.embedded import Server
from service.errors import UnavailableError
from service.profile.reading import read_profile
from service.store.graph import Graph, Transaction, connect
from service.store.procedures import Procedure
from tests.integration.conftest import Sender
from tests.integration.round_trips import counted_round_trips

CUT = """
CALL dbms.listConnections() YIELD connectionId, userAgent
WHERE userAgent = 'knoop'
CALL dbms.killConnection(connectionId) YIELD message
RETURN count(message) AS count
"""


@pytest.fixture
def began(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The transactions that were begun in a round trip of their own."""
    begun: list[str] = []
    begin = neo4j.AsyncSession._open_transaction  # noqa: SLF001

    async def counting(self: neo4j.AsyncSession, **given: object) -> None:
        begun.append(str(given["access_mode"]))
        await begin(self, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(neo4j.AsyncSession, "_open_transaction", counting)
    return begun


async def test_a_read_takes_one_round_trip(web: Sender, graph: Graph, began: list[str]) -> None:
    await web.accept("page", {"userId": "7"})
    began.clear()
    with counted_round_trips() as trips:
        assert await read_profile(graph, "user_id:7") is not None
    assert (trips.count, began) == (1, [])


async def test_a_connection_that_was_cut_is_not_the_readers_concern(
    web: Sender, neo4j_server: Server
) -> None:
    await web.accept("page", {"userId": "7"})
    server = neo4j_server
    async with (
        connect(server.bolt_uri, server.user, server.password, "neo4j") as graph,
        neo4j.AsyncGraphDatabase.driver(
            server.bolt_uri, auth=(server.user, server.password), user_agent="other"
        ) as other,
    ):
        before = await read_profile(graph, "user_id:7")
        [killed], _, _ = await other.execute_query(CUT)
        assert killed["count"] > 0
        assert await read_profile(graph, "user_id:7") == before


async def test_what_was_deleted_while_it_was_read_is_read_again(
    web: Sender, graph: Graph, began: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await web.accept("page", {"userId": "7"})
    calls = _failing_once(monkeypatch, "Neo.ClientError.Statement.EntityNotFound")
    began.clear()
    assert await read_profile(graph, "user_id:7") is not None
    assert (calls, began) == (["person", "person"], ["READ"])


async def test_what_cannot_be_read_is_tried_once(
    graph: Graph, began: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _failing_once(monkeypatch, "Neo.ClientError.Statement.ArgumentError")
    with pytest.raises(ClientError):
        await read_profile(graph, "user_id:7")
    _failing_once(monkeypatch, "Neo.TransientError.General.MemoryPoolOutOfMemoryError")
    with pytest.raises(UnavailableError, match="memory"):
        await read_profile(graph, "user_id:7")
    assert began == []


def _failing_once(monkeypatch: pytest.MonkeyPatch, code: str) -> list[str]:
    """The next answer of the database is this error; gives the calls, as they are made."""
    calls: list[str] = []
    call = Transaction.call

    async def failing(self: Transaction, called: Procedure[object], **given: object) -> object:
        calls.append(called.name)
        if len(calls) == 1:
            raise TransientError._hydrate_neo4j(code=code, message="x")  # noqa: SLF001
        return await call(self, called, **given)

    monkeypatch.setattr(Transaction, "call", failing)
    return calls
