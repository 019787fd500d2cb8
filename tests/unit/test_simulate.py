"""What the rules make of messages without a database, worked by hand."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import orjson
import pytest

from service.errors import KnoopError
from service.identity.rules import Rules, load_rules, parse_rules
from service.ingest.simulate import lines_of, simulate

ANN: dict[str, Any] = {"userId": "ann", "traits": {"email": "ann@example.com"}}
BOB: dict[str, Any] = {"userId": "bob", "traits": {"email": "ann@example.com"}}
JAN, FEB, MARCH = (f"2026-0{month}-01T00:00:00Z" for month in (1, 2, 3))
# Whose the mail address is that Ann and Bob both gave.
ANNS = [["email:ann@example.com", "user_id:ann"], ["user_id:bob"]]
BOBS = [["email:ann@example.com", "user_id:bob"], ["user_id:ann"]]


def _simulate(text: bytes, rules: Rules | None = None) -> tuple[dict[str, Any], list[str]]:
    """What is printed, and what is said of bad lines."""
    told: list[str] = []

    def refuse(line: int, error: KnoopError) -> None:
        told.append(f"{line}: {error}")

    outcome = simulate(lines_of(io.BytesIO(text)), rules or load_rules(), refuse)
    return json.loads(orjson.dumps(outcome)), told


def _of(*bodies: dict[str, Any], rules: Rules | None = None) -> dict[str, Any]:
    lines = [json.dumps({"type": "identify"} | body) for body in bodies]
    outcome, told = _simulate("\n".join(lines).encode(), rules)
    assert told == []
    return outcome


def test_identifiers_that_messages_name_together_are_one_profile() -> None:
    assert _of(
        {"userId": "z"},
        {"anonymousId": "c1", "traits": {"email": "Ann@Example.com"}},
        ANN,
        {"userId": "ann", "traits": {"phone": "+31 6 1234 5678"}},
    ) == {
        "profiles": [
            ["anonymous_id:c1", "email:ann@example.com", "phone:+31612345678", "user_id:ann"],
            ["user_id:z"],
        ],
        "refused": [],
        "dropped": [],
    }


def test_nothing_is_an_outcome_too() -> None:
    assert _of() == {"profiles": [], "refused": [], "dropped": []}


def test_a_link_that_a_limit_forbids_is_refused_with_its_reason() -> None:
    assert _of(ANN | {"timestamp": JAN}, BOB | {"timestamp": FEB}) == {
        "profiles": BOBS,
        "refused": [
            {"link": ["email:ann@example.com", "user_id:ann"], "reason": "max_per_profile"}
        ],
        "dropped": [],
    }


def test_links_that_are_left_out_are_not_refused() -> None:
    """A shared address, and a namespace that links nobody."""
    people = [
        {
            "userId": f"u{n}",
            "traits": {"email": "shop@example.com"},
            "context": _ids(ip="192.0.2.1"),
        }
        for n in range(5)
    ]
    outcome = _of(*people)
    assert outcome["profiles"] == [
        *(["email:shop@example.com"], ["ip:192.0.2.1"]),
        *([f"user_id:u{n}"] for n in range(5)),
    ]
    assert outcome["refused"] == []


def _ids(**ids: str) -> dict[str, Any]:
    return {"externalIds": [{"type": type_, "id": id_} for type_, id_ in ids.items()]}


def test_a_message_that_contradicts_itself_joins_nobody_and_names_them_all() -> None:
    assert _of(ANN | {"context": _ids(user_id="bob")})["profiles"] == [
        ["email:ann@example.com"],
        ["user_id:ann"],
        ["user_id:bob"],
    ]


def test_values_that_are_nobodys_are_told_once_with_their_reason() -> None:
    nobody = {"userId": "undefined", "traits": {"email": "noreply@example.com", "phone": "x"}}
    outcome = _of(nobody, ANN, nobody)
    assert outcome["dropped"] == [
        {"identifier": "email:noreply@example.com", "reason": "blocked"},
        {"identifier": "phone:x", "reason": "invalid"},
        {"identifier": "user_id:undefined", "reason": "placeholder"},
    ]
    assert outcome["profiles"] == [["email:ann@example.com", "user_id:ann"]]


def test_what_was_declared_outweighs_what_was_seen_later() -> None:
    declared = {
        "type": "merge",
        "userId": "ann",
        "mergeProperties": [
            {"type": "user_id", "value": "ann"},
            {"type": "email", "value": "ann@example.com"},
        ],
    }
    assert _of(declared | {"timestamp": JAN}, BOB | {"timestamp": FEB})["profiles"] == ANNS


def test_the_rules_are_those_given() -> None:
    earliest = parse_rules(
        '[profile]\nconflicts = "earliest"\n'
        '[namespaces.user_id]\nkind = "person"\nmax_per_profile = 1\n'
        '[namespaces.email]\nkind = "person"\n',
        "rules.toml",
    )
    said = [BOB | {"timestamp": FEB}, ANN | {"timestamp": JAN}]
    assert _of(*said, rules=earliest)["profiles"] == ANNS
    assert _of(*said)["profiles"] == BOBS


def test_a_message_id_counts_once_as_it_was_said_first() -> None:
    ann, nobody = ANN | {"messageId": "m1"}, {"userId": "undefined", "messageId": "m1"}
    assert _of(ann, nobody) == _of(ANN)
    assert _of(nobody, ann)["profiles"] == []


def test_a_message_that_is_refused_does_not_claim_its_id() -> None:
    bad = b'{"type": "identify", "messageId": "m1"}\n'
    outcome, told = _simulate(bad + json.dumps({"type": "track", "event": "x"} | ANN).encode())
    assert outcome["profiles"] == [["email:ann@example.com", "user_id:ann"]]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("anns", "bobs", "profiles"),
    [
        ({}, {}, BOBS),  # In the order of the lines.
        ({}, {"timestamp": MARCH}, ANNS),  # Without any time: later than all that have one.
        ({"sentAt": FEB}, {"timestamp": JAN}, ANNS),
        ({"sentAt": JAN}, {"timestamp": FEB}, BOBS),
        ({"receivedAt": MARCH, "sentAt": JAN}, {"timestamp": FEB}, ANNS),
        ({"receivedAt": "soon", "sentAt": MARCH}, {"timestamp": FEB}, ANNS),
        ({"originalTimestamp": JAN, "sentAt": MARCH}, {"timestamp": FEB}, BOBS),
        # The sender's clock was a year behind, and a month passed before it sent.
        (
            {
                "originalTimestamp": "2025-02-01T00:00:00Z",
                "sentAt": "2025-03-01T00:00:00Z",
                "receivedAt": MARCH,
            },
            {"timestamp": "2026-01-31T00:00:00Z"},
            ANNS,
        ),
        ({"timestamp": "2999-01-01T00:00:00Z"}, {"timestamp": MARCH, "sentAt": JAN}, ANNS),
    ],
)
def test_a_time_is_what_the_message_says_and_never_that_of_the_run(
    anns: dict[str, str], bobs: dict[str, str], profiles: list[list[str]]
) -> None:
    assert _of(ANN | anns, BOB | bobs)["profiles"] == profiles


def test_a_bad_line_is_told_with_its_number_and_the_others_count() -> None:
    good = json.dumps({"type": "identify"} | ANN).encode()
    long = {"type": "track", "userId": "u", "event": "x", "properties": {"text": "x" * 33_000}}
    lines = [
        b"\xef\xbb\xbf" + good,
        b"",
        b"  \r",
        b"[1]",
        b"null",
        b'{"userId": }',
        b"\xff\xfe",
        b'{"type": "identify"}',
        b'{"userId": "u"}',
        b'{"type": "identify", "userId": "u", "timestamp": "soon"}',
        b'{"type": "identify", "userId": "u", "context": []}',
        json.dumps(long).encode(),
        b" " * 600_000 + good,
        b"x" * 2_000_000,
        b"[" * 100_000,
        good.replace(b"ann", b"zoe") + b" " * 40_000 + b"\r",
        b'{"type": "identify", "userId": "half \\ud83d"}',
    ]
    outcome, told = _simulate(b"\n".join(lines))
    assert outcome["profiles"] == [
        ["email:ann@example.com", "user_id:ann"],
        ["email:zoe@example.com", "user_id:zoe"],
        ["user_id:half \ufffd"],
    ]
    assert [re.sub(r"(not JSON: ).*(column)", r"\1\2", one) for one in told] == [
        "4: is not a JSON object",
        "5: is not a JSON object",
        "6: is not JSON: column 12",
        "7: is not UTF-8",
        "8: userId: is missing; name a person by userId, anonymousId or context.externalIds",
        "9: type: is not one of identify, track, page, screen, group, alias, merge",
        "10: timestamp: is not a time; send ISO 8601, as in 2026-01-31T09:30:00Z",
        "11: context: is not a JSON object",
        "12: the message is over 32 KiB",
        "13: the line is over 500 KiB",
        "14: the line is over 500 KiB",
        "15: is not JSON: column 1026",
    ]


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"]
)
@pytest.mark.parametrize("field", ["receivedAt", "sentAt", "originalTimestamp", "timestamp"])
def test_an_odd_time_is_refused_or_taken_and_stops_nothing(field: str, time: str) -> None:
    body = {"type": "identify"} | ANN | {"originalTimestamp": JAN, field: time}
    outcome, told = _simulate(json.dumps(body).encode())
    assert len(outcome["profiles"]) + len(told) == 1
