"""The client's own reasoning: dividing, waiting, what an answer means. No service is needed."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pandas as pd
import polars as pl
import pytest
from graphql import build_schema, parse, validate

from service.client import (
    AsyncKnoop,
    BatchReport,
    ClientError,
    ForbiddenError,
    Identifier,
    InvalidError,
    Knoop,
    MessagesRefusedError,
    Retries,
    StableIds,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    messages,
    queries,
)
from service.client.answers import seconds_to_wait
from service.client.batches import divide
from service.client.frames import Frame, messages_of
from service.client.messages import encode
from service.client.results import RefusedMessage
from service.ingest.wire import MAX_BATCH_BYTES, MAX_MESSAGE_BYTES

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
AT_ONCE = Retries(attempts=4, seconds=5, first_wait=0.001, longest_wait=0.01)

Handler = Callable[[httpx.Request], httpx.Response]


def knoop(handler: Handler, retries: Retries = AT_ONCE) -> Knoop:
    """A client whose requests end in a function: for the logic of trying again alone."""
    return Knoop(
        "http://knoop",
        write_key="w",
        api_key="a",
        retries=retries,
        transport=httpx.MockTransport(handler),
    )


def answering(*answers: httpx.Response | Exception) -> tuple[Handler, list[httpx.Request]]:
    """Give these answers in order, the last one for ever, and keep what was asked."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, asked


OK = httpx.Response(200, json={"success": True})


# --- What it is ---


def test_the_client_needs_nothing_of_the_server() -> None:
    heavy = "neo4j fastapi starlette strawberry pydantic typer uvicorn structlog polars pandas"
    code = "import sys, service.client; print({m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in heavy.split() if f"'{name}'" in done.stdout]


