"""Senders who flood the service over HTTP, and send again what was not answered with 200."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from tests.load.people import Load, Sent

_LATER = (429, 503)
_LONGEST_PAUSE = 2.0
# As an SDK has it: that the answer is late says nothing about the message.
_PATIENCE = 15.0


@dataclass(slots=True)
class Flood:
    """A load on its way. Its senders are as stubborn as an SDK, and more."""

    url: str
    write_keys: Mapping[str, str]
    load: Load
    accepted: dict[str, Sent] = field(default_factory=dict)
    """The messages that were answered 200, each once."""
    begun: dict[str, Sent] = field(default_factory=dict)
    """Those that were sent at least once."""
    heard: Counter[str] = field(default_factory=Counter)
    """What senders heard, by status, or by the kind of error where there was no answer."""
    last_accepted: float = 0.0
    """When something was answered 200 last, by the monotonic clock."""
    is_over: bool = False
    """Senders begin nothing new, and finish what they have begun."""

    async def send_all(self, seconds: float) -> None:
        """Have every sender of the load send its own, until each message is answered 200.

        Raises:
            TimeoutError: some were not in time.
        """
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(base_url=self.url, timeout=_PATIENCE, limits=limits) as client,
            asyncio.TaskGroup() as senders,
        ):
            for turns in self.load.turns:
                senders.create_task(self._send(client, turns))

    async def reached(self, messages: int) -> None:
        """Wait until so many were accepted."""
        while len(self.accepted) < messages:
            await asyncio.sleep(0.02)

    async def accepts(self) -> None:
        """Wait until something is accepted that was not yet."""
        since = time.monotonic()
        while self.last_accepted < since and not self.is_done:
            await asyncio.sleep(0.02)

    @property
    def is_done(self) -> bool:
        """Whether all of the load was accepted."""
        return len(self.accepted) == len(self.load.messages)

    async def _send(self, client: httpx.AsyncClient, turns: Sequence[Sequence[Sent]]) -> None:
        for turn in turns:
            by_source = defaultdict[str, list[Sent]](list)
            for one in turn:
                by_source[one.source].append(one)
            for source, batch in by_source.items():
                if self.is_over:
                    return
                self.begun |= _by_id(batch)
                await self._insist(client, self.write_keys[source], batch)
                self.accepted |= _by_id(batch)
                self.last_accepted = time.monotonic()

    async def _insist(
        self, client: httpx.AsyncClient, write_key: str, batch: Sequence[Sent]
    ) -> None:
        body = {"batch": [one.body for one in batch]}
        while True:
            pause = 0.2
            try:
                answer = await client.post("/v1/batch", json=body, auth=(write_key, ""))
            except httpx.TransportError as error:
                self.heard[type(error).__name__] += 1
            else:
                self.heard[str(answer.status_code)] += 1
                if answer.status_code == httpx.codes.OK:
                    return
                # Anything else would have an SDK drop it, or means a mistake in the service.
                assert answer.status_code in _LATER, answer.text
                pause = float(answer.headers["retry-after"])
            await asyncio.sleep(min(pause, _LONGEST_PAUSE))


def _by_id(batch: Sequence[Sent]) -> dict[str, Sent]:
    return {one.body["messageId"]: one for one in batch}


@dataclass(slots=True)
class Watch:
    """Asks `/health/ready` all the time."""

    url: str
    is_ready: bool = False
    ready_at: float = 0.0
    """When that was asked which was last answered 200, by the monotonic clock."""
    slowest: float = 0.0
    """Seconds of the slowest answer, whatever it was."""
    unready: int = 0
    """How often it said 503."""
    odd: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Ask until cancelled."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            while True:
                await self._ask(client)
                await asyncio.sleep(0.2)

    async def ready(self, seconds: float) -> float:
        """Wait until it says 200 to what is asked from now on, and give the seconds that took."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while self.ready_at < began:
                await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def _ask(self, client: httpx.AsyncClient) -> None:
        began = time.monotonic()
        try:
            answer = await client.get("/health/ready")
        except httpx.TransportError as error:
            self.is_ready = False
            self.odd[type(error).__name__] += 1
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.is_ready = answer.status_code == httpx.codes.OK
        if self.is_ready:
            self.ready_at = began
        elif answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.unready += 1
            assert answer.headers["retry-after"]
        else:
            self.odd[str(answer.status_code)] += 1
