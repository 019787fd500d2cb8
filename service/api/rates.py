"""How much somebody may have in a while: points of queries, or messages. Each process counts alone.

The count is that of a sliding window: what was spent in this window, and of the one before as much
as still lies within one window's length from now.
"""

from __future__ import annotations

import asyncio
import math

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from service.errors import RateLimitedError


class Rate:
    """At most so much in so many seconds, for each who asks; 0 is as much as they like."""

    def __init__(self, amount: int, seconds: int, what: str) -> None:
        self.amount = amount
        self._seconds = seconds
        self._what = what
        self._item = RateLimitItemPerSecond(amount, seconds)
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def take(self, who: str, amount: int) -> None:
        """Take this from what somebody has. More than there ever is takes all of it.

        Raises:
            RateLimitedError: there is not enough left. Nothing was taken.
        """
        wanted = min(amount, self.amount)
        if not wanted or await self._limiter.hit(self._item, who, cost=wanted):
            return
        wait = await self._seconds_until(who, wanted)
        raise RateLimitedError(
            f"{who} has had nearly all of its {self.amount:,} {self._what} in {self._seconds} "
            f"seconds, and this takes {amount:,}; come again in {wait} s",
            retry_after=wait,
        )

    async def wait(self, who: str, amount: int) -> None:
        """Take this as soon as there is enough."""
        while True:
            try:
                return await self.take(who, amount)
            except RateLimitedError as error:
                await asyncio.sleep(error.retry_after)

    async def left(self, who: str) -> int | None:
        """What somebody has; None where there is no end to it."""
        if not self.amount:
            return None
        return (await self._limiter.get_window_stats(self._item, who)).remaining

    async def _seconds_until(self, who: str, amount: int) -> int:
        before, before_left, now, now_left = await self._storage.get_sliding_window(
            self._item.key_for(who), self._seconds
        )
        # The library says when it forgets a window, which is one length after that is over.
        until_next = now_left - self._seconds
        wait = seconds_until(
            self.amount - amount,
            self._seconds,
            before=before,
            before_left=before_left,
            now=now,
            until_next=until_next,
        )
        return max(1, math.ceil(wait))


def seconds_until(
    room: int, seconds: int, *, before: int, before_left: float, now: int, until_next: float
) -> float:
    """How long it is until no more than `room` counts as spent.

    Args:
        room: What may be spent by then.
        seconds: A window's length.
        before: What was spent in the window before.
        before_left: For how long something of that counts.
        now: What was spent in this window.
        until_next: For how long it goes on.
    """
    if before * before_left / seconds + now <= room:
        return 0.0
    if now <= room:  # It is enough that the window before fades.
        return before_left - (room - now) * seconds / before
    return until_next + seconds * (1 - room / now)
