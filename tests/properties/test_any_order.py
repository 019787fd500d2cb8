"""The graph is what the rule makes of all the evidence, whatever the order of the messages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.identity.partition import partition
from service.identity.rules import Rules, load_rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.ingest.simulate import evidence_of
from service.store.graph import Graph
from service.store.procedures import procedure
from tests.cleaning import clean
from tests.seeding import add_web_source

RULES = load_rules()
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Profile:
    id: str
    keys: list[str]


_PROFILES = procedure("profiles_all", _Profile)


def _ids(prefix: str, count: int) -> st.SearchStrategy[str]:
    return st.integers(1, count).map(lambda number: f"{prefix}{number}")


_bodies = st.fixed_dictionaries(
    {"minutes": st.integers(0, 500)},
    optional={
        "userId": _ids("u", 6),
        "anonymousId": _ids("a", 4),
        "email": _ids("e", 5).map(lambda name: f"{name}@example.com"),
        "externalIds": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["loyalty_card", "ios.id", "unheard_of", "ip"])}
                | {"id": _ids("x", 3)}
            ),
            max_size=2,
        ),
        "alias": _ids("a", 4),
    },
).filter(lambda drawn: drawn.keys() & {"userId", "anonymousId", "email"})


def _message(number: int, drawn: dict[str, Any]) -> Message:
    body: dict[str, Any] = {
        "messageId": f"m{number}",
        "type": "identify",
        "timestamp": (NOON + timedelta(minutes=drawn["minutes"])).isoformat(),
        "userId": drawn.get("userId"),
        "anonymousId": drawn.get("anonymousId"),
        "traits": {"email": drawn.get("email")},
        "context": {"externalIds": drawn.get("externalIds", [])},
    }
    if "alias" in drawn and "userId" in drawn:
        body |= {"type": "alias", "previousId": drawn["alias"]}
    return parse_message(body, NOON + timedelta(days=1), RULES, new_id="none")


def _expected(messages: Sequence[Message], rules: Rules) -> set[frozenset[str]]:
    """What the pure rule makes of everything that the messages say."""
    return set(partition(evidence_of(messages), rules).clusters)


async def _profiles(graph: Graph) -> set[frozenset[str]]:
    return {frozenset(row.keys) for row in await graph.read(_PROFILES)}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(_bodies, min_size=1, max_size=14), seed=st.integers(0, 2**16))
async def test_any_order_and_any_repetition_give_what_the_rule_says(
    migrated: Graph, drawn: list[dict[str, Any]], seed: int
) -> None:
    messages = [_message(number, one) for number, one in enumerate(drawn)]
    expected = _expected(messages, RULES)
    chance = random.Random(seed)  # noqa: S311
    for _ in range(2):
        await clean(migrated)
        await add_web_source(migrated)
        sent = messages + chance.sample(messages, len(messages) // 2)
        chance.shuffle(sent)
        said: list[Message] = []
        while sent:
            size = chance.randint(1, 4)
            batch, sent = sent[:size], sent[size:]
            await record(migrated, RULES, [Received(one, "web", None) for one in batch])
            said += batch
            assert await _profiles(migrated) == _expected(said, RULES)
        assert await _profiles(migrated) == expected
