"""Chance that a seed decides: the only source of randomness in the demo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

# Visitors by hour of the day, local time: few at night, most in the evening.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 10, 11, 12, 13, 14, 12, 11, 11, 12, 14, 16, 19, 20, 16, 10, 5)
# Visitors by month: a garden shop lives on spring, every shop on the weeks before Christmas.
_MONTHS = (5, 5, 8, 11, 12, 9, 7, 7, 7, 8, 13, 14)
_BEHIND_UTC = timedelta(hours=6)


class Chance(Random):
    """Python's generator, with the few questions that the demo asks.

    Everything rests on `random()` and `getrandbits()`, which give the same values for the same
    seed in every version of Python; the library promises that for no other method.
    """

    def happens(self, probability: float) -> bool:
        """Whether something of this probability comes about."""
        return self.random() < probability

    def pick(self, values: Sequence[T]) -> T:
        """Any one of the values, all equally likely."""
        return values[int(self.random() * len(values))]

    def weighted(self, values: Sequence[tuple[T, float]]) -> T:
        """One of the values, as likely as its weight says."""
        left = self.random() * sum(weight for _, weight in values)
        for value, weight in values:
            left -= weight
            if left < 0:
                return value
        return values[-1][0]

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def exponential(self) -> float:
        """A positive number, 1 on average: how long one waits for what can come at any time."""
        return -math.log(1.0 - self.random())

    def count(self, mean: float) -> int:
        """How often something happened that happens `mean` times on average."""
        total, times = self.exponential(), 0
        while total < mean:
            total += self.exponential()
            times += 1
        return times

    def wait(self, mean: timedelta) -> timedelta:
        """A time to wait, in whole milliseconds; `mean` on average."""
        return timedelta(milliseconds=int(mean / timedelta(milliseconds=1) * self.exponential()))

    def moment(
        self, start: datetime, until: datetime, hours: tuple[int, int] = (0, 24)
    ) -> datetime:
        """A moment at which people would do something; `hours` are opening hours, local time."""
        if until <= start:
            return start
        while True:
            moment = start + timedelta(seconds=int((until - start).total_seconds() * self.random()))
            local = moment - _BEHIND_UTC
            likely = _HOURS[local.hour] * _MONTHS[local.month - 1] / (20 * 14)
            # A window without an opening hour in it must not be searched for ever.
            is_open = hours[0] <= local.hour < hours[1] or until - start < timedelta(days=1)
            if is_open and self.happens(likely):
                return moment + timedelta(milliseconds=self.whole(0, 999))

    def uuid(self) -> str:
        """A random (version 4) UUID."""
        digits = f"{self.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )
