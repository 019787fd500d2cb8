"""What people say by hand is evidence: the graph is what the rule makes of it and of all else."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.identity import by_hand
from service.identity.rules import Rules
from service.store.graph import Graph
from tests.cleaning import clean
from tests.properties.acts import Said, expected, messages, pair, rules, steps, take
from tests.properties.standing import standing
from tests.seeding import add_web_source


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, rules=rules)
async def test_after_every_act_the_graph_is_what_the_rule_says(
    migrated: Graph, steps: list[tuple[Any, ...]], rules: Rules
) -> None:
    await clean(migrated, rules)
    await add_web_source(migrated)
    said = Said()
    for number, step in enumerate(steps):
        await take(migrated, number, step, said, rules)
        there = await standing(migrated)
        assert there == expected(said, there, rules), steps[: number + 1]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    messages=st.lists(messages, min_size=2, max_size=8),
    acts=st.lists(st.tuples(st.sampled_from(["link", "separate"]), pair), min_size=1, max_size=4),
    rules=rules,
    order=st.randoms(use_true_random=False),
)
async def test_withdrawing_what_was_added_restores_what_was_there_ids_included(
    migrated: Graph, messages: list[Any], acts: list[Any], rules: Rules, order: Any
) -> None:
    await clean(migrated, rules)
    await add_web_source(migrated)
    said = Said()
    for number, step in enumerate(messages):
        await take(migrated, number, step, said, rules)
    before = await standing(migrated)
    for act in acts:
        await take(migrated, 0, act, said, rules)
    done = [*said.linked, *said.separated]
    order.shuffle(done)
    for change_id in done:
        assert (await by_hand.withdraw(migrated, change_id, "no", "bob")).outcome == "withdrawn"
    after = await standing(migrated)
    after.acted_at = before.acted_at
    assert after == before
