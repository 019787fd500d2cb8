"""How much somebody may have in a while."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.api.rates import Rate, seconds_until
from service.errors import RateLimitedError

_WINDOW = 60


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was spent counts less from moment to moment; here it is one moment."""
    clock = SimpleNamespace(time=lambda: 1_800_000_000.0)
    for module in ("storage.memory", "strategies"):
        monkeypatch.setattr(f"limits.aio.{module}.time", clock)


async def test_what_is_left_is_told_and_what_is_over_is_refused_with_a_time() -> None:
    rate = Rate(100, _WINDOW, "points")
    await rate.take("ann", 60)
    assert await rate.left("ann") == 40
    with pytest.raises(RateLimitedError) as refused:
        await rate.take("ann", 41)
    assert 1 <= refused.value.retry_after <= 2 * _WINDOW
    assert str(refused.value) == (
        "ann has had nearly all of its 100 points in 60 seconds, and this takes 41; come again in "
        f"{refused.value.retry_after} s"
    )
    # What was refused was not taken, and nobody pays for another.
    assert await rate.left("ann") == 40
    await rate.take("bob", 100)
    await rate.take("ann", 40)
    assert await rate.left("ann") == 0


async def test_more_than_there_ever_is_takes_all_of_it() -> None:
    rate = Rate(100, _WINDOW, "messages")
    await rate.take("web", 20_000)
    assert await rate.left("web") == 0


async def test_nothing_is_free_and_no_limit_is_none() -> None:
    rate = Rate(100, _WINDOW, "points")
    await rate.take("ann", 100)
    await rate.take("ann", 0)
    endless = Rate(0, _WINDOW, "points")
    await endless.take("ann", 10**9)
    assert await endless.left("ann") is None


async def test_who_waits_gets_it_when_there_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rate, waited = Rate(10, _WINDOW, "points"), []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await rate._storage.reset()  # noqa: SLF001

    monkeypatch.setattr("service.api.rates.asyncio.sleep", sleep)
    await rate.take("ann", 10)
    await rate.wait("ann", 1)
    assert len(waited) == 1


def _counts(at: float, *, before: int, before_left: float, now: int, until_next: float) -> float:
    """What counts as spent some seconds later, if nothing more is spent."""
    if at < until_next:
        return before * max(0.0, before_left - at) / _WINDOW + now
    return now * max(0.0, _WINDOW - (at - until_next)) / _WINDOW


@settings(deadline=None)
@given(
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.floats(0.001, _WINDOW),
)
def test_the_time_told_is_the_first_at_which_there_is_room(
    room: int, before: int, now: int, left: float
) -> None:
    # As much of the window before counts as this one has still to go.
    state = {"before": before, "before_left": left, "now": now, "until_next": left}
    assume(room > 0 or not (before or now))
    wait = seconds_until(room, _WINDOW, **state)  # type: ignore[arg-type]
    assert _counts(wait + 1e-6, **state) <= room + 1e-3  # type: ignore[arg-type]
    if wait > 0.01:
        assert _counts(wait - 0.01, **state) > room - 1e-3  # type: ignore[arg-type]
    assert math.isfinite(wait)
