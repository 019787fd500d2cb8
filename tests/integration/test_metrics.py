"""What an operator watches, before and after."""

from __future__ import annotations

import re

import httpx

from tests.integration.conftest import Sender


async def _read(client: httpx.AsyncClient) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    told = re.findall(r"^(knoop_\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in told}


async def test_decisions_commits_and_transactions_are_counted(
    client: httpx.AsyncClient, web: Sender
) -> None:
    before = await _read(client)
    await web.accept("identify", {"userId": "7"})
    await web.accept("identify", {"anonymousId": "cookie"})
    await web.accept("identify", {"userId": "7", "anonymousId": "cookie"})
    # One person has one login, so that the cookie is contested.
    await web.accept("identify", {"userId": "8", "anonymousId": "cookie"})
    after = await _read(client)

    grown = {name: value - before.get(name, 0.0) for name, value in after.items()}
    assert grown['knoop_decisions_total{kind="merged"}'] == 1
    assert grown['knoop_decisions_total{kind="refused"}'] == 1
    assert grown["knoop_neighbourhood_identifiers_count"] == 1
    assert grown["knoop_neighbourhood_identifiers_sum"] == 3
    assert grown["knoop_commit_messages_count"] == 4
    assert grown["knoop_commit_messages_sum"] == 4
    written = 'knoop_transaction_seconds_count{access="write",outcome="done"}'
    assert grown[written] >= 4
    assert after["knoop_messages_waiting"] == before["knoop_messages_waiting"] == 0
    assert after["knoop_transactions_running"] == 0