def test_both_clients_have_the_same_methods_each_with_its_words() -> None:
    def methods(kind: type) -> dict[str, tuple[str | None, list[str]]]:
        return {
            name: (inspect.getdoc(one), list(inspect.signature(one).parameters))
            for name, one in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(Knoop) == methods(AsyncKnoop)
    assert all(words for words, _ in methods(Knoop).values())
    assert str(inspect.signature(Knoop.batch)).endswith("-> 'BatchReport'")


def test_keys_are_in_no_text() -> None:
    with Knoop("http://knoop:8080", write_key="secret-w", api_key="secret-a") as client:
        assert repr(client) == "Knoop('http://knoop:8080')"


def test_every_query_fits_the_schema() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    assert [validate(schema, parse(query)) for query in queries.ALL] == [[]] * len(queries.ALL)


@pytest.mark.parametrize(
    ("url", "options", "field"),
    [
        ("knoop.example:8080", {}, "url"),
        ("ftp://knoop", {}, "url"),
        ("http://", {}, "url"),
        ("http://user:secret@knoop", {}, "url"),
        ("http://knoop", {"api_key": "a\nb"}, "api_key"),
        ("http://knoop", {"write_key": ""}, "write_key"),
    ],
)
def test_a_client_that_cannot_work_is_not_made(
    url: str, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        Knoop(url, **options)
    assert caught.value.field == field
    assert "secret" not in str(caught.value)


# --- Messages ---


def test_a_message_says_what_was_given_and_nothing_more() -> None:
    assert messages.track(
        "Order Completed",
        {"total": 12.5},
        user_id=7,
        identifiers={"loyalty_card": "L-1"},
        context={"ip": "10.0.0.1"},
        message_id="m1",
    ) == {
        "type": "track",
        "event": "Order Completed",
        "properties": {"total": 12.5},
        "userId": 7,
        "context": {
            "ip": "10.0.0.1",
            "externalIds": [
                {"type": "loyalty_card", "id": "L-1", "collection": "users", "encoding": "none"}
            ],
        },
        "messageId": "m1",
    }
    assert messages.page(anonymous_id="c") == {"type": "page", "anonymousId": "c"}
    assert messages.group("acme", {"name": "Acme"}, user_id="7") == {
        "type": "group",
        "groupId": "acme",
        "traits": {"name": "Acme"},
        "userId": "7",
    }
    assert messages.alias("old", user_id="7") == {
        "type": "alias",
        "previousId": "old",
        "userId": "7",
    }
    assert messages.merge(["email:a@example.com", Identifier("user_id", "7")]) == {
        "type": "merge",
        "mergeProperties": [
            {"type": "email", "value": "a@example.com"},
            {"type": "user_id", "value": "7"},
        ],
    }


def test_values_of_python_become_json() -> None:
    told = {
        "aware": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        "naive": datetime(2026, 1, 1),  # noqa: DTZ001
        "frame": pd.Timestamp("2026-01-01"),
        "day": date(2026, 1, 1),
        "price": Decimal("12.50"),
        "set": {"b", "a"},
        3: math.nan,
    }
    assert orjson.loads(encode(told)) == {
        "aware": "2026-01-01T00:00:00+01:00",
        "naive": "2026-01-01T00:00:00+00:00",
        "frame": "2026-01-01T00:00:00+00:00",
        "day": "2026-01-01",
        "price": 12.5,
        "set": ["a", "b"],
        "3": None,
    }
    for wrong in (object(), 1 << 70, "\ud800"):
        with pytest.raises(InvalidError, match="JSON"):
            encode({"wrong": wrong})


# --- Dividing ---


def sized(size: int, **more: Any) -> dict[str, Any]:
    """A message of just this many bytes, with all that it needs."""
    message = {"messageId": "m", "timestamp": "2026-01-01", "pad": "", **more}
    return message | {"pad": "x" * (size - len(encode(message)))}


def test_a_message_of_32_kib_is_sent_and_one_more_byte_is_not() -> None:
    [batch] = divide([sized(MAX_MESSAGE_BYTES), sized(MAX_MESSAGE_BYTES + 1), sized(100)], NOW)
    assert [index for index, _ in batch.messages] == [0, 2]
    assert batch.refused == (
        RefusedMessage(1, "m", "too_large", "the message is over 32 KiB", None),
    )


def test_batches_are_as_full_as_can_be() -> None:
    frame = len(b'{"batch":[]}')
    first = MAX_BATCH_BYTES - frame - 15 * (MAX_MESSAGE_BYTES + 1)
    full = [sized(first), *[sized(MAX_MESSAGE_BYTES)] * 15, sized(80)]
    sizes = [len(batch.body()) for batch in divide(full, NOW)]
    assert sizes == [MAX_BATCH_BYTES, frame + 80]
    one_less = [sized(first - 81), *full[1:]]
    assert [len(batch.body()) for batch in divide(one_less, NOW)] == [MAX_BATCH_BYTES]


def test_dividing_takes_no_more_than_it_needs() -> None:
    taken = 0

    def coming() -> Iterator[dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield sized(MAX_MESSAGE_BYTES)

    next(divide(coming(), NOW))
    assert taken == 16


def test_an_id_and_a_time_are_given_once_where_there_are_none() -> None:
    given = [
        {"type": "page"},
        {"messageId": "m", "timestamp": "2020-01-01"},
        {"originalTimestamp": "x"},
    ]
    [batch] = divide(given, NOW)
    one, two, three = orjson.loads(batch.body())["batch"]
    assert one["timestamp"] == "2026-01-31T09:30:00+00:00"
    assert len(one["messageId"]) == 36
    assert two == given[1]
    assert "timestamp" not in three
    assert "messageId" not in given[0]


@pytest.mark.parametrize("wrong", [None, "text", ["list"], {"a": object()}])
def test_what_is_no_message_is_refused_at_its_place(wrong: Any) -> None:
    [batch] = divide([sized(100), wrong], NOW)
    assert [(one.index, one.code) for one in batch.refused] == [
        (1, "invalid" if isinstance(wrong, dict) else "invalid_message")
    ]


# --- Trying again ---


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        ("Sat, 31 Jan 2026 09:31:00 GMT", 60.0),
        ("Sat, 31 Jan 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("²", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(said: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(said, NOW) == seconds


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again_with_the_same_id(status: int) -> None:
    busy = httpx.Response(status, json={"code": "busy", "message": "too many at once"})
    handle, asked = answering(busy, httpx.ConnectError("refused"), OK)
    with knoop(handle) as client:
        accepted = client.track("Seen", user_id="7")
    bodies = [orjson.loads(one.content) for one in asked]
    assert bodies == [bodies[0]] * 3
    assert bodies[0]["messageId"] == accepted.message_id


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500])
def test_what_lasts_is_tried_once(status: int) -> None:
    handle, asked = answering(httpx.Response(status, json={}))
    with knoop(handle) as client, pytest.raises(ClientError) as caught:
        client.track("Seen", user_id="7")
    assert len(asked) == 1
    assert caught.value.status == status
    assert [one["event"] for one in caught.value.unsent] == ["Seen"]


def test_attempts_are_bounded_and_the_message_is_given_back() -> None:
    handle, asked = answering(httpx.ReadTimeout("slow"))
    with knoop(handle) as client, pytest.raises(UnavailableError) as caught:
        client.track("Seen", user_id="7")
    assert (len(asked), caught.value.attempts) == (4, 4)
    [unsent] = caught.value.unsent
    assert unsent == orjson.loads(asked[0].content) | {"timestamp": unsent["timestamp"]}


def test_the_whole_time_is_bounded() -> None:
    away = httpx.Response(503, headers={"Retry-After": "3600"}, json={"message": "away"})
    handle, asked = answering(away)
    with knoop(handle) as client, pytest.raises(UnavailableError) as caught:
        client.track("Seen", user_id="7")
    assert len(asked) == 1
    assert caught.value.retry_after == 3600.0


async def test_no_attempt_comes_before_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    away = httpx.Response(503, headers={"Retry-After": "2"}, json={})
    handle, _ = answering(away, away, OK)
    with knoop(handle, Retries(attempts=3, seconds=60)) as client:
        client.page(anonymous_id="c")
    assert len(waited) == 2
    assert all(2.0 <= one <= 2.6 for one in waited)
    assert waited[0] != waited[1]


def test_what_graphql_says_of_a_database_that_is_away_is_tried_again() -> None:
    away = {"errors": [{"message": "away", "extensions": {"code": "unavailable"}}], "data": None}
    handle, asked = answering(
        httpx.Response(200, json=away), httpx.Response(200, json={"data": {"profile": None}})
    )
    with knoop(handle) as client:
        assert client.profile("email:a@example.com") is None
    assert len(asked) == 2


# --- What an answer means ---


@pytest.mark.parametrize(
    ("answer", "kind", "code", "field"),
    [
        (
            httpx.Response(
                400, json={"code": "invalid_message", "message": "event: x", "field": "event"}
            ),
            InvalidError,
            "invalid_message",
            "event",
        ),
        (
            httpx.Response(401, json={"code": "unauthorized", "message": "no"}),
            UnauthorizedError,
            "unauthorized",
            None,
        ),
        (httpx.Response(403, text="<html>"), ForbiddenError, "forbidden", None),
        (httpx.Response(413, text="<html>"), TooLargeError, "too_large", None),
        (httpx.Response(200, text="<html>"), UnexpectedAnswerError, "unexpected", None),
        (httpx.Response(200, json={"ok": True}), UnexpectedAnswerError, "unexpected", None),
        (httpx.Response(307, text=""), UnexpectedAnswerError, "unexpected", None),
        (
            httpx.Response(500, json={"code": "internal", "message": "x"}),
            UnexpectedAnswerError,
            "internal",
            None,
        ),
    ],
)
def test_each_refusal_is_an_error_with_code_field_and_remedy(
    answer: httpx.Response, kind: type[ClientError], code: str, field: str | None
) -> None:
    handle, _ = answering(answer)
    with knoop(handle) as client, pytest.raises(kind) as caught:
        client.track("Seen", user_id="7")
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.remedy in str(caught.value)


def test_without_the_key_it_needs_nothing_is_sent() -> None:
    with Knoop("http://127.0.0.1:9") as client:
        with pytest.raises(UnauthorizedError, match="write_key"):
            client.page(anonymous_id="c")
        with pytest.raises(UnauthorizedError, match="api_key"):
            client.profile("email:a@example.com")


@pytest.mark.parametrize("name", ["", "nothing", ":x", "email:"])
def test_what_is_no_identifier_is_refused_before_anything_is_sent(name: str) -> None:
    with Knoop("http://127.0.0.1:9", api_key="a") as client, pytest.raises(InvalidError):
        client.explain(name, "email:a@example.com")


def test_a_batch_that_breaks_off_says_what_was_done_and_gives_back_the_rest() -> None:
    handle, asked = answering(OK, httpx.Response(503, json={}))
    coming = ({"type": "track", "event": str(n), "pad": "x" * 30_000} for n in range(50))
    with knoop(handle) as client, pytest.raises(UnavailableError) as caught:
        client.batch(coming)
    sent = len(orjson.loads(asked[0].content)["batch"])
    assert caught.value.report == BatchReport(accepted=sent)
    rest = list(caught.value.unsent)
    assert [one["event"] for one in rest] == [str(n) for n in range(sent, 50)]
    assert len({one["messageId"] for one in rest}) == 50 - sent


def test_a_batch_names_its_refused_messages_by_their_place_among_all() -> None:
    def refuse_last(request: httpx.Request) -> httpx.Response:
        batch = orjson.loads(request.content)["batch"]
        error = {"index": len(batch) - 1, "code": "invalid_message", "message": "x", "field": "y"}
        return httpx.Response(400, json={"accepted": len(batch) - 1, "errors": [error]})

    coming = [sized(30_000) for _ in range(20)]
    coming[3] = sized(MAX_MESSAGE_BYTES + 1)
    with knoop(refuse_last) as client:
        report = client.batch(coming, check=False)
        with pytest.raises(MessagesRefusedError) as caught:
            client.batch(coming)
    assert [(one.index, one.code) for one in report.refused] == [
        (3, "too_large"),
        (17, "invalid_message"),
        (19, "invalid_message"),
    ]
    assert report.accepted == 17
    assert caught.value.report.refused == report.refused
    assert caught.value.code == "too_large"


# --- Frames ---

_CELLS: dict[str, list[Any]] = {
    "customer": [7, None, 9],
    "card": ["L-1", "L-2", ""],
    "amount": [1.5, 2.0, None],
    "at": [NOW, NOW, NOW],
    "shop": ["north", None, "south"],
}


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(_CELLS),
        pd.DataFrame(_CELLS),
        pd.DataFrame(_CELLS).convert_dtypes(),
        [dict(zip(_CELLS, row, strict=True)) for row in zip(*_CELLS.values(), strict=True)],
    ],
    ids=["polars", "pandas", "pandas with NA", "mappings"],
)
def test_a_row_of_any_frame_is_a_message(frame: Frame) -> None:
    told = messages_of(
        frame,
        {
            "userId": "customer",
            "identifiers.loyalty_card": "card",
            "properties.total": "amount",
            "timestamp": "at",
        },
        constant={"type": "track", "event": "Order Completed", "context": {"ip": "10.0.0.1"}},
        rest="properties",
        ids=StableIds("orders", ("at", "card")),
    )
    one, two, refused = told
    assert isinstance(one, dict)
    card = {"type": "loyalty_card", "id": "L-1", "collection": "users", "encoding": "none"}
    whole = orjson.loads(encode(one))
    assert len(whole.pop("messageId")) == 32
    assert whole == {
        "type": "track",
        "event": "Order Completed",
        "context": {"ip": "10.0.0.1", "externalIds": [card]},
        "userId": 7,
        "properties": {"total": 1.5, "shop": "north"},
        "timestamp": "2026-01-31T09:30:00+00:00",
    }
    assert isinstance(two, dict)
    assert "userId" not in two
    assert two["properties"] == {"total": 2.0}
    assert two["messageId"] != one["messageId"]
    assert isinstance(refused, RefusedMessage)
    assert (refused.index, refused.field) == (2, "messageId")


def test_stable_ids_are_the_same_for_the_same_row_and_name_alone() -> None:
    def ids(name: str, *receipts: str) -> list[Any]:
        made = messages_of(
            [{"receipt": one} for one in receipts],
            {"properties.receipt": "receipt"},
            constant={},
            rest=None,
            ids=StableIds(name, ("receipt",)),
        )
        return [one["messageId"] for one in made if isinstance(one, dict)]

    assert ids("north", "1", "2") == ids("north", "1", "2")
    assert ids("north", "2") == ids("north", "1", "2")[1:]
    assert not set(ids("north", "1", "2")) & set(ids("south", "1", "2"))


def test_a_column_that_is_not_there_is_named() -> None:
    with (
        Knoop("http://127.0.0.1:9", write_key="w") as client,
        pytest.raises(InvalidError, match="no column card") as caught,
    ):
        client.send_frame(pl.DataFrame({"customer": [1]}), {"userId": "card"})
    assert caught.value.field == "card"
