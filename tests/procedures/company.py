"""A small company whose data has everything in it that the questions ask about, sent for real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from service.access import add_source
from service.identity import by_hand
from service.identity.rules import load_rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.graph import Graph

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
CROWD = 60
_CHANNELS = {"web": "web", "till": "store", "crm": "crm", "silent": "mail"}
_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)


def at(day: int, hour: int = 0) -> str:
    """A time in the spec's form, counted from a Monday at noon."""
    return (MONDAY + timedelta(days=day, hours=hour)).isoformat()


def _order(message_id: str, day: int, order: str, total: float, **who: Any) -> dict[str, Any]:
    properties = {"order_id": order, "total": total, "currency": "EUR"}
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": message_id,
        "timestamp": at(day),
        "properties": properties,
        **who,
    }


def _card(number: str) -> dict[str, Any]:
    return {"externalIds": [{"type": "loyalty_card", "id": number}]}


def _consent(*, ads: bool) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": {"ads": ads}}}


# Each step is one commit.
_STEPS: list[list[tuple[str, dict[str, Any]]]] = [
    [
        # Ann looks around, unknown, on two devices; the CRM knows her e-mail address already.
        ("web", {"type": "page", "messageId": "ann-1", "anonymousId": "laptop", "name": "Home",
                 "timestamp": at(0), "context": {"userAgent": _CHROME}}),
        ("web", {"type": "page", "messageId": "ann-2", "anonymousId": "mobile", "name": "Home",
                 "timestamp": at(1), "context": {"userAgent": "Mozilla/5.0 (Linux; Android 14) "
                 "AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"}}),
        ("crm", {"type": "identify", "messageId": "crm-1", "timestamp": at(-5),
                 "traits": {"email": "ann@example.com", "city": "Gent"},
                 "context": {"externalIds": [{"type": "crm_id", "id": "c-1"}],
                             **_consent(ads=True)}}),
        ("web", {"type": "page", "messageId": "visitor-1", "anonymousId": "passer-by",
                 "timestamp": at(8)}),
    ],
    [
        # She logs in on one, then on the other, and buys; the till knows her card.
        ("web", {"type": "identify", "messageId": "ann-3", "anonymousId": "laptop",
                 "userId": "ann", "timestamp": at(2), "traits": {"email": "ann@example.com"},
                 "context": _consent(ads=False)}),
    ],
    [
        ("till", _order("ann-5", 3, "o-2", 30.0, userId="ann", context=_card("7"))),
    ],
    [
        ("web", {"type": "identify", "messageId": "ann-4", "anonymousId": "mobile",
                 "userId": "ann", "timestamp": at(2, 1)}),
        ("web", _order("ann-6", 4, "o-1", 12.5, anonymousId="laptop")),
        ("web", _order("ann-6-again", 4, "o-1", 12.5, anonymousId="laptop")),
        ("web", {"type": "group", "messageId": "ann-7", "userId": "ann", "groupId": "acme",
                 "timestamp": at(4)}),
        ("web", {"type": "group", "messageId": "bob-1", "userId": "bob", "groupId": "acme",
                 "timestamp": at(4), "context": _consent(ads=True)}),
        # Bob borrows her laptop: it is now contested.
        ("web", {"type": "identify", "messageId": "bob-2", "userId": "bob",
                 "anonymousId": "laptop", "timestamp": at(9)}),
        # What goes wrong.
        ("web", {"type": "track", "event": "Scrolled", "messageId": "nobody-1",
                 "anonymousId": "undefined", "timestamp": at(1)}),
        ("web", {"type": "track", "event": "Scrolled", "messageId": "half-1",
                 "anonymousId": "mobile", "userId": "null", "timestamp": at(1)}),
        ("till", {"type": "track", "event": "Scanned", "messageId": "odd-1", "userId": "bob",
                  "timestamp": at(5), "context": {"externalIds": [{"type": "badge", "id": "b9"}]}}),
        ("crm", {"type": "identify", "messageId": "twice-1", "userId": "carol",
                 "timestamp": at(5), "context": {"externalIds": [
                     {"type": "user_id", "id": "carla"}]}}),
    ],
    # A kiosk on which five people log in is shared; a tablet with two is not, yet.
    [
        ("web", {"type": "identify", "messageId": f"kiosk-{n}", "anonymousId": "kiosk",
                 "userId": f"guest-{n}", "timestamp": at(6, n)})
        for n in range(5)
    ],
    [
        ("web", {"type": "identify", "messageId": f"tablet-{n}", "anonymousId": "tablet",
                 "userId": f"guest-{n}", "timestamp": at(7, n)})
        for n in range(2)
    ],
    # A crowd, so that the planner sees that there are many people and few sources.
    [
        ("web", {"type": "identify", "messageId": f"crowd-{n}", "anonymousId": f"crowd-{n}",
                 "timestamp": at(14, n), "userId": f"crowd-{n}"})
        for n in range(CROWD)
    ],
]  # fmt: skip


