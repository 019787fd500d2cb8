"""Traits are a function of messages and rules: what is kept of each, and which value wins."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j.time import DateTime

from service.identity.publishing import publish
from service.identity.rules import MergePolicy, MergeRules, load_rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.profile.reading import read_profile
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
    told = {**to_value("trait", value), "at": at, "message_id": message_id}
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


_policies = st.sampled_from(get_args(MergePolicy))
_merge_rules = st.builds(
    MergeRules,
    trust=st.sampled_from([(), ("crm",), ("web",), ("nobody", "web", "crm")]),
    policy=_policies,
    traits=st.dictionaries(st.sampled_from(["x", "z"]), _policies),
)
_BOTH = {"type": "page", "messageId": "m", "userId": "u1", "anonymousId": "c1"}


def _ranked(kept: dict[Holder, Trait], merge: MergeRules) -> list[tuple[Any, ...]]:
    """What the rules make of what is kept, worked out plainly."""
    rows = []
    for (holder, source, name), trait in kept.items():
        policy = merge.traits.get(name, merge.policy)
        value = _value(trait)
        held = [_value(one) for (_, _, other), one in kept.items() if other == name].count(value)
        shown = "first_" if policy == "first" and "first_at" in trait else ""
        at = trait[f"{shown}at"]
        by_trust = policy not in ("latest", "first")
        rank = (
            held if policy == "most_frequent" else 0,
            -[*merge.trust, source].index(source) if by_trust else 0,
            (NOON - at if policy == "first" else at - NOON),
        )
        rows.append((name, rank, source, holder, (policy, at, _value(trait, shown))))
    rows.sort(key=lambda row: row[2:4])
    rows.sort(key=lambda row: row[1], reverse=True)
    rows.sort(key=lambda row: row[0])
    return [(name, source, holder, *told) for name, _, source, holder, told in rows]


def _value(trait: Mapping[str, Any], prefix: str = "") -> str:
    return repr((trait.get(f"{prefix}value"), trait.get(f"{prefix}value_json")))


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


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.lists(_messages, min_size=1, max_size=10),
    merge=st.lists(_merge_rules, min_size=2, max_size=4),
)
async def test_what_is_kept_is_ranked_as_the_rules_say(
    migrated: Graph, drawn: list[_Drawn], merge: list[MergeRules]
) -> None:
    messages = [_received(number, one) for number, one in enumerate(drawn)]
    await clean(migrated)
    await record(migrated, RULES, [Received(_parsed(_BOTH), "web", None), *messages])
    kept = await _kept(migrated)
    own = {each: trait for each, trait in kept.items() if each[0] != "organization:acme"}
    for one in merge:
        await publish(migrated, RULES.model_copy(update={"merge": one}))
        profile = await read_profile(migrated, "user_id:u1")
        assert profile is not None
        acme = [row for each in profile.accounts for row in each["traits"]]
        assert [(*_row(row)[:2], row["identifier"], *_row(row)[2:]) for row in profile.traits] == (
            _ranked(own, one)
        )
        assert [_row(row) for row in acme] == [
            (name, source, *told)
            for name, source, _, *told in _ranked(
                {each: trait for each, trait in kept.items() if each not in own}, one
            )
        ]


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["name"], row["source"], row["policy"], row["at"].astimezone(UTC), _value(row)
