"""After `knoop resolve` the graph is what changed rules make of all the evidence."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.identity import realignment
from service.identity.realignment import Report, realign
from service.identity.rules import Rules
from service.store.graph import Graph
from tests.cleaning import clean
from tests.properties.acts import NAMESPACES, Said, expected, rules, steps, take
from tests.properties.standing import standing
from tests.seeding import add_web_source

_changed = st.tuples(
    rules,
    st.sampled_from(["person", "device", "cookie", "none"]),
    st.sampled_from(["device", "none"]),
    st.sampled_from([1, 2, None]),
)


def _rules(drawn: tuple[Rules, str, str, int | None]) -> Rules:
    """Other limits, and namespaces that behave otherwise."""
    profile, cookie, tablet, emails = drawn
    namespaces: dict[str, dict[str, Any]] = deepcopy(NAMESPACES)
    namespaces["anonymous_id"]["kind"] = cookie
    namespaces["tablet"]["kind"] = tablet
    namespaces["email"]["max_per_profile"] = emails
    return Rules.model_validate({"profile": profile.profile, "namespaces": namespaces})


async def _realign(graph: Graph, rules: Rules, *, dry_run: bool) -> Report:
    pages: list[tuple[int, int]] = []
    report = await realign(
        graph, rules, dry_run=dry_run, on_page=lambda *progress: pages.append(progress)
    )
    assert pages == [] or pages[-1] == (report.profiles, report.profiles)
    return report


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, old=rules, changed=_changed, page=st.sampled_from([1, 3, 500]))
async def test_a_dry_run_tells_and_a_run_does_what_the_changed_rules_say(
    migrated: Graph,
    steps: list[tuple[Any, ...]],
    old: Rules,
    changed: tuple[Rules, str, str, int | None],
    page: int,
) -> None:
    new = _rules(changed)
    await clean(migrated, old)
    await add_web_source(migrated)
    said = Said()
    for number, step in enumerate(steps):
        await take(migrated, number, step, said, old)
    before = await standing(migrated)
    realignment.PAGE = page
    told = await _realign(migrated, new, dry_run=True)
    assert await standing(migrated) == before
    done = await _realign(migrated, new, dry_run=False)
    after = await standing(migrated)
    assert after == expected(said, after, new)
    # Profiles that a split makes on the way are looked at too.
    assert replace(told, profiles=0) == replace(done, profiles=0)
    were, are = (
        set(map(frozenset, before.profiles.values())),
        set(map(frozenset, after.profiles.values())),
    )
    assert done.changing == len(were - are)
    assert done.marked == 0 or before != after
    again = await _realign(migrated, new, dry_run=False)
    assert again == Report(profiles=len(after.profiles))
    [row] = await migrated.run("MATCH (r:Rules) RETURN r.in_line_with = r.checksum AS in_line")
    assert row["in_line"]
