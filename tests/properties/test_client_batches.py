"""However messages are divided, none is lost, doubled or moved, and every limit is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from service.client.batches import divide
from service.ingest.wire import MAX_MESSAGE_BYTES

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"event": st.text(max_size=20)},
        optional={
            "messageId": st.text(min_size=1, max_size=5),
            "pad": st.sampled_from([0, 1, 100, 1_000, MAX_MESSAGE_BYTES]).map("é".__mul__),
        },
    ),
    max_size=40,
)


@given(messages=MESSAGES, most_bytes=st.integers(33_000, 70_000), most=st.integers(1, 10))
def test_dividing_keeps_every_message_in_order_and_every_limit(
    messages: list[dict[str, Any]], most_bytes: int, most: int
) -> None:
    batches = list(divide(messages, NOW, most_bytes=most_bytes, most_messages=most))
    bodies = [orjson.loads(batch.body())["batch"] for batch in batches]

    sent = [
        (index, message)
        for batch, body in zip(batches, bodies, strict=True)
        for (index, _), message in zip(batch.messages, body, strict=True)
    ]
    refused = [one.index for batch in batches for one in batch.refused]
    assert [index for index, _ in sent] == sorted({index for index, _ in sent})
    assert sorted([index for index, _ in sent] + refused) == list(range(len(messages)))
    for index, message in sent:
        assert messages[index].items() <= message.items()
        assert len(orjson.dumps(message)) <= MAX_MESSAGE_BYTES
    for index in refused:
        assert len(orjson.dumps(messages[index])) > MAX_MESSAGE_BYTES - 200
    for batch, body in zip(batches, bodies, strict=True):
        assert len(batch.body()) <= most_bytes
        assert len(body) <= most

    # As few as there can be: the first message of a batch had no room in the one before.
    full = [batch for batch in batches if batch.messages]
    for before, after in pairwise(full):
        too_many = len(before.messages) == most
        assert too_many or len(before.body()) + 1 + len(after.encoded[0]) > most_bytes
