"""The service killed, and the wires on both its sides cut, while its Neo4j is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from service.embedded import Server
from service.store.graph import Graph
from tests.faults.conftest import flood_with
from tests.faults.flood import Flood, Watch
from tests.faults.processes import Knoop, knoop
from tests.faults.proxy import Proxy, proxy

pytestmark = pytest.mark.timeout(900)

# What a driver sends at the end of a transaction, in PackStream: a chunk of two bytes, which are a
# structure without fields and its signature; and the mark after the last chunk.
_COMMIT = b"\x00\x02\xb0\x12\x00\x00"
_CUTS = 5


@pytest.fixture(scope="module")
async def wire(neo4j_server: Server) -> AsyncIterator[Proxy]:
    """Between the service and its Neo4j."""
    async with proxy(int(neo4j_server.bolt_uri.rpartition(":")[2])) as between:
        yield between


@pytest.fixture(scope="module")
async def serve(
    migrated: Graph,
    neo4j_server: Server,
    wire: Proxy,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Knoop]:
    """`knoop serve` in a process of its own, which reaches its Neo4j by the wire."""
    await migrated.check()
    async with knoop(
        "serve",
        tmp_path_factory.mktemp("serve") / "home",
        KNOOP_NEO4J_URI=f"bolt://127.0.0.1:{wire.port}",
        KNOOP_NEO4J_USER=neo4j_server.user,
        KNOOP_NEO4J_PASSWORD=neo4j_server.password,
    ) as one:
        yield one


async def test_a_service_that_is_killed_and_started_again_goes_on(
    serve: Knoop, migrated: Graph
) -> None:
    async def fault(flood: Flood, watch: Watch) -> None:
        for _ in range(2):
            await serve.kill()
            await serve.start()
            await flood.accepts()
        await watch.ready(30)

    await flood_with(fault, serve.url, migrated)


async def test_a_wire_cut_between_commit_and_answer_stores_nothing_twice(
    serve: Knoop, wire: Proxy, migrated: Graph
) -> None:
    async def fault(flood: Flood, watch: Watch) -> None:
        wire.cut_after, wire.cuts_left = _COMMIT, _CUTS
        async with asyncio.timeout(60):
            while wire.cut < _CUTS:
                await asyncio.sleep(0.05)
        wire.drop_all()
        await flood.accepts()
        await watch.ready(30)
        assert flood.heard["503"], "a commit whose answer is lost is not known to be one"

    await flood_with(fault, serve.url, migrated)


async def test_a_wire_to_the_senders_cut_before_the_answer_stores_nothing_twice(
    serve: Knoop, migrated: Graph
) -> None:
    async with proxy(serve.port) as between:

        async def fault(flood: Flood, _: Watch) -> None:
            between.cut_after, between.cuts_left = b"POST /v1/batch", 20
            async with asyncio.timeout(60):
                while between.cut < 20:
                    await asyncio.sleep(0.05)
            between.drop_all()
            await flood.accepts()
            assert sum(flood.heard[name] for name in ("ReadError", "RemoteProtocolError"))

        await flood_with(fault, f"http://127.0.0.1:{between.port}", migrated)


async def test_senders_who_are_gone_before_the_answer_harm_nobody(
    serve: Knoop, migrated: Graph
) -> None:
    async def fault(flood: Flood, _: Watch) -> None:
        source, key = next(iter(flood.write_keys.items()))
        mine = [one.body for one in flood.load.messages if one.source == source][:40]
        for one in mine:
            await _send_and_go(serve.port, key, one)

    await flood_with(fault, serve.url, migrated)


async def _send_and_go(port: int, write_key: str, body: dict[str, object]) -> None:
    """A browser whose page is closed: all was sent, and nobody reads the answer."""
    request = httpx.Request(
        "POST",
        f"http://127.0.0.1:{port}/v1/batch",
        json={"batch": [body], "writeKey": write_key},
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST /v1/batch HTTP/1.1\r\n{head}\r\n".encode() + request.content)
    await writer.drain()
    writer.transport.abort()
