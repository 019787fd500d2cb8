"""Thousands of broken messages: never more than a refusal, and never to a neighbour's cost."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import orjson

from service.store.graph import Graph
from tests.integration.conftest import Sender

SEED = 20250601
BATCHES = 30
PER_BATCH = 50
RAW = 400

KINDS = ("identify", "track", "page", "screen", "group", "alias", "merge")
WHOLE: dict[str, Any] = {
    "type": "track",
    "messageId": "m",
    "event": "Order Completed",
    "name": "Home",
    "userId": "7",
    "anonymousId": "cookie",
    "previousId": "cookie",
    "groupId": "acme",
    "timestamp": "2025-06-01T12:00:00Z",
    "originalTimestamp": "2025-06-01T12:00:00Z",
    "sentAt": "2025-06-01T12:00:01Z",
    "properties": {"total": 12.5, "tags": ["a", "b"], "nested": {"a": [1, None]}},
    "traits": {"email": "ann@example.com", "phone": "+31612345678", "loyalty_number": "L1"},
    "mergeProperties": [{"type": "email", "value": "a@b.nl"}, {"type": "user_id", "value": "7"}],
    "integrations": {"All": True},
    "context": {
        "ip": "192.0.2.1",
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148",
        "page": {"url": "https://shop.example/", "title": "Home"},
        "campaign": {"source": "spring", "medium": "email"},
        "device": {"id": "d", "type": "ios", "advertisingId": "A" * 32, "token": "t"},
        "os": {"name": "iOS", "version": "17.4"},
        "externalIds": [{"id": "5", "type": "crm_id", "collection": "users", "encoding": "none"}],
        "consent": {"categoryPreferences": {"marketing": True}, "legalBasis": "consent"},
        "traits": {"email": "ann@example.com"},
        "groupId": "acme",
    },
}
# Names that mean something to somebody on the way to the graph.
NAMES = (
    *("is_new", "locked", "message_id", "type", "by", "at", "properties_json", "key", "`", "", "."),
    *("context_ip", "properties_", "__proto__", "constructor", "n" * 200, "\N{GRINNING FACE}"),
    *("userId", "traits", "context", "id", "value", "email", "timestamp", "sentAt"),
)


def _values(chance: random.Random) -> Any:
    odd: list[Any] = [
        *(None, True, False, 0, -1, 2**31, 2**63, -(2**63), 2**64 - 1, 0.0, -0.0, 1e308, 5e-324),
        *(
            "",
            " ",
            "null",
            "\0",
            "\ufeff",
            "\u202e",
            "\uffff",
            "\N{GRINNING FACE}" * 300,
            "x" * 3000,
        ),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2025-06-01", "-0", "a:b", "`", "$id"),
        *("' OR 1=1 //", "}) DETACH DELETE n //", "\N{COMBINING ACUTE ACCENT}" * 50, "İ", "ß"),
        *([], {}, [[]], [{}], [None], [1, "a"], [1, 2.5], [True, 1], [1, 2**63], ["a"] * 500),
        *({"": None}, {"a": {"a": {"a": [1, {"a": None}]}}}),
        {name: chance.choice([None, 1, "x", [1], {}]) for name in chance.sample(NAMES, 5)},
        [{"type": chance.choice(["user_id", "x", ""]), "id": n, "value": n} for n in range(120)],
    ]
    return chance.choice(odd)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every table or list in a body, with each of its names or positions."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        names = list(value) if isinstance(value, dict) else list(range(len(value)))
        for name in names:
            found += [(value, name), *_places(value[name])]
    return found


def _deepen(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = {"a": value}
    return value


def _mutated(chance: random.Random, number: int) -> Any:
    """A message with some of its parts changed, lost, renamed, moved or wrapped."""
    body = copy.deepcopy(WHOLE)
    body |= {"type": chance.choice(KINDS), "messageId": f"m{number}"}
    for name in chance.sample(sorted(body), chance.randint(0, 8)):
        del body[name]
    for _ in range(chance.randint(1, 5)):
        places = _places(body)
        if not places:
            break
        table, name = chance.choice(places)
        change = chance.randrange(6)
        if change == 0:
            table[name] = _values(chance)
        elif change == 1:
            table[name] = _deepen(table[name], chance.choice([1, 5, 29, 31, 33, 120, 251, 260]))
        elif change == 2:
            table[name] = [table[name]] * chance.choice([1, 2, 101])
        elif change == 3:
            source, other = chance.choice(places)
            table[name] = copy.deepcopy(source[other]) if other in _names(source) else None
        elif isinstance(table, dict):
            if change == 4:
                table[chance.choice(NAMES)] = _values(chance)
            else:
                table[chance.choice(NAMES)] = table.pop(name)
    return _values(chance) if chance.random() < 0.02 else body


def _names(table: Any) -> Any:
    return table if isinstance(table, dict) else range(len(table))


async def test_a_good_message_is_stored_whatever_its_neighbours_are(
    web: Sender, graph: Graph
) -> None:
    chance = random.Random(SEED)  # noqa: S311
    accepted = refused = 0
    for number in range(BATCHES):
        good = {"type": "page", "messageId": f"good-{number}", "userId": f"good-{number}"}
        messages = [_mutated(chance, number * PER_BATCH + n) for n in range(PER_BATCH)]
        place = chance.randint(0, PER_BATCH)
        messages.insert(place, good)
        messages = messages if _fits(messages) else [messages[place]]
        answer = await web.batch(*messages)
        assert answer.status_code in (200, 400, 413), (number, answer.text)
        said = answer.json()
        errors = said.get("errors", [])
        assert place not in [error["index"] for error in errors]
        assert all(error["message"] and error["code"] for error in errors)
        refused += len(errors)
        accepted += said.get("accepted", len(messages))
    [row] = await graph.run(
        "MATCH (e:Event) WHERE e.message_id STARTS WITH 'good-' AND e.by = 'user_id:' + "
        "e.message_id RETURN count(e) AS n"
    )
    assert row["n"] == BATCHES
    # Neither all nor none is broken, or the test would show nothing.
    assert min(accepted, refused) > BATCHES * PER_BATCH // 10
    [row] = await graph.run(
        "MATCH (i:Identifier) WHERE COUNT { (i)-[:IDENTIFIES]->(:Profile) } <> 1 "
        "RETURN count(i) AS n"
    )
    assert row["n"] == 0


def _fits(messages: list[Any]) -> bool:
    return len(json.dumps({"batch": messages})) < 500 * 1024


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
    tokens = (b"{", b"[", b'"', b"\\ud83d", b"\\u0000", b"\x00", b"\xff", b"1e999", b"null", b",")
    begin = chance.randrange(len(raw))
    raw[begin:begin] = chance.choice(tokens)


_BYTES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip,
    _cut,
    _drop,
    _repeat,
    _insert,
)


async def test_no_bytes_at_any_door_break_the_service(web: Sender) -> None:
    chance = random.Random(SEED)  # noqa: S311
    doors = (*KINDS, "batch", *"itpsgab")
    seen = set()
    for number in range(RAW):
        door = chance.choice(doors)
        body = WHOLE | {"type": chance.choice(KINDS), "messageId": f"r{number}"}
        raw = bytearray(orjson.dumps({"batch": [body] * 2} if door in ("batch", "b") else body))
        for _ in range(chance.randint(1, 4)):
            if raw:
                chance.choice(_BYTES)(chance, raw)
        answer = await web.client.post(f"/v1/{door}", content=bytes(raw), auth=(web.write_key, ""))
        assert answer.status_code in (200, 400, 413), (number, door, bytes(raw), answer.text)
        assert (answer.status_code == 200) == answer.json()["success"]
        seen.add(answer.status_code)
    assert {200, 400} <= seen
