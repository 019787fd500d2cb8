"""Keys from when they are made to when they are taken back, at the doors that they open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from service.access import (
    Scope,
    SourceWithKeys,
    add_key,
    add_source,
    list_keys,
    list_sources,
    revoke_key,
    revoke_source,
)
from service.errors import ConflictError, NotFoundError
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

_ASK = "{ __typename }"


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that trusts nothing that it knows of a key."""
    monkeypatch.setattr("service.access._TRUST_SECONDS", 0.0)


async def _told(reader: Reader) -> tuple[int, str]:
    answer = await reader.post(_ASK)
    return answer.status_code, answer.json()["errors"][0]["message"]


async def test_a_key_that_was_taken_back_opens_nothing(
    client: httpx.AsyncClient, graph: Graph, forgetful: None
) -> None:
    reader = Reader(client, await add_key(graph, "app", [Scope.ADMIN]))
    other = Reader(client, await add_key(graph, "other", [Scope.ADMIN]))
    await reader.ask(_ASK)
    at = await revoke_key(graph, "app")
    status, told = await _told(reader)
    assert (status, told.partition(";")[0]) == (401, "the API key is not known")
    await other.ask(_ASK)
    # Again changes nothing, and nobody else comes by its name.
    assert await revoke_key(graph, "app") == at
    with pytest.raises(ConflictError, match="there is or was a key named app"):
        await add_key(graph, "app", [Scope.ADMIN])
    del forgetful


async def test_no_key_has_the_name_of_a_token(graph: Graph) -> None:
    with pytest.raises(ConflictError, match="jwt: begins the names of tokens"):
        await add_key(graph, "jwt:ann", [Scope.ADMIN])


async def test_an_expired_key_says_so_also_where_it_is_known(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    now = datetime.now(UTC)
    late = await add_key(graph, "late", [Scope.ADMIN], expires_at=now + timedelta(seconds=3))
    long = await add_key(graph, "long", [Scope.ADMIN], expires_at=now + timedelta(days=1))
    over = await add_key(graph, "over", [Scope.ADMIN], expires_at=now - timedelta(seconds=1))
    told = "the API key over has expired; make another: knoop key add"
    assert await _told(Reader(client, over)) == (401, told)
    await Reader(client, long).ask(_ASK)
    reader = Reader(client, late)
    while (answer := await reader.post(_ASK)).status_code == 200:
        assert datetime.now(UTC) < now + timedelta(seconds=30)
    assert answer.json()["errors"][0]["message"].startswith("the API key late has expired")
    assert datetime.now(UTC) >= now + timedelta(seconds=3)


async def test_the_list_tells_of_all_and_not_the_keys(graph: Graph) -> None:
    end = datetime(2030, 1, 31, tzinfo=UTC)
    keys = [
        await add_key(graph, "b", [Scope.PERSONAL_READ, Scope.IDENTITY_WRITE]),
        await add_key(graph, "a", [Scope.ADMIN], expires_at=end),
    ]
    revoked_at = await revoke_key(graph, "b")
    listed = await list_keys(graph)
    assert [(one.name, one.scopes, one.expires_at, one.revoked_at) for one in listed] == [
        ("a", ["admin"], end, None),
        ("b", ["identity:write", "personal:read"], None, revoked_at),
    ]
    assert all(key not in repr(listed) for key in keys)


async def test_a_source_loses_all_its_keys_and_keeps_what_it_sent(
    client: httpx.AsyncClient, graph: Graph, reader: Reader, forgetful: None
) -> None:
    first = Sender(client, await add_source(graph, "shop", channel="web"))
    second = Sender(client, await add_source(graph, "shop"))
    await first.accept("page", {"messageId": "m1", "userId": "7"})
    assert SourceWithKeys("shop", "web", 2) in await list_sources(graph)
    assert await revoke_source(graph, "shop") == 2
    assert await revoke_source(graph, "shop") == 0
    for sender in (first, second):
        assert (await sender.send("page", {"userId": "7"})).status_code == 401
    third = Sender(client, await add_source(graph, "shop"))
    await third.accept("page", {"messageId": "m2", "userId": "7"})
    rows = await graph.run("MATCH (:Source {id: 'shop'})<-[:FROM]-(e) RETURN e.message_id AS id")
    assert sorted(row["id"] for row in rows) == ["m1", "m2"]
    del reader, forgetful


async def test_what_is_not_there_cannot_be_taken_back(graph: Graph) -> None:
    with pytest.raises(NotFoundError, match="no API key named nobody; see: knoop key list"):
        await revoke_key(graph, "nobody")
    with pytest.raises(NotFoundError, match="no source named nobody; see: knoop source list"):
        await revoke_source(graph, "nobody")
    # A source's key is not an API key, whatever its name.
    await add_source(graph, "shop")
    with pytest.raises(NotFoundError):
        await revoke_key(graph, "shop")
