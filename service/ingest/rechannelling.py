"""Bringing the channels of stored events in line with changed rules: a part of `knoop resolve`.

The events are looked at page by page, and what differs is written. So messages keep coming, and a
run that was interrupted is simply run again: it writes nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.identity.rules import Rules
from service.ingest.channels import channel_properties, traffic_of
from service.store.graph import Graph
from service.store.procedures import NoRow, procedure

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class _Page:
    events: list[dict[str, Any]]
    total: int


_SURVEY = procedure("survey_events", _Page)
_CHANGE = procedure("change_channels", NoRow)


@dataclass(slots=True)
class Rechannelled:
    """What a change of rules does, or did, to the channels."""

    events: int = 0
    """How many were looked at."""
    changing: int = 0
    """How many have another channel or traffic source."""
    moves: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    """How many come from which channel into which."""


async def rechannel(
    graph: Graph, rules: Rules, *, dry_run: bool, on_page: Callable[[int, int], None]
) -> Rechannelled:
    """Give every event the channel that the rules say, or say what that would change.

    `on_page` is told how many events are done, and of how many.

    Raises:
        UnavailableError: the database is away; what was done is kept.
    """
    report = Rechannelled()
    after = ""
    while True:
        [page] = await graph.read(_SURVEY, after=after, size=PAGE)
        if not page.events:
            return report
        changes = []
        for event in page.events:
            node = event["node"]
            told = changed(node, event["channel"], rules)
            if told is not None:
                changes.append({"message_id": node["message_id"], "told": told})
                if told["channel"] != node.get("channel"):
                    report.moves[node.get("channel"), told["channel"]] += 1
        if changes and not dry_run:
            await graph.write(_CHANGE, events=changes)
        after = page.events[-1]["node"]["message_id"]
        report.events += len(page.events)
        report.changing += len(changes)
        on_page(report.events, max(page.total, report.events))


def changed(
    node: Mapping[str, Any], channel: str | None, rules: Rules
) -> dict[str, str | None] | None:
    """What the rules say otherwise of an event's channel; None if it is as they say.

    `channel` is that of its source today. An event that says nothing of where somebody came from,
    and by the earlier rules said nothing, keeps the one that its source had then.
    """
    traffic = traffic_of(node, node["type"], node.get("name"), rules.channels)
    if traffic is None and node.get("traffic_source") is None:
        return None
    told = channel_properties(traffic, channel)
    return None if all(node.get(name) == value for name, value in told.items()) else told
