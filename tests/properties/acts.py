"""Messages and acts by hand, drawn at random, and what the rule should make of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from service.identity import by_hand
from service.identity.evidence import Evidence, Kind, Link
from service.identity.rules import Rules
from service.ingest.message import Message, parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph
from tests.properties.standing import Standing
from tests.reference import reference_partition

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMESPACES: dict[str, dict[str, Any]] = {
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

rules = st.fixed_dictionaries(
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
pair = st.sets(st.sampled_from(IDENTIFIERS), min_size=2, max_size=2).map(sorted)
steps = st.lists(
    st.one_of(
        messages,
        messages,
        st.tuples(st.just("link"), pair),
        st.tuples(st.just("separate"), pair),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
    ),
    min_size=2,
    max_size=14,
)


def message_of(number: int, named: list[str], minutes: int, rules: Rules) -> Message:
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
    observed: dict[tuple[str, str], Link] = field(default_factory=dict)
    linked: dict[str, tuple[str, str]] = field(default_factory=dict)
    separated: dict[str, tuple[str, str]] = field(default_factory=dict)

    def hear(self, message: Message) -> None:
        self.keys |= {one.key for one in message.identifiers}
        for pair, kind in message.evidence():
            link = Link(*pair, kind, message.at, message.at)
            known = self.observed.get(pair)
            self.observed[pair] = link if known is None else known | link

    def evidence(self, acted_at: dict[str, datetime]) -> Evidence:
        links = dict(self.observed)
        for change_id, pair in self.linked.items():
            at = acted_at[change_id]
            link = Link(*pair, Kind.MANUAL, at, at)
            links[pair] = links[pair] | link if pair in links else link
        return Evidence(self.keys, links.values(), set(self.separated.values()))


def expected(said: Said, there: Standing, rules: Rules) -> Standing:
    # The reference is slow, and what no link leads to has no say: it is asked piece by piece.
    pieces = [reference_partition(piece, rules) for piece in _apart(said.evidence(there.acted_at))]
    profiles = {}
    for cluster in chain.from_iterable(piece.clusters for piece in pieces):
        first = min(cluster, key=lambda key: there.stored[key])
        profiles[there.stored[first][1]] = set(cluster)
    refused = [one for piece in pieces for one in piece.refused]
    ends = {end for one in refused for end in (one.link.a, one.link.b)}
    ends |= {end for piece in pieces for end in piece.overused}
    ends |= {end for pair in said.separated.values() for end in pair}
    return Standing(
        profiles=profiles,
        shared={key for piece in pieces for key in piece.shared},
        refused={(one.link.a, one.link.b): str(one.reason) for one in refused},
        contested={id_ for id_, keys in profiles.items() if not ends.isdisjoint(keys)},
        stored=there.stored,
        acted_at=there.acted_at,
    )


def _apart(evidence: Evidence) -> list[Evidence]:
    """The pieces of evidence that are about nobody in common."""
    piece_of = {key: {key} for key in evidence.identifiers}
    for link in evidence.links:
        one, other = sorted((piece_of[link.a], piece_of[link.b]), key=len)
        if one is not other:
            other |= one
            piece_of.update(dict.fromkeys(one, other))
    links, separations = defaultdict[int, list[Link]](list), defaultdict[int, list[Any]](list)
    for link in evidence.links:
        links[id(piece_of[link.a])].append(link)
    for a, b in evidence.separations:
        if piece_of[a] is piece_of[b]:
            separations[id(piece_of[a])].append((a, b))
    pieces = {id(piece): piece for piece in piece_of.values()}
    return [Evidence(piece, links[at], separations[at]) for at, piece in pieces.items()]


async def take(graph: Graph, number: int, step: tuple[Any, ...], said: Said, rules: Rules) -> None:
    if step[0] == "message":
        message = message_of(number, step[1], step[2], rules)
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
