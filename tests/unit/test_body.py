"""From bytes to JSON, within a bounded size, whatever the bytes are."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from service.api.body import read_json
from service.errors import InvalidMessageError, TooLargeError
from service.ingest.wire import parse_json


def _request(*chunks: bytes, received: list[int] | None = None) -> Request:
    """A request whose body comes in chunks; `received` counts how many were taken."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        if received is not None:
            received.append(1)
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_is_read_whatever_pieces_it_comes_in(packed: bool) -> None:
    raw = orjson.dumps({"a": ["b", 1, "é"]})
    sent = gzip.compress(raw) if packed else raw
    for size in (1, 7, len(sent)):
        chunks = [sent[begin : begin + size] for begin in range(0, len(sent), size)]
        assert await read_json(_request(*chunks), 100) == ({"a": ["b", 1, "é"]}, len(raw))


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger(packed: bool) -> None:
    raw = b'"' + b"x" * 98 + b'"'
    sent = gzip.compress(raw) if packed else raw
    assert await read_json(_request(sent), 100) == ("x" * 98, 100)
    with pytest.raises(TooLargeError):
        await read_json(_request(sent), 99)


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    received: list[int] = []
    with pytest.raises(TooLargeError, match="over 1 KiB"):
        await read_json(_request(*[b"x" * 512] * 100, received=received), 1024)
    assert len(received) == 3


def _bomb(chunks: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(chunk) for chunk in chunks), packer.flush()])


async def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = _bomb([b" " * 1_000_000] * 400)
    assert len(bomb) < 500 * 1024
    with pytest.raises(TooLargeError):
        await read_json(_request(bomb), 500 * 1024)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is not JSON"),
        (b"\x1f\x8b", "the gzip body ends too early"),
        (gzip.compress(b'{"a": 1}')[:-1], "the gzip body ends too early"),
        (b"\x1f\x8b\x08garbage that is not gzip", "the body begins like gzip and is not"),
        (gzip.compress(b""), "the body is not JSON"),
        (b'"\xc3\x28"', "the body is not UTF-8"),
        (b"{'a': 1}", "the body is not JSON"),
        (b'"\\ud83d', "the body is not JSON"),
    ],
)
async def test_what_cannot_be_read_is_told_in_plain_words(body: bytes, problem: str) -> None:
    with pytest.raises(InvalidMessageError) as refused:
        await read_json(_request(body), 1024)
    assert refused.value.field == ""
    assert refused.value.problem.startswith(problem)


@given(st.text(max_size=30))
def test_text_with_halves_of_emoji_is_read_with_a_mark_in_their_place(text: str) -> None:
    # json.dumps writes every surrogate as an escape; those that stand alone are lost, no more.
    together = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    expected = "".join(
        "\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter
        for letter in together
    )
    assert parse_json(json.dumps(text).encode()) == expected


@given(st.lists(st.sampled_from(["\ud83d", "\ude00", "\\", '"', "u", "d83d", "a"]), max_size=12))
def test_escapes_beside_halves_of_emoji_are_left_alone(parts: list[str]) -> None:
    text = "".join(parts)
    together = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    read = parse_json(json.dumps({text: [text]}).encode())
    [(name, [value])] = read.items()
    assert (
        name
        == value
        == together.encode("utf-8", "replace").decode().replace("?", "\N{REPLACEMENT CHARACTER}")
    )
