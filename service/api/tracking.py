"""The front door for messages: the Segment tracking spec over HTTP.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uuid_utils
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from service import metrics
from service.access import Key, Keys, Scope
from service.api.body import MAX_INFLOW, Inflow, read_json
from service.api.described_messages import ANSWERS, BATCH_ANSWERS, described
from service.api.rates import Rate
from service.errors import (
    InvalidMessageError,
    KnoopError,
    NotFoundError,
    TooLargeError,
    UnauthorizedError,
    UnwritableError,
)
from service.identity.rules import Rules
from service.ingest.group_commit import GroupCommit
from service.ingest.message import TYPES, Message, parse_message
from service.ingest.poison import Written
from service.ingest.rows import Received
from service.ingest.wire import MAX_BATCH_BYTES, MAX_MESSAGE_BYTES, check_batch, check_size

# The browser SDK's short forms.
_SHORT = {
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}


_UNWRITABLE = (
    "it could not be stored, and is kept with the error: knoop dead-letters list; "
    "do not send it again"
)


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the door needs."""

    commits: GroupCommit
    rules: Rules
    keys: Keys
    rate: Rate
    inflow: Inflow = field(default_factory=lambda: Inflow(MAX_INFLOW))


def tracking_routes(tracking: Tracking) -> APIRouter:
    """The routes `/v1/identify`, `/v1/track`, …, `/v1/batch`, and the short forms."""
    router = APIRouter(prefix="/v1", tags=["tracking"])

    def single(kind: str) -> Any:
        async def receive(request: Request) -> JSONResponse:
            with tracking.inflow.taking() as take:
                return await _one(tracking, request, kind, take)

        receive.__doc__ = f"Send one {kind} message. 200 means that it is committed."
        return receive

    async def receive_batch(request: Request) -> JSONResponse:
        """Send many messages. 200 means that all are committed; 400 says which are not."""
        with tracking.inflow.taking() as take:
            return await _batch(tracking, request, take)

    for kind in (*TYPES, "batch"):
        is_batch = kind == "batch"
        router.add_api_route(
            f"/{kind}",
            receive_batch if is_batch else single(kind),
            methods=["POST"],
            name=kind,
            operation_id=kind,
            responses=BATCH_ANSWERS if is_batch else ANSWERS,
            openapi_extra=described(kind),
        )
    for short, kind in _SHORT.items():
        handler = receive_batch if kind == "batch" else single(kind)
        router.add_api_route(f"/{short}", handler, methods=["POST"], include_in_schema=False)
    return router


async def _one(
    tracking: Tracking, request: Request, kind: str, take: Callable[[int], None]
) -> JSONResponse:
    body, _ = await read_json(request, MAX_MESSAGE_BYTES, take)
    key = await _writer(tracking, request, body)
    await tracking.rate.take(f"the source {key.source}", 1)
    message = parse_message(body, datetime.now(UTC), tracking.rules, type_=kind, new_id=_new_id())
    written = await _write(tracking, key, [(message, body)])
    if written.refused:
        raise UnwritableError(_UNWRITABLE)
    return JSONResponse({"success": True, **_report([message])})


