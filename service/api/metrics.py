"""What an operator watches, in Prometheus' words."""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service.ingest.message import Message
from service.ingest.poison import Written

ACCEPTED = Counter("knoop_messages_accepted", "Messages committed.", ["source", "type"])
REPEATED = Counter("knoop_messages_repeated", "Messages that had been committed before.")
REFUSED = Counter("knoop_messages_refused", "Messages that were not accepted.")
DROPPED = Counter("knoop_identifiers_dropped", "Values that identify nobody.", ["reason"])
CONTRADICTIONS = Counter(
    "knoop_messages_contradictory", "Messages that name more values than one person may hold."
)
DEAD = Counter("knoop_messages_dead_lettered", "Messages that the database refused.")
UNKNOWN_NAMESPACES = Counter(
    "knoop_messages_with_unknown_namespace", "Messages with a namespace that no rule knows."
)
REQUESTS = Histogram(
    "knoop_request_seconds", "Time to answer a request.", ["method", "route", "status"]
)


def count(messages: Sequence[Message], source: str, written: Written) -> None:
    """Count one request's messages, by what came of them."""
    DEAD.inc(len(written.refused))
    REPEATED.inc(len(messages) - len(written.refused) - len(written.new))
    accepted = [one for one in messages if one.message_id not in written.refused]
    for kind, number in Tally(message.type for message in accepted).items():
        ACCEPTED.labels(source, kind).inc(number)
    for message in accepted:
        for dropped in message.dropped:
            DROPPED.labels(dropped.reason).inc()
        if message.contradiction:
            CONTRADICTIONS.inc()
        if message.unknown_namespaces:
            UNKNOWN_NAMESPACES.inc()


def exposition() -> bytes:
    """All of them in Prometheus' text format; with several processes, those of all added up."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
