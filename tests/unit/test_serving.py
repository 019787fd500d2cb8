"""How answers leave."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from service.serving import listen, serving
from service.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_answer_does_not_wait_until_its_beginning_is_confirmed(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_at_once: list[int] = []

    class Seen(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            its: socket.socket = transport.get_extra_info("socket")
            sent_at_once.append(its.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def nobody(_: Scope, __: Receive, ___: Send) -> None:
        pytest.fail("nothing is asked here")

    loop = asyncio.get_running_loop()
    create = loop.create_server

    async def creating(_: object, **given: Any) -> Any:
        return await create(Seen, **given)

    monkeypatch.setattr(loop, "create_server", creating)
    with listen(Settings(host=host, port=0)) as listening:
        async with serving(nobody, listening):
            reader, writer = await asyncio.open_connection(host, listening.getsockname()[1])
            await reader.read()
            writer.close()
    assert sent_at_once == [1]


async def test_a_connection_is_kept_for_longer_than_clients_keep_it() -> None:
    """Most servers close it after five seconds, which is when many clients use it again."""

    async def answers(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    settings = Settings(host="127.0.0.1", port=0)
    with listen(settings) as listening:
        async with serving(answers, listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            for wait in (0, 5.5):
                await asyncio.sleep(wait)
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
            writer.close()
