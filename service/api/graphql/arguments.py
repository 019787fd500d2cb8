"""What callers give, made into what the service works with, or refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from service.errors import InvalidQueryError

MAX_PAGE = 500
DEFAULT_PAGE = 50

First = Annotated[
    int | None,
    strawberry.argument(description=f"Up to {MAX_PAGE}; {DEFAULT_PAGE} if not said."),
]
After = Annotated[str | None, strawberry.argument(description="The endCursor of the page before.")]


def in_utc(argument: str, time: datetime | None) -> datetime | None:
    """A time without an offset is in UTC. Neo4j orders one moment's times by their offsets."""
    if time is None or time.tzinfo is None:
        return time and time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise InvalidQueryError(f"{argument}: is not a possible time") from None


def page_size(first: int | None, default: int = DEFAULT_PAGE) -> int:
    """How many a page is to have."""
    size = default if first is None else first
    if not 1 <= size <= MAX_PAGE:
        raise InvalidQueryError(f"first: is {size}; ask for 1 to {MAX_PAGE}, and page on")
    return size
