"""A simulation of messages is what the second implementation of the rule makes of them."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import KnoopError
from service.identity.evidence import Evidence, Kind, Link
from service.identity.rules import Rules
from service.ingest.simulate import lines_of, simulate
from tests.reference import reference_partition
from tests.reference import strategies as drawn

_named = st.lists(st.sampled_from(drawn.IDENTIFIERS), min_size=1, max_size=4, unique=True)
_messages = st.lists(
    st.fixed_dictionaries(
        {"minute": st.integers(0, 5), "named": _named},
        optional={
            "merged": st.lists(
                st.sampled_from(drawn.IDENTIFIERS), min_size=2, max_size=3, unique=True
            )
        },
    ),
    max_size=12,
)


def _line(number: int, message: dict[str, Any]) -> bytes:
    body = {
        "messageId": f"m{number}",
        "type": "merge" if "merged" in message else "identify",
        "timestamp": (drawn.NOON + timedelta(minutes=message["minute"])).isoformat(),
        "context": {"externalIds": [_entry(key, "id") for key in message["named"]]},
        "mergeProperties": [_entry(key, "value") for key in message.get("merged", [])],
    }
    return orjson.dumps(body)


def _entry(key: str, name: str) -> dict[str, str]:
    namespace, _, value = key.partition(":")
    return {"type": namespace, name: value}


def _evidence(messages: list[dict[str, Any]], rules: Rules) -> Evidence:
    """Plain and slow: each pair, looked for in each message."""
    everybody = {key for one in messages for key in (*one["named"], *one.get("merged", []))}
    links = []
    for a, b in drawn.pairs(everybody):
        kinds, times = [], []
        for one in messages:
            merged = one.get("merged", [])
            named = {*one["named"], *merged}
            if {a, b} <= named and not _contradicts(named, rules):
                kinds.append(Kind.DECLARED if a in merged and b in merged else Kind.OBSERVED)
                times.append(drawn.NOON + timedelta(minutes=one["minute"]))
        if times:
            links.append(Link(a, b, min(kinds), min(times), max(times)))
    return Evidence(everybody, links)


def _contradicts(named: set[str], rules: Rules) -> bool:
    counts = Counter(key.partition(":")[0] for key in named)
    limits = {name: rules.namespace(name).max_per_profile for name in counts}
    return any(count > (limits[name] or count) for name, count in counts.items())


@settings(deadline=None)
@given(_messages, drawn.rules(), st.data())
def test_a_simulation_is_what_the_reference_says_in_any_order_of_the_lines(
    messages: list[dict[str, Any]], rules: Rules, data: st.DataObject
) -> None:
    lines = [_line(number, message) for number, message in enumerate(messages)]
    again = data.draw(st.lists(st.sampled_from(lines), max_size=3)) if lines else []
    shuffled = data.draw(st.permutations([*lines, *again]))

    def refuse(line: int, error: KnoopError) -> None:
        raise AssertionError(line, error)

    outcome = simulate(lines_of(io.BytesIO(b"\n".join(shuffled))), rules, refuse)
    expected = reference_partition(_evidence(messages, rules), rules)
    assert json.loads(orjson.dumps(outcome)) == {
        "profiles": sorted(sorted(cluster) for cluster in expected.clusters),
        "refused": [
            {"link": [one.link.a, one.link.b], "reason": one.reason}
            for one in sorted(expected.refused, key=lambda one: (one.link.a, one.link.b))
        ],
        "dropped": [],
    }
