"""What an operator watches, in Prometheus' words."""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:  # What is counted counts itself, too.
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
WAITING = Gauge(
    "knoop_messages_waiting",
    "Messages that wait for a commit, or are in one.",
    multiprocess_mode="livesum",
)
COMMITS = Histogram(
    "knoop_commit_messages",
    "Messages in a commit.",
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 2_000),
)
DECISIONS = Counter(
    "knoop_decisions", "Profiles merged and split; links refused and accepted.", ["kind"]
)
NEIGHBOURHOODS = Histogram(
    "knoop_neighbourhood_identifiers",
    "Identifiers of a contested neighbourhood that was worked out again.",
    buckets=(3, 10, 30, 100, 300, 1_000, 3_000, 10_000),
)
TRANSACTIONS = Histogram(
    "knoop_transaction_seconds",
    "Time of a transaction of the database, with the tries that it took.",
    ["access", "outcome"],
)
IN_TRANSACTION = Gauge(
    "knoop_transactions_running",
    "Transactions that are under way, each on a connection of its own.",
    multiprocess_mode="livesum",
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
