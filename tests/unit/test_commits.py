"""How a batch is divided into commits."""

from __future__ import annotations

from service.api.tracking import commits
from service.ingest.message import Message
from tests.seeding import message


def _page(number: int, identifiers: int) -> Message:
    ids = [{"type": "x", "id": f"{number}-{one}"} for one in range(identifiers - 1)]
    return message(
        type="page", messageId=f"m{number}", userId=f"u{number}", context={"externalIds": ids}
    )


def test_an_ordinary_batch_is_one_commit() -> None:
    messages = [_page(number, identifiers=3) for number in range(500)]
    assert list(commits(messages)) == [messages]


def test_a_batch_full_of_identifiers_is_divided_in_order_and_nothing_is_left_out() -> None:
    # 100 identifiers are 4,950 pairs, of which two fit into a commit.
    messages = [_page(number, 100 if number in (3, 4, 5, 9) else 1) for number in range(20)]
    assert list(commits(messages)) == [messages[:5], messages[5:]]
