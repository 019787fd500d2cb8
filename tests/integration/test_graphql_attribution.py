"""Paths, flows and attribution through GraphQL, over devices and sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.access import Scope, add_key
from service.api.graphql.attribution import AttributionModel
from service.journey.attribution.models import MODELS
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
ORDER = {"event": "Order Completed", "value": "total"}
ATTRIBUTION = """
query($conversion: ConversionInput!, $models: [ModelInput!]!, $paths: PathInput) {
  attribution(conversion: $conversion, models: $models, paths: $paths) {
    people conversions value
    models { model credits { name conversions value } }
  }
}"""
PATHS = """
query($conversion: ConversionInput!, $paths: PathInput) {
  paths(conversion: $conversion, paths: $paths) {
    people conversions losses value touchpoints { median } days { median }
    top { touchpoints conversions losses value }
  }
}"""
FLOWS = """
query($conversion: ConversionInput!, $steps: Int! = 5) {
  flows(conversion: $conversion, steps: $steps) {
    nodes { id step name } links { source target paths }
  }
}"""


def _visit(hours: float, user: str, medium: str | None = None, **other: Any) -> dict[str, Any]:
    at = (NOON + timedelta(hours=hours)).isoformat()
    source = "google" if medium == "cpc" else "newsletter"
    campaign = {"source": source, "medium": medium} if medium else {}
    context = {"campaign": campaign, **other.pop("context", {})}
    return {"type": "page", "timestamp": at, "userId": user, "context": context} | other


def _order(hours: float, user: str, total: float, **other: Any) -> dict[str, Any]:
    properties = {"total": total, **other}
    track = {"type": "track", "event": "Order Completed", "properties": properties}
    return _visit(hours, user) | track


async def _happen(web: Sender, till: Sender) -> None:
    """Three people: two buy, one of them at the till, and comes again; one only looks."""
    answer = await web.batch(
        _visit(0, "u1", "cpc", anonymousId="c1"),
        _visit(24, "u1", "email", anonymousId="c2"),
        _order(24.2, "u1", 30),
        _visit(1, "u2", "email"),
        _visit(5, "u2"),
        _visit(2, "u3", "cpc"),
    )
    assert answer.json() == {"success": True}
    assert (await till.batch(_order(3, "u2", 12))).json() == {"success": True}


async def _credits(reader: Reader, *models: dict[str, Any], **given: Any) -> list[dict[str, float]]:
    told = await reader.ask(
        ATTRIBUTION, conversion=given.pop("conversion", ORDER), models=models, **given
    )
    return [
        {one["name"]: one["conversions"] for one in model["credits"] if one["conversions"]}
        for model in told["attribution"]["models"]
    ]


async def test_models_stand_side_by_side(web: Sender, till: Sender, reader: Reader) -> None:
    await _happen(web, till)
    models = [{"model": "FIRST_TOUCH"}, {"model": "LINEAR"}, {"model": "MARKOV", "order": 1}]
    told = (await reader.ask(ATTRIBUTION, conversion=ORDER, models=models))["attribution"]
    assert (told["people"], told["conversions"], told["value"]) == (3, 2, 42)
    assert [one["model"] for one in told["models"]] == ["FIRST_TOUCH", "LINEAR", "MARKOV"]
    first, linear, markov = [
        {one["name"]: (one["conversions"], one["value"]) for one in model["credits"]}
        for model in told["models"]
    ]
    assert first == {"paid_search": (1, 30), "email": (1, 12), "direct": (0, 0)}
    assert linear == {"paid_search": (0.5, 15), "email": (1.5, 27), "direct": (0, 0)}
    assert sum(conversions for conversions, _ in markov.values()) == pytest.approx(2)


async def test_paths_have_what_led_to_something_and_what_did_not(
    web: Sender, till: Sender, reader: Reader
) -> None:
    await _happen(web, till)
    told = (await reader.ask(PATHS, conversion=ORDER))["paths"]
    days = told.pop("days")["median"]
    assert days == pytest.approx((24.2 / 24 + 2 / 24) / 2, abs=1e-4)
    assert told == {
        "people": 3,
        "conversions": 2,
        "losses": 2,
        "value": 42,
        "touchpoints": {"median": 1.5},
        "top": [
            {"touchpoints": ["email"], "conversions": 1, "losses": 0, "value": 12},
            {"touchpoints": ["paid_search", "email"], "conversions": 1, "losses": 0, "value": 30},
            {"touchpoints": ["direct"], "conversions": 0, "losses": 1, "value": 0},
            {"touchpoints": ["paid_search"], "conversions": 0, "losses": 1, "value": 0},
        ],
    }


async def test_flows_go_from_step_to_step(web: Sender, till: Sender, reader: Reader) -> None:
    await _happen(web, till)
    told = (await reader.ask(FLOWS, conversion=ORDER))["flows"]
    names = {one["id"]: (one["step"], one["name"]) for one in told["nodes"]}
    assert {
        (names[one["source"]], names[one["target"]]): one["paths"] for one in told["links"]
    } == {
        ((1, "paid_search"), (2, "email")): 1,
        ((1, "paid_search"), (2, "(not converted)")): 1,
        ((1, "email"), (2, "(converted)")): 1,
        ((1, "direct"), (2, "(not converted)")): 1,
        ((2, "email"), (3, "(converted)")): 1,
    }


@pytest.mark.parametrize(
    ("conversion", "paths", "expected"),
    [
        ({}, {"by": "SOURCE"}, {"newsletter": 2}),
        ({}, {"by": "CAMPAIGN"}, {"(not set)": 2}),
        ({"where": [{"name": "total", "atLeast": 20}]}, {}, {"email": 1}),
        ({"where": [{"name": "total", "below": 20}]}, {}, {"email": 1}),
        ({"where": [{"name": "total", "in": [12, 13]}]}, {}, {"email": 1}),
        ({"where": [{"name": "source", "equals": "till"}]}, {}, {"email": 1}),
        ({"from": "2025-06-02T00:00:00Z"}, {}, {"email": 1}),
        ({"to": "2025-06-01T14:00:00Z"}, {}, {}),
        ({}, {"transforms": ["FIRST_OCCURRENCES"], "most": 1}, {"email": 2}),
        ({}, {"people": {"identifier": {"namespace": "user_id", "value": "u1"}}}, {"email": 1}),
        ({}, {"consent": "analytics"}, {}),
    ],
)
async def test_what_is_asked_for_is_what_counts(
    web: Sender,
    till: Sender,
    reader: Reader,
    conversion: dict[str, Any],
    paths: dict[str, Any],
    expected: dict[str, float],
) -> None:
    await _happen(web, till)
    asked = {"conversion": ORDER | conversion, "paths": paths}
    assert await _credits(reader, {"model": "LAST_TOUCH"}, **asked) == [expected]


async def test_only_who_agreed_counts_where_that_is_wanted(
    web: Sender, till: Sender, reader: Reader
) -> None:
    await _happen(web, till)
    for user, at, yes in (("u1", 1, False), ("u1", 2, True), ("u2", 1, True), ("u2", 2, False)):
        consent = {"categoryPreferences": {"analytics": yes}}
        body = _visit(at, user, context={"consent": consent}) | {"type": "identify"}
        await web.accept("identify", body)
    [found] = await _credits(reader, {"model": "LAST_TOUCH"}, paths={"consent": "analytics"})
    assert found == {"email": 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"models": []}, "models: are 0; ask for 1 to 20"),
        ({"models": [{"model": "LINEAR", "order": 2}]}, "models: LINEAR has no order"),
        (
            {"models": [{"model": "MARKOV", "order": 0}]},
            "order: 0 is not a whole number from 1 to 10",
        ),
        ({"paths": {"lookbackDays": 0}}, "lookbackDays: is 0; ask for 1 to 3,650"),
        (
            {"conversion": {"event": "x", "where": [{"name": "total"}]}},
            "conversion.where: give one of equals, in, atLeast and below for total",
        ),
        (
            {
                "conversion": {
                    "event": "x",
                    "from": "2025-01-02T00:00:00Z",
                    "to": "2025-01-01T00:00:00Z",
                }
            },
            "until: is not after since",
        ),
    ],
)
async def test_what_cannot_be_is_told(reader: Reader, given: dict[str, Any], message: str) -> None:
    asked = {"conversion": ORDER, "models": [{"model": "LINEAR"}]} | given
    errors = await reader.errors(ATTRIBUTION, **asked)
    assert errors == [{"message": message, "code": "invalid_query"}]


async def test_values_in_two_currencies_are_not_added_up(web: Sender, reader: Reader) -> None:
    orders = (_order(n, "u1", 5, currency=one) for n, one in enumerate(("EUR", "GBP")))
    await web.batch(*orders)
    models = [{"model": "LAST_TOUCH"}]
    [error] = await reader.errors(ATTRIBUTION, conversion=ORDER, models=models)
    assert error["message"] == "currency: 'EUR' and 'GBP' cannot be added up; choose one"
    chosen = ORDER | {"currency": "EUR"}
    told = await reader.ask(ATTRIBUTION, conversion=chosen, models=models)
    assert told["attribution"]["value"] == 5


@pytest.mark.parametrize(
    ("conversion", "paths"),
    [
        ({"where": [{"name": "note", "equals": "for Ann"}]}, {}),
        ({"value": "age"}, {}),
        ({}, {"people": {"identifier": {"namespace": "user_id", "value": "u1"}}}),
    ],
)
async def test_nobody_finds_out_by_conversions_what_is_personal(
    client: httpx.AsyncClient, graph: Graph, conversion: dict[str, Any], paths: dict[str, Any]
) -> None:
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    asked = {"conversion": {"event": "Order Completed"} | conversion, "paths": paths}
    assert await narrow.errors(PATHS, **asked) == [
        {"message": "the key narrow lacks the scope personal:read", "code": "forbidden"}
    ]
    opened = {"event": "Order Completed", "value": "total"}
    assert (await narrow.ask(PATHS, conversion=opened))["paths"]["people"] == 0


def test_every_model_is_in_the_schema() -> None:
    assert [one.value for one in AttributionModel] == list(MODELS)
