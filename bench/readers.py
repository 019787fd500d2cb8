"""Who can be asked for a person: the driver by hand, knoop's GraphQL, and npm's @neo4j/graphql."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import neo4j
import orjson

from bench.one_connection import Connection, connection
from bench.scratch import BenchmarkError, Scratch
from service.journey.reading import PageWanted
from service.store.procedures import procedure
from tests.end_to_end.node import install

PERSON = """
query Person($namespace: String!, $value: String!, $first: Int!, $after: String) {
  profile(identifier: {namespace: $namespace, value: $value}) {
    id
    identifiers { namespace value firstSeen lastSeen }
    traits { name value source at }
    touchpoints(first: $first, after: $after, order: DESC) {
      edges { node { messageId type name at channel } }
      pageInfo { endCursor }
    }
  }
}
"""
_PERSON_OF_NEO4J = """
query Person($key: ID!, $first: Int!) {
  identifiers(where: {key: {eq: $key}}) {
    profile {
      id
      identifiers { namespace value first_seen last_seen }
      traits { name value source at }
      touchpoints(first: $first) { message_id type name at channel }
    }
  }
}
"""
_PROGRAM = Path(__file__).parent / "neo4j_graphql"
_NAMESPACE = "user_id"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question, as far as all sides must agree."""

    identifiers: int
    traits: int
    touchpoints: tuple[str, ...]
    end_cursor: str | None = None


class Asker(Protocol):
    """One who asks, a question after the other."""

    async def ask(self, user: str, first: int, after: str | None = None) -> Any:
        """Ask for a person by a user id; gives the answer as it came."""


class Side(Protocol):
    """Whoever can be asked."""

    @property
    def name(self) -> str:
        """What it is called in the figures."""

    @property
    def pid(self) -> int:
        """Its process."""

    def asker(self) -> Any:
        """An `Asker` while a block runs: an asynchronous context manager."""

    def told(self, answer: Any) -> Told:
        """What an answer says."""


@dataclass(frozen=True, slots=True)
class _Person:
    person: dict[str, Any]
    several: bool
    touchpoints: list[list[Any]]


class Bare:
    """The procedure that the service calls, in a transaction, by somebody who writes Python."""

    name = "driver, by hand"
    pid = os.getpid()
    _PERSON = procedure("person_desc", _Person)

    def __init__(self, there: Scratch) -> None:
        self._graph = there.graph

    @asynccontextmanager
    async def asker(self) -> AsyncIterator[Asker]:
        """The driver has connections of its own."""
        yield self

    async def ask(self, user: str, first: int, after: str | None = None) -> Any:
        """One call in a read transaction."""
        wanted = PageWanted(first=first, after=after, newest_first=True, parts=frozenset())
        given = {"identifier": f"{_NAMESPACE}:{user}", **wanted.parameters()}

        async def work(transaction: neo4j.AsyncManagedTransaction) -> Any:
            result = await transaction.run(self._PERSON.text, dict(self._PERSON.given(given)))
            [told] = [dict(record) async for record in result]
            if told["several"]:
                raise BenchmarkError(f"{user} shares a device, which nobody should here")
            return told["person"], told["touchpoints"]

        async with self._graph.driver.session(
            database=self._graph.database, default_access_mode=neo4j.READ_ACCESS
        ) as session:
            return await session.execute_read(work)

    def told(self, answer: Any) -> Told:
        """The last one is only there to tell whether there are more."""
        profile, page = answer
        return Told(
            len(profile["identifiers"]),
            len(profile["traits"]),
            tuple(one[0] for one in page[:-1]),
        )


class Knoop:
    """The service, over HTTP."""

    name = "knoop"

    def __init__(self, url: str, pid: int, api_key: str) -> None:
        self._url = f"{url}/graphql"
        self.pid = pid
        self._api_key = api_key

    @asynccontextmanager
    async def asker(self) -> AsyncIterator[Asker]:
        """A connection that stays open."""
        async with connection(self._url, f"Bearer {self._api_key}") as opened:
            yield _AskKnoop(opened)

    def told(self, answer: Any) -> Told:
        """What is in the JSON."""
        profile = orjson.loads(answer)["data"]["profile"]
        page = profile["touchpoints"]
        return Told(
            len(profile["identifiers"]),
            len(profile["traits"]),
            tuple(edge["node"]["messageId"] for edge in page["edges"]),
            page["pageInfo"]["endCursor"],
        )


@dataclass(frozen=True, slots=True)
class _AskKnoop:
    connection: Connection

    async def ask(self, user: str, first: int, after: str | None = None) -> bytes:
        """One request."""
        asked = {"namespace": _NAMESPACE, "value": user, "first": first, "after": after}
        return await self.connection.post(orjson.dumps({"query": PERSON, "variables": asked}))


class Neo4jGraphQL:
    """@neo4j/graphql on Apollo Server, over HTTP, with nobody who asks for a key."""

    name = "@neo4j/graphql"

    def __init__(self, url: str, pid: int) -> None:
        self._url = url
        self.pid = pid

    @asynccontextmanager
    async def asker(self) -> AsyncIterator[Asker]:
        """A connection that stays open."""
        async with connection(self._url) as opened:
            yield _AskNeo4jGraphQL(opened)

    def told(self, answer: Any) -> Told:
        """What is in the JSON."""
        [profile] = orjson.loads(answer)["data"]["identifiers"][0]["profile"]
        return Told(
            len(profile["identifiers"]),
            len(profile["traits"]),
            tuple(one["message_id"] for one in profile["touchpoints"]),
        )


@dataclass(frozen=True, slots=True)
class _AskNeo4jGraphQL:
    connection: Connection

    async def ask(self, user: str, first: int, after: str | None = None) -> bytes:
        """One request; it knows no cursor."""
        del after
        asked = {"key": f"{_NAMESPACE}:{user}", "first": first}
        return await self.connection.post(
            orjson.dumps({"query": _PERSON_OF_NEO4J, "variables": asked})
        )


@asynccontextmanager
async def neo4j_graphql(there: Scratch) -> AsyncIterator[Neo4jGraphQL | None]:
    """Have one run while the block does; none without Node."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        yield None
        return
    program = await asyncio.to_thread(install, _PROGRAM, there.home / "neo4j_graphql")
    own = {
        "NEO4J_URI": there.server.bolt_uri,
        "NEO4J_USER": there.server.user,
        "NEO4J_PASSWORD": there.server.password,
        "NODE_ENV": "production",
    }
    process = await asyncio.create_subprocess_exec(
        *(node, "server.mjs"),
        cwd=program,
        env=os.environ | own,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None  # noqa: S101  (it was asked for)
        url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise BenchmarkError("@neo4j/graphql did not start; see above")
        yield Neo4jGraphQL(url, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
