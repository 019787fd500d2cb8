"""Random messages and acts by hand, and everything that they said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from service.identity import by_hand
from service.identity.evidence import Evidence, Kind, Link
from service.identity.rules import Rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMESPACES = {
    "user_id": {"kind": "person", "priority": 1, "max_per_profile": 1},
    "email": {"kind": "person", "priority": 2, "max_per_profile": 2},
    "tablet": {"kind": "device", "priority": 6},
    "anonymous_id": {"kind": "cookie", "priority": 9},
    "ip": {"kind": "none"},
}
IDENTIFIERS = [
    *(f"user_id:{name}" for name in "abcd"),
    *(f"email:{name}@x.nl" for name in "abc"),
    *(f"tablet:{name}" for name in "ab"),
    *(f"anonymous_id:{name}" for name in "abc"),
    "ip:a",
    "unheard_of:a",
]

any_rules = st.fixed_dictionaries(
    {
        "max_identifiers": st.sampled_from([200, 200, 6, 4]),
        "shared_after": st.sampled_from([5, 3, 2]),
        "device_joins": st.sampled_from([1, 2]),
        "conflicts": st.sampled_from(["latest", "earliest"]),
    }
).map(lambda profile: Rules.model_validate({"profile": profile, "namespaces": NAMESPACES}))
messages = st.tuples(
    st.just("message"),
    st.sets(st.sampled_from(IDENTIFIERS), min_size=1, max_size=3).map(sorted),
    st.integers(0, 500),
)
pairs = st.sets(st.sampled_from(IDENTIFIERS), min_size=2, max_size=2).map(sorted)
steps = st.lists(
    st.one_of(
        messages,
        messages,
        st.tuples(st.just("link"), pairs),
        st.tuples(st.just("separate"), pairs),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
    ),
    min_size=2,
    max_size=14,
)


def parsed(number: int, named: list[str], minutes: int, rules: Rules) -> Message:
    ids = [dict(zip(("type", "id"), key.split(":"), strict=True)) for key in named]
    body: dict[str, Any] = {
        "messageId": f"m{number}",
        "type": "track",
        "event": "Seen",
        "timestamp": (NOON + timedelta(minutes=minutes)).isoformat(),
        "context": {"externalIds": ids},
    }
    return parse_message(body, NOON + timedelta(days=1), rules, new_id="none")


@dataclass(slots=True)
class Said:
    """All evidence so far, in plain values."""

    keys: set[str] = field(default_factory=set)
    observed: dict[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    linked: dict[str, tuple[str, str]] = field(default_factory=dict)
    separated: dict[str, tuple[str, str]] = field(default_factory=dict)

    def hear(self, message: Message) -> None:
        self.keys |= {one.key for one in message.identifiers}
        for pair in message.links:
            first, last = self.observed.get(pair, (message.at, message.at))
            self.observed[pair] = (min(first, message.at), max(last, message.at))

    def evidence(self, acted_at: dict[str, datetime]) -> Evidence:
        links: dict[tuple[str, str], Link] = {
            pair: Link(*pair, Kind.OBSERVED, *times) for pair, times in self.observed.items()
        }
        for change_id, pair in self.linked.items():
            at = acted_at[change_id]
            first, last = self.observed.get(pair, (at, at))
            links[pair] = Link(*pair, Kind.MANUAL, min(first, at), max(last, at))
        return Evidence(self.keys, links.values(), set(self.separated.values()))


async def take(graph: Graph, number: int, step: tuple[Any, ...], said: Said, rules: Rules) -> None:
    if step[0] == "message":
        message = parsed(number, step[1], step[2], rules)
        await record(graph, rules, [Received(message, "web", None)])
        said.hear(message)
    elif step[0] == "link":
        a, b = step[1]
        linked = await by_hand.link(graph, a, b, "they say so", "ann")
        if not {a, b} <= said.keys:
            assert linked.outcome.startswith("unknown: ")
        elif (a, b) in said.linked.values():
            assert linked.outcome == "already_linked"
        else:
            assert linked.outcome in ("linked", "refused")
            assert linked.change_id is not None
            said.linked[linked.change_id] = (a, b)
    elif step[0] == "separate":
        a, b = step[1]
        separated = await by_hand.separate(graph, b, a, "twins", "ann")
        if not {a, b} <= said.keys:
            assert separated.outcome.startswith("unknown: ")
        elif (a, b) in said.separated.values():
            assert separated.outcome == "already_separated"
        else:
            assert separated.outcome == "separated"
            assert separated.change_id is not None
            assert len(separated.profiles) == 2
            said.separated[separated.change_id] = (a, b)
    else:
        there = [*said.linked, *said.separated]
        if there:
            change_id = there[step[1] % len(there)]
            withdrawn = await by_hand.withdraw(graph, change_id, "a mistake", "bob")
            assert withdrawn.outcome == "withdrawn"
            said.linked.pop(change_id, None)
            said.separated.pop(change_id, None)
