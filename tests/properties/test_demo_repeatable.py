"""Whatever the seed and the size, the demo is repeatable, acceptable and true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.demo import Demo, generate
from service.demo.generate import UNTIL, YEAR
from service.identity.rules import load_rules
from service.ingest.message import parse_message

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DIGEST = """
import json, hashlib
from service.demo import generate
demo = generate(seed=3, people=80)
everything = [[m.source, m.body] for m in demo.messages]
everything += [dict(demo.truth.person_of), dict(demo.truth.causes)]
print(hashlib.sha256(json.dumps(everything).encode()).hexdigest())
"""


def _digest(demo: Demo) -> str:
    everything = [[message.source, message.body] for message in demo.messages]
    truth = [dict(demo.truth.person_of), dict(demo.truth.causes)]
    return sha256(json.dumps([*everything, *truth]).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_another_process_makes_the_same_bytes(hash_seed: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", DIGEST],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    ).stdout.strip()
    assert printed == _digest(generate(seed=3, people=80))


@FEW
@given(seed=st.integers(0, 10_000), people=st.integers(1, 60))
def test_same_arguments_same_demo(seed: int, people: int) -> None:
    assert _digest(generate(seed, people)) == _digest(generate(seed, people))


def test_another_seed_makes_another_demo() -> None:
    digests = {_digest(generate(seed, people=40)) for seed in range(5)}
    assert len(digests) == 5


@FEW
@given(seed=st.integers(0, 10_000), days=st.integers(-900, 900))
def test_the_year_ends_when_it_is_told_to(seed: int, days: int) -> None:
    until = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=days)
    demo = generate(seed, people=40, until=until)
    for message in demo.messages:
        assert until - YEAR <= datetime.fromisoformat(message.body["timestamp"]) < until


@FEW
@given(seed=st.integers(0, 10_000))
def test_the_front_door_takes_every_message_and_names_as_the_truth_does(seed: int) -> None:
    rules = load_rules()
    demo = generate(seed, people=120)
    named: set[str] = set()
    for message in demo.messages:
        parsed = parse_message(message.body, UNTIL, rules, new_id="none")
        named.update(identifier.key for identifier in parsed.identifiers)
        assert parsed.message_id == message.body["messageId"]
        assert len(json.dumps(message.body)) < 32_768
    assert demo.truth.person_of.keys() <= named


@pytest.mark.parametrize("people", [0, -1, 20_001])
def test_impossible_sizes_are_refused(people: int) -> None:
    with pytest.raises(ValueError, match="the demo has 1 to 20000 people"):
        generate(people=people)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="until needs a time zone"):
        generate(people=1, until=UNTIL.replace(tzinfo=None))
