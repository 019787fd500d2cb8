"""The demo holds what it promises: each behaviour, about as common as it should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from service.demo import Demo, DemoMessage, generate
from service.demo.generate import UNTIL
from service.identity.rules import load_rules
from service.ingest.message import Message, parse_message


@cache
def demo() -> Demo:
    return generate()


@cache
def parsed() -> tuple[Message, ...]:
    rules = load_rules()
    return tuple(parse_message(m.body, UNTIL, rules, new_id="") for m in demo().messages)


def sent(source: str, **wanted: str) -> list[dict[str, Any]]:
    return [
        m.body
        for m in demo().messages
        if m.source == source and all(m.body.get(k) == v for k, v in wanted.items())
    ]


def seen_with(namespace: str, other: str) -> dict[str, set[str]]:
    """For each value of a namespace, the values of another one named in the same messages."""
    found: dict[str, set[str]] = defaultdict(set)
    for message in parsed():
        keys = {identifier.key: identifier.namespace for identifier in message.identifiers}
        for key, is_of in keys.items():
            if is_of == namespace:
                found[key].update(k for k, of in keys.items() if of == other)
    return found


def dropped(identifier: str) -> int:
    return sum(identifier == drop.identifier for m in parsed() for drop in m.dropped)


def at_least(count: int, values: Iterable[object]) -> bool:
    return sum(1 for value in values if value) >= count


def test_size() -> None:
    assert 45_000 <= len(demo().messages) <= 55_000
    assert 1_600 <= len(set(demo().truth.person_of.values())) <= 2_000
    sources = Counter(message.source for message in demo().messages)
    assert set(sources) == {source.id for source in demo().sources}
    assert min(sources.values()) >= 400


def test_messages_arrive_late_and_out_of_order() -> None:
    newest, late = datetime.min.replace(tzinfo=UNTIL.tzinfo), 0
    for message in demo().messages:
        at = datetime.fromisoformat(message.body["timestamp"])
        late += newest - at > timedelta(hours=1)
        newest = max(newest, at)
    assert 500 <= late <= 3_000


def test_messages_sent_twice_are_the_same() -> None:
    first: dict[str, DemoMessage] = {}
    for message in demo().messages:
        assert first.setdefault(message.body["messageId"], message) == message
    again = len(demo().messages) - len(first)
    assert 200 <= again <= 600


def test_placeholders() -> None:
    for user_id in ("undefined", "null", "guest", "0"):
        assert dropped(f"user_id:{user_id}") >= 20, user_id
    assert dropped("email:none@example.com") >= 20
    assert dropped("ios.idfa:00000000-0000-0000-0000-000000000000") >= 1_000
    assert dropped("loyalty_card:0000000000") >= 20


def test_numbers_that_cannot_be_read_are_rare() -> None:
    unread = sum(d.identifier.startswith("phone:") for m in parsed() for d in m.dropped)
    read = sum(i.namespace == "phone" for m in parsed() for i in m.identifiers)
    assert 10 <= unread <= 0.03 * read


def test_shared_computers_and_public_ones() -> None:
    users = [len(user_ids) for user_ids in seen_with("anonymous_id", "user_id").values()]
    assert at_least(15, (count == 2 for count in users))
    assert at_least(1, (count >= 5 for count in users))


def test_families_share_addresses_numbers_and_cards() -> None:
    shared = set(seen_with("email", "user_id")) | set(seen_with("phone", "email"))
    shared |= set(seen_with("loyalty_card", "email"))
    nobodys_alone = Counter(k.partition(":")[0] for k in shared - demo().truth.person_of.keys())
    assert nobodys_alone["email"] >= 10
    assert nobodys_alone["phone"] >= 8
    assert nobodys_alone["loyalty_card"] >= 5


def identifiers_a_person(namespace: str) -> Counter[int]:
    owned = Counter(p for k, p in demo().truth.person_of.items() if k.startswith(namespace + ":"))
    return Counter(owned.values())


def test_people_have_several_of_most_things() -> None:
    several = {
        namespace: sum(identifiers_a_person(namespace).values())
        - identifiers_a_person(namespace)[1]
        for namespace in load_rules().namespaces
    }
    assert several["email"] >= 80
    assert several["phone"] >= 20
    assert several["crm_id"] >= 40
    assert several["user_id"] >= 2
    assert several["loyalty_card"] >= 20
    assert several["ios.id"] + several["android.id"] >= 40
    assert several["anonymous_id"] >= 1_000


def test_typing_errors() -> None:
    """Values that only a till, the CRM or customer service ever wrote, near one of that person."""
    person_of = demo().truth.person_of
    by_person: dict[str, list[str]] = defaultdict(list)
    for key, person in person_of.items():
        if key.startswith("email:"):
            by_person[person].append(key)
    near = sum(
        abs(len(a) - len(b)) <= 1 and a[:8] == b[:8] and len(set(a) ^ set(b)) <= 2
        for keys in by_person.values()
        for position, a in enumerate(keys)
        for b in keys[position + 1 :]
    )
    assert near >= 30


def test_staff_lend_their_cards() -> None:
    emails, phones = seen_with("loyalty_card", "email"), seen_with("loyalty_card", "phone")
    assert at_least(2, (len(emails[card] | phones[card]) >= 5 for card in emails))


def test_the_crm_merges_some_people_wrongly() -> None:
    both = [m for m in parsed() if sum(i.namespace == "crm_id" for i in m.identifiers) == 2]
    person_of = demo().truth.person_of
    contacts = {i.key for m in both for i in m.identifiers if i.namespace == "crm_id"}
    assert at_least(4, (key not in person_of for key in contacts))
    assert at_least(8, (key in person_of for key in contacts))  # and some rightly


def test_the_tills_disagree() -> None:
    def cards(source: str) -> set[str]:
        return {
            external["id"]
            for body in sent(source)
            for external in body.get("context", {}).get("externalIds", ())
        }

    assert not any(" " in card for card in cards("till_north"))
    assert at_least(30, (" " in card for card in cards("till_south")))
    assert not any("phone" in b.get("context", {}).get("traits", {}) for b in sent("till_north"))
    assert not any("anonymousId" in body for body in sent("till_north") + sent("till_south"))


def test_the_app() -> None:
    assert len(sent("app", type="alias")) >= 150
    assert len(sent("app", event="Application Installed")) >= 400
    assert len(sent("app", event="Push Notification Tapped")) >= 100
    devices = [body["context"].get("device") for body in sent("app")]
    assert {device["type"] for device in devices if device} == {"ios", "android"}
    assert at_least(1_000, ("token" in (device or {}) for device in devices))


def test_the_mail_programme_knows_addresses_only() -> None:
    assert len(sent("mail", event="Email Opened")) >= 1_500
    assert len(sent("mail", event="Email Link Clicked")) >= 200
    assert len(sent("mail", event="Unsubscribed")) >= 10
    for message, body in zip(parsed(), demo().messages, strict=True):
        if body.source == "mail":
            assert {identifier.namespace for identifier in message.identifiers} <= {"email"}
    landed = [b for b in sent("web_shop", type="page") if b["context"].get("campaign")]
    assert at_least(200, (b["context"]["campaign"]["medium"] == "email" for b in landed))
    assert len({b["context"]["campaign"]["medium"] for b in landed}) >= 5


def test_companies_households_and_consent() -> None:
    assert len(sent("web_shop", type="group")) >= 10
    assert len({a.key for m in parsed() for a in m.accounts if a.kind == "household"}) >= 100
    refused = sum(m.consents.get("Analytics") is False for m in parsed())
    assert refused >= 5_000
    agents = {b["context"].get("userAgent") for b in sent("web_shop", type="page")}
    assert len(agents) >= 12


def test_customer_service_and_returns() -> None:
    assert len(sent("support", event="Support Call")) >= 60
    assert len(sent("support", event="Ticket Created")) >= 60
    returns = [s for s in demo().sources if sent(s.id, event="Order Refunded")]
    assert len(returns) == 4


def test_what_a_message_names_is_nearly_always_one_person() -> None:
    """Mistakes happen, and are few: otherwise the truth would not be one."""
    person_of = demo().truth.person_of
    people = [
        len({person_of[i.key] for i in m.identifiers if i.key in person_of}) for m in parsed()
    ]
    assert 20 <= sum(count > 1 for count in people) <= 0.01 * len(people)


def test_orders_know_their_causes() -> None:
    orders = {
        m.body["properties"]["order_id"]: m.body
        for m in demo().messages
        if m.body.get("event") == "Order Completed"
    }
    causes = demo().truth.causes
    assert causes.keys() == orders.keys()
    at = {m.body["messageId"]: m.body["timestamp"] for m in demo().messages}
    for order, because in causes.items():
        assert all(at[touch] < orders[order]["timestamp"] for touch in because), order
    online = [because for order, because in causes.items() if order[0] in "WA"]
    assert 0.3 <= sum(map(bool, online)) / len(online) <= 0.8
    assert at_least(5, (len(because) > 1 for because in online))
