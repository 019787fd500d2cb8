"""The messageId of what brings none: the same whenever the same is imported again. Pure.

It is a hash of the source and of what is said, so a row counts once wherever in whichever file it
stands; equal rows are one event, unless the mapping says that they are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

_PREFIX = "import-"


def content_id(source: str, body: Mapping[str, Any], row: int | None = None) -> str:
    """Of everything that a message says; with `row`, also of where it stands."""
    return _id(["content", source, body, row])


def key_id(
    source: str, body: Mapping[str, Any], key: Mapping[str, str], row: int | None = None
) -> str:
    """Of a key alone: the same after the rest of a row, or the mapping of it, was mended.

    Type and name are in it too, so that two files may number their rows alike.
    """
    name = body.get("event") or body.get("name")
    return _id(["key", source, body.get("type"), name, sorted(key.items()), row])


def _id(said: list[Any]) -> str:
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return _PREFIX + blake2b(canonical, digest_size=16).hexdigest()
