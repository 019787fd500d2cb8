"""Messages of the Segment spec, built and made ready to be sent. Pure.

Each builder gives a plain message, for `batch` or to look at; the methods of the same names build
and send one. https://segment.com/docs/connections/spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

import orjson
import uuid_utils

from service.client.errors import InvalidError
from service.client.results import Identifier

Message = dict[str, Any]


class Said(TypedDict, total=False):
    """What any message may say, beside what its kind says.

    Attributes:
        user_id: Who it is, by the sender's own id.
        anonymous_id: The cookie or installation that it comes from.
        identifiers: Other identifiers of the same person, by namespace, as in
            `{"loyalty_card": "L-2007"}`.
        context: The spec's context: device, os, page, campaign, consent and so on.
        timestamp: When it happened; now, if not said. Without a zone it is UTC.
        message_id: What makes it one and the same when it is sent again; random, if not said.
    """

    user_id: str | int | None
    anonymous_id: str | int | None
    identifiers: Mapping[str, str | int]
    context: Mapping[str, Any]
    timestamp: datetime | str | None
    message_id: str | None


def identify(traits: Mapping[str, Any] | None = None, **said: Unpack[Said]) -> Message:
    """Say who somebody is, and what is known of them."""
    return _message("identify", said, traits=traits)


def track(event: str, properties: Mapping[str, Any] | None = None, **said: Unpack[Said]) -> Message:
    """Say that somebody did something."""
    return _message("track", said, event=event, properties=properties)


def page(
    name: str | None = None, properties: Mapping[str, Any] | None = None, **said: Unpack[Said]
) -> Message:
    """Say that somebody looked at a page."""
    return _message("page", said, name=name, properties=properties)


def screen(
    name: str | None = None, properties: Mapping[str, Any] | None = None, **said: Unpack[Said]
) -> Message:
    """Say that somebody looked at a screen of an app."""
    return _message("screen", said, name=name, properties=properties)


def group(
    group_id: str | int, traits: Mapping[str, Any] | None = None, **said: Unpack[Said]
) -> Message:
    """Say that somebody belongs to an organization, and what is known of that."""
    return _message("group", said, groupId=group_id, traits=traits)


def alias(previous_id: str | int, **said: Unpack[Said]) -> Message:
    """Say that somebody was known by another id before."""
    return _message("alias", said, previousId=previous_id)


def merge(identifiers: Iterable[str | Identifier], **said: Unpack[_Merged]) -> Message:
    """Say that two or more identifiers, as in `email:ann@example.com`, are one person.

    Raises:
        InvalidError: one of them is not an identifier.
    """
    named = [Identifier.of(one) for one in identifiers]
    told = Said(**said)  # type: ignore[typeddict-item]
    return _message(
        "merge", told, mergeProperties=[{"type": i.namespace, "value": i.value} for i in named]
    )


class _Merged(TypedDict, total=False):
    context: Mapping[str, Any]
    timestamp: datetime | str | None
    message_id: str | None


def _message(kind: str, said: Said, **own: Any) -> Message:
    named = [{"type": name, "id": id_} for name, id_ in said.get("identifiers", {}).items()]
    context = {**said.get("context", {})}
    if named:
        ids = [{**one, "collection": "users", "encoding": "none"} for one in named]
        context["externalIds"] = [*context.get("externalIds", []), *ids]
    told = {
        "type": kind,
        **own,
        "userId": said.get("user_id"),
        "anonymousId": said.get("anonymous_id"),
        "context": context or None,
        "timestamp": said.get("timestamp"),
        "messageId": said.get("message_id"),
    }
    return {name: value for name, value in told.items() if value is not None}


def ready(message: Mapping[str, Any], now: datetime) -> Message:
    """The message with an id and a time, so that it is the same however late it arrives."""
    whole = dict(message)
    if whole.get("messageId") in (None, ""):
        whole["messageId"] = str(uuid_utils.uuid7())
    if whole.get("timestamp") is None and whole.get("originalTimestamp") is None:
        whole["timestamp"] = now
    return whole


def encode(message: object) -> bytes:
    """JSON without spaces, which is how the service measures it. A time without a zone is UTC.

    Raises:
        InvalidError: it holds what JSON cannot say.
    """
    try:
        return orjson.dumps(
            message,
            default=_plain,
            option=orjson.OPT_NAIVE_UTC | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS,
        )
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
        raise InvalidError(f"the message cannot be written as JSON: {error}") from None


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):  # A subclass, as frames have.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
