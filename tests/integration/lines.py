"""A WebSocket at the service's door, as a client of graphql-transport-ws has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
# Until something is told that should be; and how long nothing is told that should not.
PATIENCE = 20.0
QUIET = 1.5


@dataclass
class Line:
    """An open connection, and what comes over it."""

    socket: ClientConnection

    async def say(self, type_: str, **more: Any) -> None:
        await self.socket.send(json.dumps({"type": type_, **more}))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return dict(json.loads(await self.socket.recv()))

    async def next(self) -> Any:
        """The data of what is told next."""
        told = await self.hear()
        assert told["type"] == "next", told
        assert "errors" not in told["payload"]
        return next(iter(told["payload"]["data"].values()))

    async def is_quiet(self) -> bool:
        try:
            async with asyncio.timeout(QUIET):
                await self.socket.recv()
        except TimeoutError:
            return True
        return False

    async def closed(self) -> int:
        """The code with which the other side hangs up."""
        with pytest.raises(ConnectionClosed) as ended:
            await self.hear()
        assert ended.value.rcvd is not None
        return ended.value.rcvd.code

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        await self.say("subscribe", id=id_, payload={"query": query, "variables": variables})
        await asyncio.sleep(QUIET)  # There is no word for: from now on.


@asynccontextmanager
async def opened(url: str, **more: Any) -> AsyncIterator[Line]:
    async with connect(url, subprotocols=[PROTOCOL], **more) as socket:
        yield Line(socket)


@asynccontextmanager
async def let_in(url: str, key: str) -> AsyncIterator[Line]:
    async with opened(url) as line:
        await line.say("connection_init", payload={"Authorization": f"Bearer {key}"})
        assert await line.hear() == {"type": "connection_ack"}
        yield line
