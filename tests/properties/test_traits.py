"""Traits are a function of the messages: what is kept of each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j.time import DateTime

from service.identity.rules import load_rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph
from service.store.properties import to_value
from tests.cleaning import clean

RULES = load_rules()
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
_KEPT = """
MATCH (holder:Identifier|Account)-[:HAS]->(t:Trait)
RETURN holder.key AS holder, properties(t) AS trait
"""

Trait = dict[str, Any]
Holder = tuple[str, str, str]
"""Whose trait it is, who says it, and its name."""


class _Drawn(NamedTuple):
    """What a message says, and when; few of each, so that they meet."""

    minutes: int
    source: str
    who: dict[str, str]
    group: bool
    traits: dict[str, Any]


_values = st.sampled_from([1, 1.0, True, "one", "", ["a"], [""], [1, 2], [], {"a": [1]}, [1, "a"]])
_messages = st.builds(
    _Drawn,
    minutes=st.integers(0, 5),
    source=st.sampled_from(["web", "crm"]),
    who=st.sampled_from([{"userId": "u1"}, {"anonymousId": "c1"}]),
    group=st.booleans(),
    traits=st.dictionaries(st.sampled_from(["x", "y"]), _values, min_size=1),
)


def _received(number: int, drawn: _Drawn) -> Received:
    body: dict[str, Any] = {
        # An order of their own, by which those of one time are told apart.
        "messageId": f"m{number * 7 % 10}{number}",
        "type": "group" if drawn.group else "identify",
        "timestamp": (NOON + timedelta(minutes=drawn.minutes)).isoformat(),
        "traits": drawn.traits,
        **drawn.who,
    }
    # Two ways to name one account.
    body |= {"groupId": "acme", "context": {"groupId": "acme"}} if drawn.group else {}
    return Received(_parsed(body), drawn.source, None)


def _parsed(body: dict[str, Any]) -> Message:
    return parse_message(body, NOON + timedelta(days=1), RULES, new_id="none")


def _expected(messages: Sequence[Received]) -> dict[Holder, Trait]:
    """Of all that was said the greatest and, if it is another one, the least."""
    said: dict[Holder, list[tuple[datetime, str, Any]]] = {}
    for message, source, *_ in messages:
        is_group = message.type == "group"
        holder = "organization:acme" if is_group else message.identifiers[0].key
        for name, value in (message.group_traits if is_group else message.traits).items():
            one = message.at, message.message_id, value
            said.setdefault((holder, source, name), []).append(one)
    kept = {}
    for each, sayings in said.items():
        in_order = sorted(sayings, key=lambda one: one[:2])
        first, last = in_order[0], in_order[-1]
        kept[each] = _told(last) | (
            {f"first_{name}": one for name, one in _told(first).items()} if first != last else {}
        )
    return kept


def _told(saying: tuple[datetime, str, Any]) -> Trait:
    at, message_id, value = saying
    told = {**to_value(value), "at": at, "message_id": message_id}
    return {name: one for name, one in told.items() if one is not None}


def _typed(kept: dict[Holder, Trait]) -> str:
    """To be compared: Python calls 1, 1.0 and True equal."""
    return repr(sorted((holder, sorted(trait.items())) for holder, trait in kept.items()))


async def _kept(graph: Graph) -> dict[Holder, Trait]:
    found = {}
    for row in await graph.run(_KEPT):
        trait = dict(row["trait"])
        holder = row["holder"], trait.pop("source"), trait.pop("name")
        assert holder not in found
        found[holder] = {
            name: one.to_native().astimezone(UTC) if isinstance(one, DateTime) else one
            for name, one in trait.items()
        }
    return found


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(_messages, min_size=1, max_size=10), seed=st.integers(0, 2**16))
async def test_the_first_and_the_latest_are_kept_in_any_order_repetition_and_batching(
    migrated: Graph, drawn: list[_Drawn], seed: int
) -> None:
    messages = [_received(number, one) for number, one in enumerate(drawn)]
    chance = random.Random(seed)  # noqa: S311
    await clean(migrated)
    sent = messages + chance.sample(messages, len(messages) // 2)
    chance.shuffle(sent)
    said: list[Received] = []
    while sent:
        size = chance.randint(1, 4)
        batch, sent = sent[:size], sent[size:]
        await record(migrated, RULES, batch)
        said += batch
        once = {one.message.message_id: one for one in said}
        assert _typed(await _kept(migrated)) == _typed(_expected([*once.values()]))