async def _batch(tracking: Tracking, request: Request, take: Callable[[int], None]) -> JSONResponse:
    body, size = await read_json(request, MAX_BATCH_BYTES, take)
    key = await _writer(tracking, request, body)
    if not isinstance(body, dict) or not isinstance(body.get("batch"), list):
        raise InvalidMessageError("batch", "is missing or not a list of messages")
    defaults = {name: body[name] for name in ("sentAt", "context") if body.get(name) is not None}
    check_batch(body["batch"], defaults)
    await tracking.rate.take(f"the source {key.source}", len(body["batch"]))
    received_at = datetime.now(UTC)
    taken: dict[int, tuple[Message, Any]] = {}
    errors: list[dict[str, Any]] = []
    for index, one in enumerate(body["batch"]):
        try:
            whole = _with_defaults(one, defaults)
            if size > MAX_MESSAGE_BYTES:
                check_size(whole)
            message = parse_message(whole, received_at, tracking.rules, new_id=_new_id())
            taken[index] = message, whole
        except (InvalidMessageError, TooLargeError) as error:
            errors.append({"index": index, "messageId": _message_id(one), **_describe(error)})
    written = await _write(tracking, key, list(taken.values()))
    for index, (message, _) in taken.items():
        if message.message_id in written.refused:
            described = _describe(UnwritableError(_UNWRITABLE))
            errors.append({"index": index, "messageId": message.message_id, **described})
    errors.sort(key=lambda error: error["index"])
    messages = [
        message for message, _ in taken.values() if message.message_id not in written.refused
    ]
    if not errors:
        return JSONResponse({"success": True, **_report(messages)})
    metrics.REFUSED.inc(len(errors))
    only_size = all(error["code"] == TooLargeError.code for error in errors)
    return JSONResponse(
        {
            "success": False,
            "code": errors[0]["code"],
            "message": f"{len(errors)} of {len(body['batch'])} messages were not accepted; "
            "the others are stored",
            "accepted": len(messages),
            "errors": errors,
            **_report(messages),
        },
        status_code=413 if only_size else 400,
    )


async def _write(tracking: Tracking, key: Key, taken: Sequence[tuple[Message, Any]]) -> Written:
    source = str(key.source)
    written = await tracking.commits.write(
        [
            Received(message, source, key.channel, {**sent, "type": message.type})
            for message, sent in taken
        ]
    )
    metrics.count([message for message, _ in taken], source, written)
    return written


async def _writer(tracking: Tracking, request: Request, body: object) -> Key:
    """The holder of the write key: HTTP Basic user name, or `writeKey` in the body."""
    secret: object = _basic_user(request.headers.get("authorization", ""))
    if not secret and isinstance(body, dict):
        secret = body.get("writeKey") or _first_write_key(body)
    if not isinstance(secret, str) or not secret:
        raise UnauthorizedError(
            "no write key; send it as HTTP Basic user name, or as writeKey in the body"
        )
    try:
        key = await tracking.keys.find(secret)
    except NotFoundError:
        raise UnauthorizedError("the write key is not known; make one: knoop source add") from None
    if not key.allows(Scope.MESSAGES_WRITE):
        raise UnauthorizedError("this is an API key; send messages with a source's write key")
    return key


def _basic_user(header: str) -> str | None:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return None


def _first_write_key(body: dict[str, Any]) -> object:
    batch = body.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else None
    return first.get("writeKey") if isinstance(first, dict) else None


def _with_defaults(message: object, defaults: dict[str, Any]) -> object:
    """A batch may say `sentAt` and `context` once for all its messages."""
    if not isinstance(message, dict):
        return message
    whole = defaults | message
    shared, own = defaults.get("context"), message.get("context")
    if isinstance(shared, dict) and isinstance(own, dict):
        whole["context"] = shared | own
    return whole


def _message_id(message: object) -> str | None:
    message_id = message.get("messageId") if isinstance(message, dict) else None
    return message_id if isinstance(message_id, str) else None


def _describe(error: KnoopError) -> dict[str, Any]:
    described: dict[str, Any] = {"code": error.code, "message": str(error)}
    if isinstance(error, InvalidMessageError):
        described["field"] = error.field
    return described


def _report(messages: Sequence[Message]) -> dict[str, Any]:
    """What was kept and yet does not count as the sender may think it does."""
    warnings = [
        {"messageId": message.message_id, "warning": warning}
        for message in messages
        for warning in _warnings(message)
    ]
    return {"warnings": warnings} if warnings else {}


def _warnings(message: Message) -> list[str]:
    found = [f"{one.identifier} identifies nobody: {one.reason}" for one in message.dropped]
    found += [
        f"no rule knows the namespace {name}; it links nobody until one does"
        for name in message.unknown_namespaces
    ]
    if message.contradiction:
        found.append(
            f"it names more values of {message.contradiction} than one person may hold, "
            "and so is evidence for nothing"
        )
    return found


def _new_id() -> str:
    return str(uuid_utils.uuid7())
