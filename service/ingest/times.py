"""When something happened, from what a message says and when it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from service.errors import InvalidMessageError

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_FUTURE = timedelta(days=1)


def happened_at(body: Mapping[str, Any], received_at: datetime) -> datetime:
    """The time of a message, in UTC.

    `timestamp` is taken at its word. Without one it is the time of arrival, less what the
    device's own clock says passed between `originalTimestamp` and `sentAt`, so that a wrong clock
    does no harm (https://segment.com/docs/connections/spec/common/#timestamps).

    Raises:
        InvalidMessageError: a time cannot be read, or cannot be.
    """
    timestamp = _read(body, "timestamp")
    if timestamp is not None:
        return _possible("timestamp", timestamp, received_at)
    original, sent = _read(body, "originalTimestamp"), _read(body, "sentAt")
    if original is None:
        return received_at
    if sent is None:
        return _possible("originalTimestamp", original, received_at)
    try:
        happened = received_at - (sent - original)
    except OverflowError:
        raise InvalidMessageError("originalTimestamp", "is not a possible time") from None
    return _possible("originalTimestamp", happened, received_at)


def arrived_at(body: Mapping[str, Any], latest: datetime) -> datetime:
    """When a message that comes late, from a file, arrived: as far as it says so, else `latest`.

    Only where it needs that to tell when it happened; nothing is refused here.
    """
    if body.get("timestamp") is None:
        for field in ("receivedAt", "sentAt"):
            with suppress(InvalidMessageError):
                if (told := _read(body, field)) is not None:
                    return min(told, latest)
    return latest


def _read(body: Mapping[str, Any], field: str) -> datetime | None:
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidMessageError(field, "is not text; send ISO 8601, as in 2026-01-31T09:30:00Z")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidMessageError(
            field, "is not a time; send ISO 8601, as in 2026-01-31T09:30:00Z"
        ) from None
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise InvalidMessageError(field, "is not a possible time") from None


def _possible(field: str, time: datetime, received_at: datetime) -> datetime:
    if time < _EARLIEST:
        raise InvalidMessageError(field, "is before 1900; send the time at which it happened")
    if time > received_at + _FUTURE:
        raise InvalidMessageError(
            field, "is more than a day in the future; check the sender's clock"
        )
    return time
