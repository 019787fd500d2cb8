"""The ready-made questions, asked about a small company of which the answers are known."""

from __future__ import annotations

from typing import Any

import pytest

from service.identity.publishing import publish
from service.identity.rules import ProfileRules, load_rules
from service.store.graph import Graph
from service.store.procedures import cypher_folder
from tests.procedures.asking import ask
from tests.procedures.company import CROWD, MONDAY, act_by_hand
from tests.seeding import send

QUESTIONS = sorted(path.stem for path in cypher_folder("questions").glob("*.cypher"))
GIVEN = {"meeting_points": {"source": "web"}}


def columns(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def test_every_question_has_an_answer(company: Graph) -> None:
    await act_by_hand(company)
    answers = {name: await ask(company, name, **GIVEN.get(name, {})) for name in QUESTIONS}
    assert {name for name, rows in answers.items() if not rows} == set()


async def test_every_question_about_an_empty_graph_has_an_answer_too(graph: Graph) -> None:
    for name in QUESTIONS:
        assert await ask(graph, name, **GIVEN.get(name, {})) == []


async def test_the_largest_profile_comes_first_with_its_namespaces(company: Graph) -> None:
    rows = await ask(company, "largest_profiles", limit=2)
    ann = rows[0]
    assert len(rows) == 2
    assert ann["identifiers"] == 5
    assert ann["events"] == 7
    assert ann["namespaces"] == [
        {"namespace": "anonymous_id", "identifiers": 1},
        {"namespace": "crm_id", "identifiers": 1},
        {"namespace": "email", "identifiers": 1},
        {"namespace": "loyalty_card", "identifiers": 1},
        {"namespace": "user_id", "identifiers": 1},
    ]


async def test_the_kiosk_is_shared_and_the_tablet_nearly(company: Graph) -> None:
    shared = await ask(company, "shared_identifiers")
    assert columns(shared, "identifier", "seen_with", "events") == [("anonymous_id:kiosk", 5, 5)]
    nearly = await ask(company, "nearly_shared_identifiers")
    assert columns(nearly, "identifier", "different_values") == [
        ("anonymous_id:laptop", 2),
        ("anonymous_id:tablet", 2),
    ]
    assert await ask(company, "nearly_shared_identifiers", at_least=3) == []
    assert await ask(company, "nearly_shared_identifiers", unique_namespaces=["email"]) == []
    stricter = load_rules().model_copy(update={"profile": ProfileRules(shared_after=6)})
    await publish(company, stricter)
    assert await ask(company, "nearly_shared_identifiers") == []


async def test_the_web_meets_the_crm_where_ann_logs_in_with_her_address(company: Graph) -> None:
    rows = await ask(company, "meeting_points", source="web", other="crm")
    assert columns(rows, "namespace", "met_in", "type", "people") == [
        ("email", "web", "identify", 1)
    ]
    rows = await ask(company, "meeting_points", source="till", other="web")
    assert columns(rows, "namespace", "met_in", "name") == [
        ("user_id", "till", "Order Completed"),
        ("user_id", "till", "Scanned"),
    ]


async def test_a_week_says_what_share_of_its_events_is_of_known_people(company: Graph) -> None:
    weeks = await ask(company, "known_people_per_week")
    second = next(week for week in weeks if str(week["week"]) == "2026-01-12")
    assert (second["events"], second["events_of_known"], second["share"]) == (4, 3, 0.75)
    assert (second["profiles"], second["known_profiles"]) == (4, 3)
    assert sum(week["events"] for week in weeks) == await _events(company)


async def _events(graph: Graph) -> int:
    [row] = await graph.run("MATCH (e:Event) RETURN count(e) AS events")
    return int(row["events"])


async def test_since_leaves_out_what_was_before(company: Graph) -> None:
    weeks = await ask(company, "known_people_per_week", since=MONDAY)
    assert str(weeks[0]["week"]) == "2026-01-05"
    assert await ask(company, "dropped_identifiers", since=MONDAY.replace(year=2027)) == []


async def test_the_link_to_a_borrowed_laptop_is_refused_for_a_reason(company: Graph) -> None:
    rows = await ask(company, "refused_links")
    borrowed = rows[0]
    assert borrowed["reason"] == "max_per_profile"
    assert borrowed["namespaces"] == "anonymous_id · user_id"
    assert {example["between"] for example in borrowed["examples"]} <= {
        "anonymous_id:laptop",
        "anonymous_id:tablet",
    }


async def test_what_went_wrong_is_found(company: Graph) -> None:
    nobody = await ask(company, "events_of_nobody")
    assert columns(nobody, "source", "name", "events", "example", "dropped") == [
        ("web", "Scrolled", 1, "nobody-1", ["anonymous_id:undefined"])
    ]
    dropped = await ask(company, "dropped_identifiers")
    assert columns(dropped, "identifier", "events", "of_nobody") == [
        ("anonymous_id:undefined", 1, 1),
        ("user_id:null", 1, 0),
    ]
    unknown = await ask(company, "unknown_namespaces")
    assert columns(unknown, "namespace", "source", "identifiers", "examples") == [
        ("badge", "till", 1, ["badge:b9"])
    ]
    contradictory = await ask(company, "contradictory_messages")
    assert columns(contradictory, "source", "namespace", "example") == [
        ("crm", "user_id", "twice-1")
    ]


async def test_a_silent_source_is_listed_too(company: Graph) -> None:
    rows = await ask(company, "sources_by_volume")
    assert [row["source"] for row in rows] == ["web", "crm", "till", "silent"]
    assert sum(row["events"] for row in rows) == await _events(company)
    assert rows[-1]["last_at"] is None
    late = await ask(company, "sources_by_volume", since=MONDAY.replace(day=10))
    by_source = {row["source"]: row for row in late}
    assert (by_source["till"]["events"], by_source["till"]["events_ever"]) == (1, 2)


async def test_devices_are_counted_per_person_that_we_know(company: Graph) -> None:
    rows = await ask(company, "devices_per_person")
    assert sum(row["share"] for row in rows) == pytest.approx(1, abs=0.01)
    assert {row["devices"] for row in rows} == {0, 1}


async def test_a_path_leads_from_the_first_channel_to_the_last(company: Graph) -> None:
    rows = await ask(company, "channel_paths")
    paths = {(row["first_channel"], row["last_channel"]): row["people"] for row in rows}
    assert paths["crm", "web"] == 1
    assert paths["web", "web"] > CROWD
    before = await ask(company, "channel_paths", until=MONDAY)
    assert columns(before, "first_channel", "last_channel", "people") == [("crm", "crm", 1)]


async def test_the_way_to_an_order_begins_in_the_days_before_it(company: Graph) -> None:
    names = ("first_channel", "goal_channel", "goals", "median_touchpoints", "median_days")
    month = await ask(company, "channels_before_goal")
    assert ("crm", "store", 1, 6.0, 8.0) in columns(month, *names)
    day = await ask(company, "channels_before_goal", days=1)
    assert ("web", "store", 1, 3.0, 1.0) in columns(day, *names)
    assert sum(row["goals"] for row in month) == sum(row["goals"] for row in day) == 3


async def test_an_account_has_people_and_not_only_identifiers(company: Graph) -> None:
    [acme] = await ask(company, "largest_accounts")
    assert (acme["account"], acme["people"], acme["identifiers"]) == ("organization:acme", 2, 2)


async def test_of_a_yes_and_a_later_no_of_one_person_the_no_counts(company: Graph) -> None:
    [ads] = await ask(company, "consent_per_purpose")
    assert (ads["purpose"], ads["people"], ads["yes"], ads["no"]) == ("ads", 2, 1, 1)
    assert ads["share"] == 0.5


async def test_a_merge_names_the_event_that_brought_the_evidence(company: Graph) -> None:
    merges = await ask(company, "recent_merges")
    [ann] = [row for row in merges if row["message_id"] == "ann-3"]
    assert (ann["source"], ann["type"]) == ("web", "identify")
    assert ann["merged_ids"]
    assert ann["named"] == ["anonymous_id:laptop", "email:ann@example.com", "user_id:ann"]
    assert columns(merges, "change_id") == sorted(columns(merges, "change_id"), reverse=True)
    assert len(await ask(company, "recent_merges", limit=1)) == 1


async def test_an_order_that_was_sent_twice_counts_once(company: Graph) -> None:
    rows = await ask(company, "orders_per_source")
    assert columns(rows, "source", "orders", "people", "revenue", "currency") == [
        ("till", 1, 1, 30.0, "EUR"),
        ("web", 1, 1, 12.5, "EUR"),
    ]


async def test_identifiers_that_stand_alone_are_counted(company: Graph) -> None:
    rows = {row["namespace"]: row for row in await ask(company, "identifiers_per_namespace")}
    assert (rows["anonymous_id"]["shared"], rows["anonymous_id"]["alone"]) == (1, 1)
    assert rows["email"]["identifiers"] == 1


async def test_what_people_said_by_hand_is_listed_with_what_came_of_it(company: Graph) -> None:
    await act_by_hand(company)
    rows = await ask(company, "acts_by_hand")
    names = ("actor", "kind", "one", "other", "refused", "withdrawn_by")
    assert columns(rows, *names) == [
        ("eve", "linked", "email:dora@example.com", "user_id:crowd-3", None, "fay"),
        ("eve", "linked", "user_id:crowd-1", "user_id:crowd-2", "max_per_profile", None),
        ("eve", "separated", "user_id:ann", "user_id:bob", None, None),
    ]
    assert columns(rows, "followed_by") == [(["merged"],), (["refused"],), (["refused"],)]
    assert rows[0]["withdrawn_for"] == "somebody else called"
    assert rows[0]["withdrawn_at"] > rows[0]["at"] > rows[1]["at"]
    since = rows[1]["at"]
    assert len(await ask(company, "acts_by_hand", since=since)) == 2
    assert len(await ask(company, "acts_by_hand", limit=1)) == 1
    # What is refused for a separation is among the refused links.
    refused = await ask(company, "refused_links")
    assert ("separated", "anonymous_id · user_id") in columns(refused, "reason", "namespaces")
    # Dora holds as many of the CRM's ids as one person may; the fourth was refused.
    [dora] = await ask(company, "profiles_at_limit")
    assert (dora["limited_by"], dora["namespace"]) == ("max_per_profile", "crm_id")
    assert (dora["most"], dora["held"], dora["refused_links"]) == (3, 3, 1)


async def test_a_profile_that_one_cookie_holds_together_is_suspicious(company: Graph) -> None:
    assert [row for row in await _bridges(company) if "grace" in str(row)] == []
    for message, who in (("g-1", {"userId": "grace"}), ("g-2", {"traits": {"email": "g@x.nl"}})):
        await send(company, {"type": "identify", "messageId": message, "anonymousId": "g", **who})
    rows = [row for row in await _bridges(company) if "grace" in str(row)]
    assert rows == [
        ("anonymous_id:g", "email:g@x.nl", 1, ["user_id:grace"], ["email:g@x.nl"]),
        ("anonymous_id:g", "user_id:grace", 1, ["email:g@x.nl"], ["user_id:grace"]),
    ]
    # Once both are named together, there is another way between them.
    both = {"userId": "grace", "traits": {"email": "g@x.nl"}}
    for message in ("g-3", "g-4"):
        await send(company, {"type": "identify", "messageId": message, **both})
    assert [row for row in await _bridges(company) if "grace" in str(row)] == []


async def _bridges(company: Graph) -> list[tuple[Any, ...]]:
    rows = await ask(company, "suspicious_bridges")
    return columns(rows, "one", "other", "seen", "one_side", "other_side")