async def found(graph: Graph) -> None:
    """Send everything that the company's sources have to say."""
    rules = load_rules()
    for source, channel in _CHANNELS.items():
        await add_source(graph, source, channel=channel)
    for step in _STEPS:
        batch = [
            Received(
                parse_message(body, MONDAY + timedelta(days=30), rules, new_id="none"),
                source,
                _CHANNELS[source],
            )
            for source, body in step
        ]
        assert len(await record(graph, rules, batch)) == len(batch)


async def act_by_hand(graph: Graph) -> None:
    """Have people say who is one person, and one of them be wrong; and fill a profile."""
    rules = load_rules()
    # Dora is in the CRM as often as anybody may be, and once more.
    bodies: list[dict[str, Any]] = [
        {"type": "identify", "messageId": f"dora-{n}", "timestamp": at(20, n),
         "traits": {"email": "dora@example.com", "crm_id": f"dora-{n}"}}
        for n in range(4)
    ]  # fmt: skip
    now = MONDAY + timedelta(days=30)
    for body in bodies:
        received = Received(parse_message(body, now, rules, new_id="none"), "crm", "crm")
        assert len(await record(graph, rules, [received])) == 1
    await by_hand.separate(graph, "user_id:ann", "user_id:bob", "they share a laptop", "eve")
    await by_hand.link(graph, "user_id:crowd-1", "user_id:crowd-2", "one phone number", "eve")
    linked = await by_hand.link(
        graph, "user_id:crowd-3", "email:dora@example.com", "on the phone", "eve"
    )
    await by_hand.withdraw(graph, str(linked.change_id), "somebody else called", "fay")


async def grow(graph: Graph, people: int = 1_500) -> None:
    """Add strangers, so that the planner sees how many there are of what, and plans for many."""
    await graph.run(_STRANGERS, people=people, since=MONDAY)
    await graph.run("CALL db.prepareForReplanning(60)")


_STRANGERS = """
MATCH (s:Source {id: 'web'})
UNWIND range(1, $people) AS n
CREATE (p:Profile {id: 'stranger-' + n, contested: false})
CREATE (cookie:Identifier {
  key: 'anonymous_id:stranger-' + n, namespace: 'anonymous_id', value: 'stranger-' + n,
  born_as: 'stranger-' + n, shared: false, first_seen: $since, last_seen: $since
})
CREATE (email:Identifier {
  key: 'email:stranger-' + n, namespace: 'email', value: 'stranger-' + n,
  born_as: 'born-' + n, shared: false, first_seen: $since, last_seen: $since
})
CREATE (cookie)-[:SEEN_WITH {kind: 'observed', last_seen: $since}]->(email)
CREATE (cookie)-[:IDENTIFIES]->(p)<-[:IDENTIFIES]-(email)
CREATE (cookie)-[:ON]->(:Device {id: cookie.key})
CREATE (:Change {id: 'change-' + n, kind: 'merged'})-[:CONCERNS]->(cookie)
WITH s, cookie, email, n
UNWIND range(1, 4) AS m
CREATE (e:Event {
  message_id: 'stranger-' + n + '-' + m, by: email.key, name: 'Seen', source: s.id,
  at: $since + duration({minutes: n * m})
})
CREATE (e)-[:BY]->(email)
CREATE (e)-[:NAMES]->(cookie)
CREATE (e)-[:FROM]->(s)
"""
