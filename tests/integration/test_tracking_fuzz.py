"""Thousands of broken messages: never more than a refusal, and never to a neighbour's cost.

`scripts/bench fuzz` does the same to a service in a process of its own, hundreds of thousands of
times.
"""

from __future__ import annotations

import random

import httpx

from service.store.graph import Graph
from tests.hostile.requests import ANSWERS, Hostile, hostile, surrounded
from tests.integration.conftest import Sender

SEED = 20250601
BATCHES = 30
PER_BATCH = 50
RAW = 400


async def _post(web: Sender, one: Hostile) -> httpx.Response:
    headers = one.headers_with(web.write_key)
    return await web.client.post(f"/v1/{one.door}", content=one.content, headers=headers)


async def test_a_good_message_is_stored_whatever_its_neighbours_are(
    web: Sender, graph: Graph
) -> None:
    chance = random.Random(SEED)  # noqa: S311
    accepted = refused = 0
    for number in range(BATCHES):
        batch = surrounded(chance, number, PER_BATCH)
        answer = await _post(web, Hostile("batch", batch.content))
        assert answer.status_code in (200, 400, 413), (number, answer.text)
        said = answer.json()
        errors = said.get("errors", [])
        assert batch.place not in [error["index"] for error in errors]
        assert all(error["message"] and error["code"] for error in errors)
        refused += len(errors)
        accepted += said.get("accepted", len(batch.messages))
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


async def test_no_bytes_at_any_door_break_the_service(web: Sender) -> None:
    chance = random.Random(SEED)  # noqa: S311
    seen = set()
    for number in range(RAW):
        one = hostile(chance, number)
        answer = await _post(web, one)
        assert answer.status_code in ANSWERS, (number, one.door, one.content[:2_000], answer.text)
        assert (answer.status_code == 200) == answer.json()["success"]
        seen.add(answer.status_code)
    assert seen == set(ANSWERS)
