"""The months of which journeys are counted, and which of them have to be counted again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from service.journey.learned import Kept

MONTHS = 13
"""The current one, and a year before it: what happened earlier says less of today."""
_LATE = timedelta(days=7)
"""How late an event may come to be counted with its month."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC, up to now."""

    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        return f"{self.since:%Y-%m}"


def months_until(now: datetime) -> list[Month]:
    """The last months, the oldest first. `now` is in UTC."""
    ends = [now]
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS):
        ends.append(begin)
        begin = (begin - timedelta(days=1)).replace(day=1)
    ends.reverse()
    return [Month(*both) for both in pairwise(ends)]


def still_good(month: Month, kept: Kept | None, subject: str, events: int, now: datetime) -> bool:
    """Whether what was counted of a month need not be counted again.

    It is when the month is over, events that came late are among it, and nothing has changed so
    much that all has to be counted anew: another subject, twice as many events (an import of
    history, say), or a new month. So whoever was merged, split or erased is put right soon.
    """
    if kept is None or kept.subject != subject:
        return False
    learned_at = kept.learned_at.astimezone(UTC)
    return (
        (learned_at.year, learned_at.month) == (now.year, now.month)
        and learned_at >= month.until + _LATE
        and events < 2 * kept.events
    )
