"""Requests that are broken in bytes, packing, headers, size or key."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from service.ingest.wire import MAX_BATCH_BYTES
from tests.hostile.messages import KINDS, mutated, whole

DOORS = (*KINDS, "batch", *"itpsgab")
ANSWERS = (200, 400, 401, 413)
"""What may be said to any of these: no mistake of the service's own is among them."""
_BATCHES = ("batch", "b")
_KIBI = 1024
_BOMB = 20 * _KIBI * _KIBI


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request."""

    door: str
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def headers_with(self, write_key: str) -> dict[str, str]:
        """Its headers, and that key unless they have another."""
        key = b64encode(f"{write_key}:".encode()).decode()
        return {"Authorization": f"Basic {key}"} | self.headers


def hostile(chance: random.Random, number: int) -> Hostile:
    """The next one, to any door."""
    return chance.choice(_WAYS)(chance, number)


@dataclass(frozen=True, slots=True)
class Surrounded:
    """A batch in which one message is good, at `place`: a page of `user_id` `message_id`."""

    message_id: str
    place: int
    messages: list[Any]

    @property
    def content(self) -> bytes:
        """As it is sent. orjson writes nothing that is so deep."""
        return json.dumps({"batch": self.messages}).encode()


def surrounded(chance: random.Random, number: int, neighbours: int) -> Surrounded:
    """The next one, with so many bad neighbours, or with fewer if these are very large."""
    message_id = f"good-{number}"
    others = [mutated(chance, number * neighbours + n) for n in range(neighbours)]
    while len(json.dumps({"batch": others})) > MAX_BATCH_BYTES - _KIBI:
        others = others[: len(others) // 2]
    place = chance.randint(0, len(others))
    good = {"type": "page", "messageId": message_id, "userId": message_id}
    return Surrounded(message_id, place, [*others[:place], good, *others[place:]])


def _door(chance: random.Random, message: Any) -> tuple[str, bytes]:
    """A door, and the message as it goes in there."""
    door = chance.choice(DOORS)
    body = {"batch": [message] * 2} if door in _BATCHES else message
    return door, orjson.dumps(body, default=str)


def _flip(chance: random.Random, raw: bytearray) -> None:
    raw[chance.randrange(len(raw))] = chance.randrange(256)


def _cut(chance: random.Random, raw: bytearray) -> None:
    del raw[chance.randrange(len(raw)) :]


def _drop(chance: random.Random, raw: bytearray) -> None:
    begin = chance.randrange(len(raw))
    del raw[begin : begin + chance.randint(1, 20)]


def _repeat(chance: random.Random, raw: bytearray) -> None:
    begin = chance.randrange(len(raw))
    raw[begin:begin] = raw[begin : begin + chance.randint(1, 50)] * chance.randint(1, 3)


def _insert(chance: random.Random, raw: bytearray) -> None:
    begin = chance.randrange(len(raw))
    raw[begin:begin] = chance.choice(_TOKENS)


_TOKENS = (
    *(b"{", b"[", b'"', b",", b":", b"null", b"\\ud83d", b"\\udc00", b"\\u0000", b"\\", b"/**/"),
    *(
        b"\x00",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\xbd",
        b"\xf4\x90\x80\x80",
        b"\xe2\x80",
        b"\xef\xbb\xbf",
    ),
    *(b"1e999", b"-1e-999", b"NaN", b"-Infinity", b"9" * 400, b"0x10", b"1_000", b"+1", b".5"),
)


def _broken_bytes(chance: random.Random, number: int) -> Hostile:
    door, content = _door(chance, whole(chance, number))
    raw = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        if raw:
            chance.choice((_flip, _cut, _drop, _repeat, _insert))(chance, raw)
    return Hostile(door, bytes(raw))


def _broken_message(chance: random.Random, number: int) -> Hostile:
    """What is wrong is in the message alone; or also that it is packed for another door."""
    message = mutated(chance, number)
    try:
        door, content = _door(chance, message)
    except orjson.JSONEncodeError:  # Deeper than it can write.
        return _odd_json(chance, number)
    return Hostile(chance.choice(DOORS) if chance.random() < 0.1 else door, content)


def _encoded(chance: random.Random, number: int) -> Hostile:
    message = whole(chance, number) | {"event": "\u20ac \N{GRINNING FACE} caf\xe9"}
    door, content = _door(chance, message)
    encoding = chance.choice(("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp1252"))
    content = content.decode().encode(encoding, errors="replace")
    return Hostile(door, content, {"Content-Type": f"application/json; charset={encoding}"})


def _packed(chance: random.Random, number: int) -> Hostile:
    door, content = _door(chance, whole(chance, number))
    packed = gzip.compress(content, 1)
    middle = len(packed) // 2
    raw = chance.choice(
        (
            packed,
            packed[: chance.randrange(1, len(packed))],
            packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :],
            packed[:-8] + bytes(8),
            packed + b"and more",
            packed * 2,
            gzip.compress(packed),
            b"\x1f\x8b",
            zlib.compress(content),
            _bomb(chance.choice((b"\0", b"[", b" ", b'{"a":'))),
            content,
        )
    )
    encoding = chance.choice(("gzip", "deflate", "br", "identity", "gzip, gzip", "x" * 300))
    return Hostile(door, raw, {"Content-Encoding": encoding} if chance.random() < 0.5 else {})


@cache
def _bomb(of: bytes) -> bytes:
    """Twenty mebibytes in twenty kibibytes."""
    return gzip.compress(of * (_BOMB // len(of)), 9)


def _told_otherwise(chance: random.Random, number: int) -> Hostile:
    """A valid message under another content type."""
    door, content = _door(chance, whole(chance, number))
    told = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "a/b;c=")
    return Hostile(door, content, {"Content-Type": chance.choice(told)})


def _odd_json(chance: random.Random, _number: int) -> Hostile:
    deep = chance.choice((100, 1_000, 10_000))
    raw = chance.choice(
        (
            *(b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[[]]", b"{", b"]", b"nul"),
            *(b"NaN", b'{"userId":NaN}', b'{"userId":-Infinity}', b"{'userId':'7'}", b"\xff\xfe"),
            *(b"[" * deep, b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep),
            b'{"properties":' + b'{"a":[' * deep + b"]}" * deep + b"}",
            b'{"userId":"7","event":"a","properties":{"n":' + b"1" * deep + b"}}",
            b'{"userId":"7","event":"a","properties":{"n":1e' + b"9" * 20 + b"}}",
            b'{"userId":"7","userId":{},"event":"a","event":null,"messageId":"m","messageId":7}',
            b'{"userId":"7","event":"\\ud83d","properties":{"\\udc00":"\\ud800\\ud800"}}',
            b'{"userId":"7","event":"a" /* b */}',
            b'{"userId":"7","event":"a",}',
            b'{"userId":"7","event":"a"}{"userId":"8"}',
            b'{"userId":"7","event":"a\nb\tc\x01"}',
            b'{"batch":' + b"[" * deep,
        )
    )
    return Hostile(chance.choice(DOORS), raw)


def _large(chance: random.Random, number: int) -> Hostile:
    """Around the limits, and far over them."""
    size = chance.choice((31, 32, 33, 499, 500, 501, 2_000)) * _KIBI
    message = whole(chance, number)
    what = chance.randrange(4)
    if what == 0:
        message["properties"] = {"a": "x" * size}
    elif what == 1:
        message["properties"] = {f"n{n}": n for n in range(size // 12)}
    elif what == 2:
        message["traits"] = {"a": ["x"] * (size // 4)}
    else:
        message["context"]["externalIds"] = [
            {"id": str(n), "type": "user_id"} for n in range(size // 30)
        ]
    return Hostile(*_door(chance, message))


def _odd_batch(chance: random.Random, number: int) -> Hostile:
    message = whole(chance, number)
    batch: Any = chance.choice(
        (
            *(None, {}, "a", 7, [], [None] * 1_000, [[]] * 1_000, [message] * 100, [[message]]),
            *([{"batch": [message]}], [{}] * 20_000, {"0": message}),
        )
    )
    around: dict[str, Any] = {
        name: chance.choice((None, 7, [], {}, "a", "2025-06-01")) for name in _AROUND
    }
    kept = {name: value for name, value in around.items() if chance.random() < 0.5}
    return Hostile(chance.choice(_BATCHES), orjson.dumps({"batch": batch, **kept}))


_AROUND = ("sentAt", "context", "writeKey", "integrations", "type")


def _without_key(chance: random.Random, number: int) -> Hostile:
    door, content = _door(chance, whole(chance, number))
    told = (
        "",
        "Basic",
        "Basic Og==",
        "Basic !",
        "Basic /////w==",
        "Bearer x",
        "Digest a",
        "a" * 999,
    )
    return Hostile(door, content, {"Authorization": chance.choice(told)})


_WAYS: tuple[Callable[[random.Random, int], Hostile], ...] = (
    *(_broken_bytes, _broken_message) * 6,
    *(_encoded, _packed, _told_otherwise, _odd_json) * 2,
    *(_large, _odd_batch, _without_key),
)
