"""When a request is tried again, and after how long: one policy for both clients."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenacity import (
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from service.client.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Retries:
    """How long to go on when the service is away or busy.

    Attributes:
        attempts: At most so many attempts, the first included; 1 tries nothing again.
        seconds: No attempt begins later than this after the first.
        first_wait: The first wait is up to so many seconds; each further one up to twice as many.
        longest_wait: No wait is longer than this, unless the service asks for it.
    """

    attempts: int = 8
    seconds: float = 60.0
    first_wait: float = 0.25
    longest_wait: float = 15.0


def policy(retries: Retries) -> Mapping[str, Any]:
    """What tenacity is to do, be it `Retrying` or `AsyncRetrying`."""
    growing = wait_random_exponential(multiplier=retries.first_wait, max=retries.longest_wait)

    def wait(state: RetryCallState) -> float:
        """As long as the service asks, and a little more, so that not all come back at once."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, UnavailableError) else None
        if asked is None:
            return growing(state)
        return asked + random.uniform(0.0, 0.1 + asked / 4)  # noqa: S311

    def count(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, UnavailableError):
            error.attempts = state.attempt_number

    return {
        "retry": retry_if_exception_type(UnavailableError),
        "wait": wait,
        "stop": stop_after_attempt(retries.attempts) | stop_before_delay(retries.seconds),
        "after": count,
        "reraise": True,
    }
