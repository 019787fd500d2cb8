"""An HTTP server on a port that is taken first, and what its process needs around it."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp

from service.errors import SettingsError
from service.settings import Settings

_MAX_WEBSOCKET_MESSAGE = 1024 * 1024
# Longer than clients and load balancers keep a connection that nothing comes by, which is mostly up
# to a minute: if it were knoop that closed it, what they send at that moment would be lost to them.
_KEEP_ALIVE_SECONDS = 75


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything is started, so that a used one is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol said: else asyncio does not know that what it accepts is TCP, and leaves the
    # last piece of each answer waiting until the caller has confirmed the first, which takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
            "stop what uses it, or choose another with --port or KNOOP_PORT"
        ) from error
    return listening


class _Server(uvicorn.Server):
    """Signals are for the whole of knoop, not for its HTTP server alone."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[str]:
    """Serve while the block runs; answers that were begun are finished."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
        lifespan="off",
        ws_max_size=_MAX_WEBSOCKET_MESSAGE,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            await task
        host, port = listening.getsockname()[:2]
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        await task


async def until_stopped(work: Coroutine[Any, Any, None], console: Console) -> None:
    """Do `work` until it ends or a signal comes; then everything it opened is closed, in order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        console.print("Stopped.")


def collect_less_often() -> None:
    """Have Python look for garbage after 50,000 new objects, and not after 700.

    A commit makes some hundred thousand, few of them in a circle: there is no use in looking
    through them again and again. What is there by now stays, and need not be looked at either. But
    what the driver leaves in circles has to be found in time, also when it was in use when Python
    looked last: so all of it is looked through after some millions of objects, and not hundreds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 5)
