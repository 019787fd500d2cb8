"""What bad input gets: a clear error that names message and field, and never more than that."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from typing import Any

import httpx
import orjson
import pytest

from service.access import Scope, add_key
from service.ingest.message import TYPES
from service.store.graph import Graph
from tests.integration.conftest import Sender

KIB = 1024
GOOD = {"type": "page", "messageId": "good", "userId": "7"}


async def _count(graph: Graph, label: str = "Event") -> int:
    [row] = await graph.run("MATCH (n) WHERE $label IN labels(n) RETURN count(n) AS n", label=label)
    return int(row["n"])


async def _stored(graph: Graph) -> list[str]:
    rows = await graph.run("MATCH (e:Event) RETURN e.message_id AS id ORDER BY id")
    return [row["id"] for row in rows]


async def _post(web: Sender, path: str, body: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await web.client.post(
        path, content=body, auth=(web.write_key, ""), headers={"content-type": "a/b"} | named
    )


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


# --- Bodies ---


_UNREADABLE: list[tuple[bytes, str]] = [
    (b"", "the body is not JSON: "),
    (b"{", "the body is not JSON: "),
    (b"userId=7&event=Clicked", "the body is not JSON: "),
    (b"<xml/>", "the body is not JSON: "),
    (b"\xef\xbb\xbf{}", "the body is not JSON: "),
    (b"NaN", "the body is not JSON: "),
    (b'{"a": 1e400}', "the body is not JSON: "),
    (b'{"userId": "7"} {}', "the body is not JSON: "),
    (b"[" * 10_000 + b"]" * 10_000, "the body is not JSON: depth limit exceeded: "),
    (b"[" * 10_000, "the body is not JSON: "),
    (b'{"userId": "\xff"}', "the body is not UTF-8; send JSON in UTF-8"),
    ('{"userId": "é"}'.encode("latin-1"), "the body is not UTF-8; send JSON in UTF-8"),
    ('{"userId": "é"}'.encode("utf-16"), "the body is not UTF-8; send JSON in UTF-8"),
    (b'{"userId": "\xed\xa0\x80"}', "the body is not UTF-8; send JSON in UTF-8"),
    (b"\x1f\x8b", "the gzip body ends too early; send it again"),
    (b"\x1f\x8bnot gzip", "the body begins like gzip and is not"),
    (gzip.compress(b'{"userId":')[:-9], "the gzip body ends too early; send it again"),
    (gzip.compress(b"{}")[:-8] + b"\0" * 8, "the body begins like gzip and is not"),
    (gzip.compress(b"not JSON"), "the body is not JSON: "),
    (gzip.compress(b"\xff"), "the body is not UTF-8; send JSON in UTF-8"),
]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
async def test_a_body_that_cannot_be_read_is_refused_in_plain_words(
    web: Sender, graph: Graph, path: str
) -> None:
    for body, message in _UNREADABLE:
        answer = await _post(web, path, body)
        said = answer.json()
        assert (answer.status_code, said["code"], said["field"]) == (400, "invalid_message", "")
        assert said["message"].startswith(message)
        assert "Traceback" not in answer.text
    assert await _count(graph) == 0


_NO_MESSAGES: list[tuple[str, bytes]] = [
    ("/v1/track", b"null"),
    ("/v1/track", b"[]"),
    ("/v1/track", b"7"),
    ("/v1/track", b'"text"'),
    ("/v1/batch", b"null"),
    ("/v1/batch", b"[{}]"),
    ("/v1/batch", b"{}"),
    ("/v1/batch", b'{"batch": null}'),
    ("/v1/batch", b'{"batch": {}}'),
    ("/v1/batch", b'{"batch": "text"}'),
]


async def test_json_that_is_no_message_or_batch_is_refused(web: Sender) -> None:
    for path, body in _NO_MESSAGES:
        answer = await _post(web, path, body)
        said = answer.json()
        assert (answer.status_code, said["code"]) == (400, "invalid_message")
        assert (
            said["message"]
            == {
                "/v1/track": "a message is a JSON object",
                "/v1/batch": "batch: is missing or not a list of messages",
            }[path]
        )


async def test_a_batch_of_nothing_is_accepted(web: Sender, graph: Graph) -> None:
    answer = await web.batch()
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await _count(graph) == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"cut \ud83d", "cut \N{REPLACEMENT CHARACTER}"),
        (rb"\ude00 begun", "\N{REPLACEMENT CHARACTER} begun"),
        (rb"\ud83d\ud83d\ude00", "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}"),
        (rb"\ud83d\\ude00", "\N{REPLACEMENT CHARACTER}\\ude00"),
        (rb"\\ud83d \ud83d", "\\ud83d \N{REPLACEMENT CHARACTER}"),
        (rb"\uD83D\u0041", "\N{REPLACEMENT CHARACTER}A"),
        (b"\\ud83d\xf0\x9f\x98\x80", "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}"),
    ],
)
async def test_half_an_emoji_as_browsers_send_it_costs_no_message(
    web: Sender, graph: Graph, sent: bytes, kept: str
) -> None:
    body = b'{"userId": "7", "event": "Searched", "properties": {"query": "' + sent + b'"}}'
    answer = await _post(web, "/v1/track", body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    [row] = await graph.run("MATCH (e:Event) RETURN e.query AS query")
    assert row["query"] == kept


# --- Sizes ---


async def test_a_message_may_have_32_kib_and_no_more(web: Sender, graph: Graph) -> None:
    empty = orjson.dumps({"userId": "7", "event": "e", "properties": {"text": ""}})

    def body(size: int) -> bytes:
        return empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')

    assert (await _post(web, "/v1/track", body(32 * KIB))).status_code == 200
    answer = await _post(web, "/v1/track", body(32 * KIB + 1))
    assert (answer.status_code, answer.json()) == (
        413,
        {
            "success": False,
            "code": "too_large",
            "message": "the body is over 32 KiB unpacked; send less at once",
        },
    )
    packed = await _post(web, "/v1/track", gzip.compress(body(32 * KIB + 1)))
    assert packed.status_code == 413
    assert await _count(graph) == 1


async def test_a_batch_may_have_500_kib_and_no_more(web: Sender, graph: Graph) -> None:
    def body(size: int) -> bytes:
        filled = orjson.dumps({"batch": [GOOD], "x": ""})
        return filled.replace(b'"x":""', b'"x":"' + b"x" * (size - len(filled)) + b'"')

    assert (await _post(web, "/v1/batch", body(500 * KIB + 1))).status_code == 413
    assert (await _post(web, "/v1/batch", gzip.compress(body(500 * KIB + 1)))).status_code == 413
    assert await _count(graph) == 0
    assert (await _post(web, "/v1/batch", body(500 * KIB))).status_code == 200
    assert await _stored(graph) == ["good"]


async def test_as_many_messages_as_have_room_are_taken_and_no_crowd_of_empty_ones(
    web: Sender, graph: Graph
) -> None:
    """Else a kilobyte, packed, would be answered with 25 megabytes of errors."""
    small = b'{"type":"page","userId":"7"}'
    most = (500 * KIB - len(b'{"batch":[]}') + 1) // (len(small) + 1)
    answer = await _post(web, "/v1/batch", b'{"batch":[' + b",".join([small] * most) + b"]}")
    assert answer.status_code == 200
    rows = await graph.run("MATCH (e:Event) RETURN count(*) AS events")
    assert rows == [{"events": most}]

    answer = await web.batch(*[{}] * 20_001)
    assert (answer.status_code, answer.json()) == (
        413,
        {
            "success": False,
            "code": "too_large",
            "message": "the batch has over 20,000 messages; send less at once",
        },
    )


async def test_what_a_batch_says_for_all_is_bounded_by_how_many_they_are(
    web: Sender, graph: Graph
) -> None:
    """Else two hundred kilobytes would be stored as a hundred megabytes."""
    context = {"page": {"url": "x" * 20 * KIB}}
    messages = [GOOD | {"messageId": f"m{number}"} for number in range(1_000)]
    answer = await web.batch(*messages, context=context)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "context" in answer.json()["message"]
    assert await _count(graph) == 0
    assert (await web.batch(*messages[:10], context=context)).status_code == 200
    assert await _count(graph) == 10


async def test_what_a_batch_says_for_all_is_measured_whatever_it_is(
    web: Sender, graph: Graph
) -> None:
    """Else one small request would be looked through for minutes, while all others wait."""
    deep = json.loads("[" * 300 + "]" * 300)
    answer = await web.batch(*[{"type": "page", "userId": "7"}] * 5_000, context={"a": deep})
    assert (answer.status_code, answer.json()["field"]) == (400, "context")
    answer = await web.batch(*[{}] * 1_000, sentAt=[[]] * 10_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert await _count(graph) == 0


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
async def test_a_gzip_bomb_is_not_unpacked(web: Sender, path: str) -> None:
    bomb = gzip.compress(b'{"a":"' + b"0" * 200_000_000 + b'"}', compresslevel=1)
    answer = await _post(web, path, gzip.compress(bomb, 1) if path == "/v1/batch" else bomb)
    # Packed once it is told by its size; packed twice what is in it is not JSON.
    assert answer.status_code in (400, 413)
    assert answer.json()["code"] in ("invalid_message", "too_large")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data"],
)
@pytest.mark.parametrize("packed", [True, False])
async def test_the_bytes_decide_and_not_the_content_type(
    web: Sender, graph: Graph, content_type: str, packed: bool
) -> None:
    body = orjson.dumps({"batch": [GOOD], "writeKey": web.write_key})
    answer = await web.client.post(
        "/v1/batch",
        content=gzip.compress(body) if packed else body,
        headers={"content-type": content_type},
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await _stored(graph) == ["good"]


async def test_one_message_too_many_for_its_size_leaves_the_others(
    web: Sender, graph: Graph
) -> None:
    large = GOOD | {"messageId": "large", "properties": {"text": "x" * 32 * KIB}}
    answer = await web.batch(large, GOOD)
    assert answer.status_code == 413
    assert answer.json() == {
        "success": False,
        "code": "too_large",
        "message": "1 of 2 messages were not accepted; the others are stored",
        "accepted": 1,
        "errors": [
            {
                "index": 0,
                "messageId": "large",
                "code": "too_large",
                "message": "the message is over 32 KiB",
            }
        ],
    }
    assert await _stored(graph) == ["good"]


async def test_what_a_batch_says_for_all_counts_for_the_size_of_each(
    web: Sender, graph: Graph
) -> None:
    own = GOOD | {"messageId": "own", "context": {"traits": {"text": "x"}}}
    answer = await web.batch(GOOD, own, context={"traits": {"text": "x" * 33 * KIB}})
    assert answer.status_code == 413
    assert [error["messageId"] for error in answer.json()["errors"]] == ["good"]
    assert await _stored(graph) == ["own"]


async def test_a_message_that_is_nested_too_deep_leaves_the_others_whatever_its_size(
    web: Sender, graph: Graph
) -> None:
    ids = [f"m{n}" for n in range(40)]
    filler = [GOOD | {"messageId": id_, "properties": {"x": "x" * KIB}} for id_ in ids]
    for depth in (40, 250, 300, 900):
        deep = b'{"type":"page","userId":"7","properties":' + _nested(depth) + b"}"
        for others in ([], filler):
            body = b'{"batch":[' + b",".join([deep, *map(orjson.dumps, [GOOD, *others])]) + b"]}"
            answer = await _post(web, "/v1/batch", body)
            assert answer.status_code == 400
            [error] = answer.json()["errors"]
            assert (error["index"], error["code"]) == (0, "invalid_message")
            assert error["field"].startswith("properties.a.a.")
            assert error["message"].endswith("is nested deeper than 32; flatten it")
    assert await _stored(graph) == sorted(["good", *ids])


# --- Keys ---


@pytest.mark.parametrize("path", ["/v1/page", "/v1/batch"])
async def test_without_a_write_key_nothing_is_taken(
    client: httpx.AsyncClient, graph: Graph, path: str
) -> None:
    body = {"userId": "7", "batch": [GOOD]}
    for headers in (
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + b64encode(b"").decode()},
        {"Authorization": "Basic " + b64encode(b":password").decode()},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe").decode()},
        {"Authorization": "Basic é"},
        {"Authorization": "Bearer something"},
    ):
        encoded = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        answer = await client.post(path, json=body, headers=encoded)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.json()["message"].startswith("no write key; send it as")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert await _count(graph) == 0


_NO_KEYS: list[object] = ["unknown", "", " ", "é😀", "0" * 10_000, 7, None, True, ["k"], {}]


@pytest.mark.parametrize("path", ["/v1/page", "/v1/batch"])
async def test_an_unknown_write_key_is_refused_wherever_it_stands(
    client: httpx.AsyncClient, graph: Graph, path: str
) -> None:
    for key in _NO_KEYS:
        first = GOOD | {"writeKey": key}
        for body in ({"writeKey": key, "userId": "7", "batch": [GOOD]}, {"batch": [first]} | first):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        if isinstance(key, str):
            answer = await client.post(path, json=body, auth=(key, ""))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert await _count(graph) == 0


async def test_a_write_key_is_taken_from_each_place_where_sdks_put_it(
    client: httpx.AsyncClient, write_key: str, graph: Graph
) -> None:
    for number, (headers, body) in enumerate(
        [
            ({"Authorization": "Basic " + b64encode(f"{write_key}:".encode()).decode()}, {}),
            ({"Authorization": "basic " + b64encode(f"{write_key}:x".encode()).decode()}, {}),
            ({"Authorization": "Basic " + b64encode(write_key.encode()).decode()}, {}),
            ({}, {"writeKey": write_key}),
            ({"Authorization": "Bearer x"}, {"writeKey": write_key}),
        ]
    ):
        message = {"messageId": f"m{number}", "userId": "7", **body}
        answer = await client.post("/v1/page", json=message, headers=headers)
        assert answer.status_code == 200
    in_first = GOOD | {"writeKey": write_key}
    assert (await client.post("/v1/batch", json={"batch": [in_first]})).status_code == 200
    assert await _stored(graph) == ["good", "m0", "m1", "m2", "m3", "m4"]


async def test_an_api_key_does_not_send_and_a_write_key_does_not_read(
    client: httpx.AsyncClient, graph: Graph, write_key: str, api_key: str
) -> None:
    for answer in (
        await client.post("/v1/page", json={"userId": "7"}, auth=(api_key, "")),
        await client.post("/v1/page", json={"userId": "7", "writeKey": api_key}),
    ):
        assert answer.status_code == 401
        assert answer.json()["message"] == (
            "this is an API key; send messages with a source's write key"
        )
    assert await _count(graph) == 0
    answer = await client.post(
        "/graphql",
        json={"query": '{ profile(id: "x") { id } }'},
        headers={"Authorization": f"Bearer {write_key}"},
    )
    assert answer.json()["data"] == {"profile": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "forbidden"


async def test_a_write_key_that_is_not_the_only_one_works_like_the_first(
    client: httpx.AsyncClient, graph: Graph, write_key: str
) -> None:
    await add_key(graph, "other", [Scope.PROFILES_READ], key="other")
    answer = await client.post("/v1/page", json={"userId": "7"}, auth=("other", ""))
    assert answer.status_code == 401
    answer = await client.post("/v1/page", json={"userId": "7"}, auth=(write_key, ""))
    assert answer.status_code == 200


# --- Fields ---

_WRONG_TYPES: list[tuple[str, dict[str, Any], str]] = [
    *[("page", {"userId": value}, "userId") for value in (True, 1.5, ["a"], {"a": 1})],
    *[("page", {"userId": "7", "anonymousId": v}, "anonymousId") for v in (False, -0.5, ["a"])],
    ("page", {"userId": "7", "messageId": 7}, "messageId"),
    ("page", {"userId": "7", "messageId": ["m"]}, "messageId"),
    ("page", {"userId": "7", "messageId": "m" * 257}, "messageId"),
    ("page", {"userId": "7", "context": "text"}, "context"),
    ("page", {"userId": "7", "context": []}, "context"),
    ("page", {"userId": "7", "traits": "text"}, "traits"),
    ("page", {"userId": "7", "properties": ["text"]}, "properties"),
    ("page", {"userId": "7", "properties": 1}, "properties"),
    ("page", {"userId": "7", "name": 1}, "name"),
    ("page", {"userId": "7", "name": "n" * 513}, "name"),
    ("screen", {"userId": "7", "name": {}}, "name"),
    ("track", {"userId": "7"}, "event"),
    ("track", {"userId": "7", "event": None}, "event"),
    ("track", {"userId": "7", "event": ""}, "event"),
    ("track", {"userId": "7", "event": " \n"}, "event"),
    ("track", {"userId": "7", "event": 5}, "event"),
    ("track", {"userId": "7", "event": "e" * 513}, "event"),
    ("track", {"userId": "7", "event": "e", "timestamp": 0}, "timestamp"),
    ("group", {"userId": "7", "groupId": ["acme"]}, "groupId"),
    ("group", {"userId": "7", "groupId": True}, "groupId"),
    ("alias", {"userId": "7"}, "previousId"),
    ("alias", {"previousId": "c"}, "userId"),
    ("alias", {"userId": "7", "previousId": None}, "previousId"),
    ("alias", {"userId": "7", "previousId": ["c"]}, "previousId"),
    ("merge", {}, "mergeProperties"),
    ("merge", {"mergeProperties": {}}, "mergeProperties"),
    ("merge", {"mergeProperties": []}, "mergeProperties"),
    ("merge", {"mergeProperties": [{"type": "email", "value": "a@b.nl"}]}, "mergeProperties"),
    ("merge", {"mergeProperties": ["a", "b"]}, "mergeProperties[0]"),
    *[
        ("merge", {"mergeProperties": [{"type": "email", "value": "a@b.nl"}, other]}, field)
        for other, field in (
            ({"type": "user_id"}, "mergeProperties[1].value"),
            ({"type": "user_id", "value": True}, "mergeProperties[1].value"),
            ({"type": 5, "value": "7"}, "mergeProperties[1].type"),
            ({"value": "7"}, "mergeProperties[1].type"),
        )
    ],
    *[
        ("page", {"userId": "7", "context": context}, f"context.{field}")
        for context, field in (
            ({"traits": "text"}, "traits"),
            ({"traits": ["text"]}, "traits"),
            ({"device": "text"}, "device"),
            ({"device": {"id": ["d"]}}, "device.id"),
            ({"device": {"id": 1.5}}, "device.id"),
            ({"device": {"advertisingId": {}}}, "device.advertisingId"),
            ({"device": {"token": True}}, "device.token"),
            ({"externalIds": {}}, "externalIds"),
            ({"externalIds": "text"}, "externalIds"),
            ({"externalIds": ["text"]}, "externalIds[0]"),
            ({"externalIds": [{"type": "email"}, {"id": "x"}]}, "externalIds[1].type"),
            ({"externalIds": [{"type": 5, "id": "x"}]}, "externalIds[0].type"),
            ({"externalIds": [{"type": "email", "id": [1]}]}, "externalIds[0].id"),
            (
                {"externalIds": [{"type": "email", "id": f"{n}@b.nl"} for n in range(101)]},
                "externalIds",
            ),
            ({"campaign": "text"}, "campaign"),
            ({"consent": []}, "consent"),
            ({"consent": {"categoryPreferences": []}}, "consent.categoryPreferences"),
            (
                {"consent": {"categoryPreferences": {"marketing": "yes"}}},
                "consent.categoryPreferences.marketing",
            ),
        )
    ],
    ("page", {}, "userId"),
    ("page", {"userId": None, "anonymousId": None, "traits": {"name": "Ann"}}, "userId"),
]


async def test_a_field_of_the_wrong_type_is_named_at_each_door(web: Sender, graph: Graph) -> None:
    for kind, body, field in _WRONG_TYPES:
        single = await web.send(kind, body)
        said = single.json()
        assert (single.status_code, said["code"], said["field"]) == (400, "invalid_message", field)
        assert said["message"].startswith(f"{field}: ")
        batch = await web.batch(GOOD, {"type": kind, **body})
        assert (batch.status_code, batch.json()["accepted"]) == (400, 1)
        [error] = batch.json()["errors"]
        assert (error["index"], error["code"], error["field"]) == (1, "invalid_message", field)
        assert error["message"] == said["message"]
    assert await _stored(graph) == ["good"]


@pytest.mark.parametrize("field", ["userId", "event", "name", "messageId", "timestamp", "type"])
async def test_nul_characters_are_refused_wherever_they_hide(
    web: Sender, graph: Graph, field: str
) -> None:
    body = {"type": "track", "userId": "7", "event": "e", field: "a\0b"}
    answer = await web.batch(GOOD, body)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (400, field)
    assert error["message"] == f"{field}: holds a NUL character; take it out"
    assert await _stored(graph) == ["good"]


async def test_nul_characters_are_refused_deep_down_and_in_names(web: Sender, graph: Graph) -> None:
    deep = {"userId": "7", "properties": {"list": [{"a": "\0"}]}}
    assert (await web.send("page", deep)).json()["field"] == "properties.list.0.a"
    name = {"userId": "7", "context": {"page": {"a\0": 1}}}
    said = (await web.send("page", name)).json()
    assert said["message"] == ("context.page: has a field whose name holds a NUL character")
    assert await _count(graph) == 0


_NO_TYPES: list[object] = [None, "", "Track", "batch", 5, ["track"], {}, "x" * 100]


async def test_a_message_of_no_known_type_is_refused(web: Sender) -> None:
    for type_ in _NO_TYPES:
        answer = await web.batch({"userId": "7", "event": "e", "type": type_})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (400, "type")
        assert error["message"] == f"type: is not one of {', '.join(TYPES)}"


# --- Times ---


_NO_TIMES: list[tuple[dict[str, Any], str]] = [
    ({"timestamp": "yesterday"}, "timestamp: is not a time; "),
    ({"timestamp": ""}, "timestamp: is not a time; "),
    ({"timestamp": "2025-13-01"}, "timestamp: is not a time; "),
    ({"timestamp": "2025-02-30T00:00:00Z"}, "timestamp: is not a time; "),
    ({"timestamp": "2025-01-01T25:00:00Z"}, "timestamp: is not a time; "),
    ({"timestamp": "10000-01-01T00:00:00Z"}, "timestamp: is not a time; "),
    ({"timestamp": 1748779200}, "timestamp: is not text; "),
    ({"timestamp": 1748779200000.5}, "timestamp: is not text; "),
    ({"timestamp": True}, "timestamp: is not text; "),
    ({"timestamp": {"$date": "2025-01-01"}}, "timestamp: is not text; "),
    ({"timestamp": "0001-01-01T00:00:00Z"}, "timestamp: is before 1900; "),
    ({"timestamp": "1899-12-31T23:59:59Z"}, "timestamp: is before 1900; "),
    ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp: is not a possible time"),
    ({"timestamp": "9999-12-31T23:59:59-14:00"}, "timestamp: is not a possible time"),
    ({"timestamp": "9999-12-31T23:59:59Z"}, "timestamp: is more than a day in the future; "),
    ({"originalTimestamp": "never"}, "originalTimestamp: is not a time; "),
    ({"originalTimestamp": 5}, "originalTimestamp: is not text; "),
    ({"originalTimestamp": "2999-01-01"}, "originalTimestamp: is more than a day in the fut"),
    ({"originalTimestamp": "2025-01-01", "sentAt": "then"}, "sentAt: is not a time; "),
    ({"originalTimestamp": "0001-01-01", "sentAt": "9999-12-31"}, "originalTimestamp: is "),
    ({"originalTimestamp": "9999-12-31", "sentAt": "0001-01-01"}, "originalTimestamp: is "),
]


async def test_an_impossible_time_is_refused(web: Sender, graph: Graph) -> None:
    for times, message in _NO_TIMES:
        answer = await web.batch(GOOD, {"type": "page", "userId": "7", **times})
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["message"].startswith(message)
        assert error["field"] == message.partition(":")[0]
    assert await _stored(graph) == ["good"]


# --- What is kept and reported ---


async def test_a_namespace_that_no_rule_knows_is_kept_and_reported_and_links_nobody(
    web: Sender, graph: Graph
) -> None:
    for user in ("7", "8"):
        answer = await web.send(
            "page",
            {
                "messageId": f"m{user}",
                "userId": user,
                "context": {"externalIds": [{"type": "shoe_size", "id": "43"}]},
            },
        )
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "warnings": [
                    {
                        "messageId": f"m{user}",
                        "warning": "no rule knows the namespace shoe_size; "
                        "it links nobody until one does",
                    }
                ],
            },
        )
    rows = await graph.run(
        "MATCH (e:Event)-[:NAMES]->(i) RETURN e.unknown_namespaces AS unknown, i.key AS key, "
        "COUNT { (i)-[:SEEN_WITH]-() } AS links"
    )
    assert rows == [{"unknown": ["shoe_size"], "key": "shoe_size:43", "links": 2}] * 2
    assert await _count(graph, "Profile") == 3


async def test_an_event_of_somebody_in_an_unknown_namespace_alone_is_kept(
    web: Sender, graph: Graph
) -> None:
    context = {"externalIds": [{"type": "shoe_size", "id": "43"}]}
    assert (await web.send("page", {"context": context})).status_code == 200
    [row] = await graph.run("MATCH (e:Event)-[:BY]->(i) RETURN i.key AS key")
    assert row == {"key": "shoe_size:43"}


@pytest.mark.parametrize(
    ("body", "identifier", "reason"),
    [
        ({"userId": ""}, "user_id:", "empty"),
        ({"userId": "  "}, "user_id:", "empty"),
        ({"userId": "null"}, "user_id:null", "placeholder"),
        ({"userId": "UNDEFINED"}, "user_id:UNDEFINED", "placeholder"),
        ({"userId": 0}, "user_id:0", "placeholder"),
        (
            {"anonymousId": "00000000-0000-0000-0000-000000000000"},
            "anonymous_id:00000000-0000-0000-0000-000000000000",
            "placeholder",
        ),
        ({"userId": "u" * 513}, "user_id:" + "u" * 512, "too_long"),
        ({"traits": {"email": "none@example.com"}}, "email:none@example.com", "blocked"),
        ({"traits": {"email": "NoReply@Shop.example"}}, "email:noreply@shop.example", "blocked"),
        ({"traits": {"email": "not an address"}}, "email:not an address", "invalid"),
        ({"traits": {"phone": "0612345678"}}, "phone:0612345678", "invalid"),
        (
            {"context": {"externalIds": [{"type": "a:b", "id": "c"}]}},
            "a:b:c",
            "invalid",
        ),
        ({"context": {"externalIds": [{"type": "", "id": "c"}]}}, ":c", "invalid"),
        (
            {"context": {"device": {"type": "ios", "advertisingId": "x"}}},
            "ios.idfa:x",
            "invalid",
        ),
    ],
)
async def test_a_value_that_is_nobodys_is_dropped_and_reported_and_the_message_kept(
    web: Sender, graph: Graph, body: dict[str, Any], identifier: str, reason: str
) -> None:
    answer = await web.send("identify", {"messageId": "m1", **body})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "success": True,
            "warnings": [
                {"messageId": "m1", "warning": f"{identifier} identifies nobody: {reason}"}
            ],
        },
    )
    [row] = await graph.run("MATCH (e:Event) RETURN e.dropped AS dropped, e.by AS by")
    assert row == {"dropped": [identifier], "by": None}
    assert await _count(graph, "Identifier") == 0


async def test_a_message_that_contradicts_itself_is_kept_by_its_strongest_and_is_no_evidence(
    web: Sender, graph: Graph
) -> None:
    answer = await web.send(
        "page",
        {
            "messageId": "m1",
            "userId": "8",
            "anonymousId": "c",
            "context": {"externalIds": [{"type": "user_id", "id": "7"}]},
        },
    )
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "success": True,
            "warnings": [
                {
                    "messageId": "m1",
                    "warning": "it names more values of user_id than one person may hold, "
                    "and so is evidence for nothing",
                }
            ],
        },
    )
    [row] = await graph.run(
        "MATCH (e:Event) RETURN e.by AS by, e.contradiction AS contradiction, "
        "COUNT { (e)-[:NAMES]->() } AS names"
    )
    assert row == {"by": "user_id:7", "contradiction": "user_id", "names": 2}
    [row] = await graph.run("RETURN COUNT { ()-[:SEEN_WITH]->() } AS links")
    assert row == {"links": 0}
    assert await _count(graph, "Profile") == 3


async def test_good_messages_are_stored_and_bad_ones_named_by_place_id_field_and_code(
    web: Sender, graph: Graph
) -> None:
    answer = await web.batch(
        GOOD,
        {"type": "track", "messageId": "no-event", "userId": "7"},
        "not a message",
        GOOD | {"messageId": "also-good", "userId": "null"},
        {"type": "page", "messageId": 5, "userId": "7"},
        None,
        {"type": "page", "messageId": "nobody"},
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "code": "invalid_message",
        "message": "5 of 7 messages were not accepted; the others are stored",
        "accepted": 2,
        "errors": [
            {
                "index": 1,
                "messageId": "no-event",
                "code": "invalid_message",
                "message": "event: is not text of 1 to 512 characters",
                "field": "event",
            },
            {
                "index": 2,
                "messageId": None,
                "code": "invalid_message",
                "message": "a message is a JSON object",
                "field": "",
            },
            {
                "index": 4,
                "messageId": None,
                "code": "invalid_message",
                "message": "messageId: is not text of up to 256 characters",
                "field": "messageId",
            },
            {
                "index": 5,
                "messageId": None,
                "code": "invalid_message",
                "message": "a message is a JSON object",
                "field": "",
            },
            {
                "index": 6,
                "messageId": "nobody",
                "code": "invalid_message",
                "message": "userId: is missing; name a person by userId, anonymousId or "
                "context.externalIds",
                "field": "userId",
            },
        ],
        "warnings": [
            {"messageId": "also-good", "warning": "user_id:null identifies nobody: placeholder"}
        ],
    }
    assert await _stored(graph) == ["also-good", "good"]


# --- At the edges of what is allowed ---


async def test_the_longest_names_that_are_allowed_are_kept(web: Sender, graph: Graph) -> None:
    wide = "\N{GRINNING FACE}"
    await web.accept(
        "track",
        {
            "messageId": wide * 256,
            "event": wide * 512,
            "userId": "x" + wide * 511,
            "groupId": "y" + wide * 511,
            "traits": {"t" * 5_000: 1, "`": 2, wide: 3},
            "context": {"page": {"p" * 5_000: 1}, "consent": {"categoryPreferences": {wide: True}}},
        },
    )
    [row] = await graph.run(
        "MATCH (e:Event)-[:BY]->(i)-[:MEMBER_OF]->(a), (i)-[:GAVE]->(c) "
        "RETURN e.message_id AS id, e.name AS name, i.value AS value, a.id AS account, "
        "c.purpose AS purpose, e['context_page_' + $long] AS page, COUNT { (i)-[:HAS]->() } AS n",
        long="p" * 5_000,
    )
    assert row == {
        "id": wide * 256,
        "name": wide * 512,
        "value": "x" + wide * 511,
        "account": "y" + wide * 511,
        "purpose": wide,
        "page": 1,
        "n": 3,
    }


async def test_fourteen_hundred_identifiers_are_too_many_for_a_message_and_a_hundred_are_not(
    web: Sender, graph: Graph
) -> None:
    def naming(count: int) -> dict[str, Any]:
        ids = [{"id": n, "type": "x"} for n in range(1, count + 1)]
        return {"context": {"externalIds": ids}}

    answer = await web.send("page", naming(1_400))
    assert (answer.status_code, answer.json()["field"]) == (400, "context.externalIds")
    assert answer.json()["message"] == (
        "context.externalIds: names more than 100 identifiers in one message"
    )
    assert await _count(graph) == 0
    assert (await web.send("page", naming(100))).status_code == 200
    assert await _count(graph, "Identifier") == 100


async def test_numbers_too_large_for_a_graph_do_no_harm(web: Sender, graph: Graph) -> None:
    numbers = b'"a": 123456789012345678901234567890, "b": -1e308, "c": 9223372036854775808'
    body = b'{"userId": 123456789012345678901, "event": "e", "properties": {' + numbers + b"}}"
    answer = await _post(web, "/v1/track", body)
    assert (answer.status_code, answer.json()["field"]) == (400, "userId")
    answer = await _post(web, "/v1/track", body.replace(b"123456789012345678901,", b"7,"))
    assert answer.status_code == 200
    [row] = await graph.run("MATCH (e:Event) RETURN e.a AS a, e.b AS b, e.properties_json AS rest")
    assert row == {"a": 1.2345678901234568e29, "b": -1e308, "rest": '{"c":9223372036854775808}'}


async def test_thousands_of_property_names_in_one_message_are_kept(
    web: Sender, graph: Graph
) -> None:
    await web.accept(
        "track", {"userId": "7", "event": "e", "properties": {f"odd{n}": n for n in range(2_000)}}
    )
    [row] = await graph.run("MATCH (e:Event) RETURN size(keys(e)) AS n")
    assert row["n"] >= 2_000


# --- HTTP ---


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/v1/t"])
async def test_a_browser_on_any_site_may_send(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.options(
        path,
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_browser_may_read_every_answer(web: Sender) -> None:
    origin = {"Origin": "https://shop.example"}
    for body, key, status in ((GOOD, web.write_key, 200), ({}, web.write_key, 400), ({}, "", 401)):
        answer = await web.client.post("/v1/page", json=body, auth=(key, ""), headers=origin)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/track", 405),
        ("PUT", "/v1/batch", 405),
        ("POST", "/v1/nothing", 404),
        ("POST", "/v1/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/graphql/assets/..%2f..%2fetc%2fpasswd", 404),
    ],
)
async def test_a_wrong_door_says_so_in_json(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["success"] is False
    assert not re.search(r"File \"|line \d", answer.text)
