"""What is sent, as `/openapi.json` tells programs: messages of each kind, and batches of them.

What is forbidden here is refused. Not all that is refused can be said here: a message also has to
name somebody, which the rules file has a say in. Null is as good as nothing.
"""

from __future__ import annotations

from typing import Any

from service.api.described import (
    WRITE_KEY,
    Answers,
    Committed,
    Json,
    PartlyRefused,
    Refused,
    refusals,
)
from service.ingest.message import MAX_IDENTIFIERS, MAX_MESSAGE_ID, MAX_NAME, TYPES
from service.ingest.wire import MAX_BATCH_MESSAGES

ANSWERS: Answers = {
    200: {"description": "Committed to the database.", "model": Committed},
    **refusals(400, 401, 413, 429, 500, 503),
}
BATCH_ANSWERS: Answers = {**ANSWERS, **refusals(400, 413, model=Refused | PartlyRefused)}


def _or_null(type_: str, **more: Any) -> Json:
    return {"type": [type_, "null"], **more}


def _table(**fields: Json) -> Json:
    return _or_null("object", **({"properties": fields} if fields else {}))


# Whole numbers are taken as text; larger ones than these would have lost their last digits.
_ID = {"type": ["string", "integer"], "minimum": -(2**63), "maximum": 2**64 - 1}
_ID_OR_NULL = {**_ID, "type": [*_ID["type"], "null"]}  # type: ignore[misc]
_NAME = _or_null("string", maxLength=MAX_NAME)
_NAMESPACE = {"type": "string", "description": "The id's namespace."}
_EXTERNAL_ID = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": _NAMESPACE, "id": _ID_OR_NULL},
}
_CONTEXT = _table(
    traits=_table(),
    device=_table(id=_ID_OR_NULL, advertisingId=_ID_OR_NULL, token=_ID_OR_NULL),
    externalIds=_or_null("array", items=_EXTERNAL_ID, maxItems=MAX_IDENTIFIERS),
    campaign=_table(),
    consent=_table(
        categoryPreferences=_or_null("object", additionalProperties={"type": "boolean"})
    ),
)
_TIME = {"description": "Only looked at where there is no timestamp."}
_FIELDS: Json = {
    "messageId": _or_null(
        "string", maxLength=MAX_MESSAGE_ID, description="Sent again, it changes nothing."
    ),
    "userId": _ID_OR_NULL,
    "anonymousId": _ID_OR_NULL,
    "previousId": _ID_OR_NULL,
    "groupId": _ID_OR_NULL,
    "traits": _table(),
    "properties": _table(),
    "context": _CONTEXT,
    "timestamp": _or_null("string", description="ISO 8601, as in 2026-01-31T09:30:00Z."),
    "originalTimestamp": _TIME,
    "sentAt": _TIME,
    "writeKey": {"description": "The source's write key, if it is not shown by HTTP Basic."},
}
_OWN: dict[str, Json] = {
    "track": {
        "required": ["event"],
        "properties": {"event": {"type": "string", "pattern": r"\S", "maxLength": MAX_NAME}},
    },
    "page": {"properties": {"name": _NAME}},
    "screen": {"properties": {"name": _NAME}},
    "alias": {
        "required": ["previousId", "userId"],
        "properties": {"previousId": _ID, "userId": _ID},
    },
    "merge": {
        "required": ["mergeProperties"],
        "properties": {
            "mergeProperties": {
                "type": "array",
                "minItems": 2,
                "maxItems": MAX_IDENTIFIERS,
                "items": {
                    "type": "object",
                    "required": ["type", "value"],
                    "properties": {"type": _NAMESPACE, "value": _ID},
                },
            }
        },
    },
}


_EXAMPLES: dict[str, Json] = {
    "identify": {"userId": "ann-7", "traits": {"email": "ann@example.com", "plan": "gold"}},
    "track": {
        "messageId": "W-1",
        "userId": "ann-7",
        "event": "Order Completed",
        "properties": {"order_id": "W-1", "total": 29.9},
    },
    "page": {"anonymousId": "cookie-1", "name": "Home", "properties": {"path": "/"}},
    "screen": {"userId": "ann-7", "name": "Start"},
    "group": {"userId": "ann-7", "groupId": "acme", "traits": {"name": "Acme"}},
    "alias": {"previousId": "cookie-1", "userId": "ann-7"},
    "merge": {
        "mergeProperties": [
            {"type": "email", "value": "ann@example.com"},
            {"type": "loyalty_card", "value": "L-2007"},
        ]
    },
    "batch": {"batch": [{"type": "page", "userId": "ann-7"}, {"type": "identify", "userId": 7}]},
}


def _message(kind: str) -> Json:
    own = _OWN.get(kind, {})
    return {"type": "object", **own, "properties": {**_FIELDS, **own.get("properties", {})}}


def _in_batch(kind: str) -> Json:
    message = _message(kind)
    return {
        **message,
        "required": ["type", *message.get("required", ())],
        "properties": {"type": {"const": kind}, **message["properties"]},
    }


_BATCH: Json = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {
            "type": "array",
            "maxItems": MAX_BATCH_MESSAGES,
            "items": {"oneOf": [_in_batch(kind) for kind in TYPES]},
        },
        "context": {"description": "For all messages; what a message says itself wins."},
        "sentAt": {"description": "For all messages."},
        "writeKey": _FIELDS["writeKey"],
    },
}


def described(kind: str) -> Json:
    """How a message of this kind, or a batch, is sent. It may be packed with gzip."""
    schema = _BATCH if kind == "batch" else _message(kind)
    content = {"application/json": {"schema": schema, "example": _EXAMPLES[kind]}}
    return {
        # The key may stand in the body.
        "security": [WRITE_KEY, {}],
        "requestBody": {"required": True, "content": content},
    }
