"""A message on its way in: from bytes to JSON, within a bounded size. The same at every door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from service.errors import InvalidMessageError, TooLargeError

MAX_MESSAGE_BYTES = 32 * 1024
MAX_BATCH_BYTES = 500 * 1024
# More than there is room for, if each has a type and names somebody. Without a bound the answer to
# a batch of `{}` would be fifty times as large as the batch, and take seconds to write.
MAX_BATCH_MESSAGES = 20_000
# What a batch says once for all its messages is stored with each of them.
_MAX_SHARED_BYTES = 16 * MAX_BATCH_BYTES
# An escape in JSON; the group is half of a pair of surrogates whose other half is missing.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)


def parse_json(raw: bytes) -> Any:
    """JSON in UTF-8, in which half an emoji becomes the replacement character.

    Browsers cut text in the middle of an emoji; what is left of it is no reason to refuse.

    Raises:
        orjson.JSONDecodeError: it is not JSON, or not UTF-8.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        whole = _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], raw)
        if whole == raw:
            raise
        return orjson.loads(whole)


def parse_line(line: bytes) -> dict[str, Any]:
    """One message in a line of its own, as in JSON Lines.

    Raises:
        InvalidMessageError: it is not a JSON object in UTF-8.
        TooLargeError: it is so long that it was not even read to its end.
    """
    if len(line) > MAX_BATCH_BYTES:
        raise TooLargeError(f"the line is over {MAX_BATCH_BYTES // 1024} KiB")
    try:
        body = parse_json(line)
    except orjson.JSONDecodeError as error:
        try:
            line.decode()
        except UnicodeDecodeError:
            raise InvalidMessageError("", "is not UTF-8") from None
        raise InvalidMessageError("", f"is not JSON: {error.msg}, column {error.colno}") from None
    if not isinstance(body, dict):
        raise InvalidMessageError("", "is not a JSON object")
    return body


def check_size(message: object) -> None:
    """Measure a message without the spaces in it.

    Raises:
        TooLargeError: it is over the limit.
    """
    with suppress(InvalidMessageError):  # Which parse_message will tell, with its limit.
        if _size(message, "") > MAX_MESSAGE_BYTES:
            raise TooLargeError(f"the message is over {MAX_MESSAGE_BYTES // 1024} KiB")


def check_batch(messages: list[Any], shared: Mapping[str, Any]) -> None:
    """Measure what a batch comes to, when each message has the fields that are said once for all.

    Raises:
        TooLargeError: it is over a limit.
        InvalidMessageError: a field for all is nested so deep that no message can have it.
    """
    if len(messages) > MAX_BATCH_MESSAGES:
        raise TooLargeError(
            f"the batch has over {MAX_BATCH_MESSAGES:,} messages; send less at once"
        )
    size = 0
    for field, value in shared.items():
        size += _size(value, field)
    if len(messages) * size > _MAX_SHARED_BYTES:
        raise TooLargeError(
            f"the {' and '.join(shared)} of the batch, once for each of its messages, is over "
            f"{_MAX_SHARED_BYTES // 1024} KiB; send less at once"
        )


def _size(value: object, field: str) -> int:
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError:  # 254 levels is as deep as it goes.
        raise InvalidMessageError(field, "is nested too deep") from None
