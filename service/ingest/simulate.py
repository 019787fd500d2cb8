"""What the rules make of messages, without a database. Pure.

Whatever is kept here grows with identifiers and pairs of them, not with messages; of a message no
more is remembered than that its `messageId` was there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import BinaryIO

from service.errors import InvalidMessageError, KnoopError, TooLargeError
from service.identity.evidence import Evidence, Link, Reason
from service.identity.identifiers import Dropped
from service.identity.partition import partition
from service.identity.rules import Rules
from service.ingest.lines import read_lines
from service.ingest.message import Message, parse_message
from service.ingest.times import arrived_at
from service.ingest.wire import MAX_BATCH_BYTES, check_size, parse_line

# When a message arrives that does not say when: after all others, in the order of the lines. A
# clock would make something else of the same file tomorrow.
_LATER = datetime(9000, 1, 1, tzinfo=UTC)

Line = tuple[int, bytes]
Refuse = Callable[[int, KnoopError], None]


@dataclass(frozen=True, slots=True)
class RefusedLink:
    """A pair that evidence speaks for, and the limit that keeps it apart."""

    link: tuple[str, str]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `knoop simulate` prints: a contract with the programs that read it. All is sorted."""

    profiles: list[list[str]]
    refused: list[RefusedLink]
    dropped: list[Dropped]


def simulate(lines: Iterable[Line], rules: Rules, refuse: Refuse) -> Outcome:
    """Decide who is who from JSON Lines of messages, each as the front door would take it.

    `refuse` is told of each line that the door would not take; the others count.
    """
    dropped: set[Dropped] = set()
    decided = partition(evidence_of(_messages(lines, rules, refuse, dropped)), rules)
    return Outcome(
        profiles=sorted(map(sorted, decided.clusters)),
        refused=sorted(
            (RefusedLink((one.link.a, one.link.b), one.reason) for one in decided.refused),
            key=lambda one: one.link,
        ),
        dropped=sorted(dropped, key=lambda one: (one.identifier, one.reason)),
    )


def evidence_of(messages: Iterable[Message]) -> Evidence:
    """Everything that messages say of who is who, added up."""
    identifiers: set[str] = set()
    links: dict[tuple[str, str], Link] = {}
    for message in messages:
        identifiers.update(one.key for one in message.identifiers)
        for pair, kind in message.evidence():
            link = Link(*pair, kind, message.at, message.at)
            known = links.get(pair)
            links[pair] = link if known is None else known | link
    return Evidence(identifiers, links.values())


def lines_of(stream: BinaryIO) -> Iterator[Line]:
    """The lines that are not empty, with their numbers; of one that is far too long, its head."""
    for line in read_lines(stream):
        if len(line.text) > MAX_BATCH_BYTES or line.text.strip():
            yield line.number, line.text


def _messages(
    lines: Iterable[Line], rules: Rules, refuse: Refuse, dropped: set[Dropped]
) -> Iterator[Message]:
    """The messages that count: each `messageId` once, as it was said first."""
    seen: set[bytes] = set()
    for number, line in lines:
        try:
            message = _read(number, line, rules)
        except (InvalidMessageError, TooLargeError) as error:
            refuse(number, error)
            continue
        if message.message_id:
            digest = blake2b(message.message_id.encode(), digest_size=16).digest()
            if digest in seen:
                continue
            seen.add(digest)
        dropped.update(message.dropped)
        yield message


def _read(number: int, line: bytes, rules: Rules) -> Message:
    body = parse_line(line)
    check_size(body)
    received_at = arrived_at(body, _LATER + timedelta(microseconds=number))
    return parse_message(body, received_at, rules, new_id="")
