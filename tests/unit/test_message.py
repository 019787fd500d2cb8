"""From a message's body to what is stored of it, without a graph."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidMessageError
from service.identity.rules import load_rules, parse_rules
from service.ingest.device import DeviceFacts, recognise
from service.ingest.message import MAX_IDENTIFIERS, TYPES, Message, parse_message
from service.ingest.naming import Account

RULES = load_rules()
ARRIVED = datetime(2025, 6, 1, 12, tzinfo=UTC)


def _parse(kind: str = "page", **body: Any) -> Message:
    return parse_message(body, ARRIVED, RULES, type_=kind, new_id="given")


def _keys(message: Message) -> list[str]:
    return [one.key for one in message.identifiers]


# --- Whom it names ---


def test_identifiers_come_once_each_and_the_strongest_first() -> None:
    message = _parse(
        "identify",
        anonymousId="c",
        userId="7",
        traits={"email": "ANN@example.com", "phone": "+31612345678", "loyalty_number": "L1"},
        context={
            "traits": {"email": "ann@example.com"},
            "device": {"id": "d", "type": "ios", "token": "t"},
            "externalIds": [{"type": "user_id", "id": "7"}, {"type": "x", "id": "1"}],
        },
    )
    assert _keys(message) == [
        *("user_id:7", "email:ann@example.com", "phone:+31612345678", "loyalty_card:L1"),
        *("ios.id:d", "ios.push_token:t", "anonymous_id:c", "x:1"),
    ]
    assert message.device_identifiers == ("ios.id:d", "ios.push_token:t", "anonymous_id:c")
    assert message.unknown_namespaces == ("x",)
    assert (message.contradiction, message.dropped) == (None, ())


def test_every_pair_is_evidence_but_with_what_identifies_nobody() -> None:
    message = _parse(
        userId="7",
        anonymousId="c",
        context={"externalIds": [{"type": "ip", "id": "1.2.3.4"}, {"type": "x", "id": "1"}]},
    )
    assert message.links == (
        ("anonymous_id:c", "user_id:7"),
        ("anonymous_id:c", "x:1"),
        ("user_id:7", "x:1"),
    )
    assert message.declared == frozenset()


def test_an_alias_declares_its_two_ids_and_nothing_more() -> None:
    message = _parse("alias", userId="7", previousId="c", anonymousId="d")
    assert message.declared == {("anonymous_id:c", "user_id:7")}
    assert len(message.links) == 3


def test_an_alias_from_one_user_id_to_another_contradicts_itself_where_the_rules_say_so() -> None:
    rules = parse_rules(
        '[namespaces.user_id]\nkind = "person"\nmax_per_profile = 1\n'
        '[fields]\n"previousId" = "user_id"',
        "a test",
    )
    body = {"userId": "7", "previousId": "8"}
    message = parse_message(body, ARRIVED, rules, type_="alias", new_id="m")
    assert (_keys(message), message.links) == (["user_id:7", "user_id:8"], ())
    assert message.contradiction == "user_id"


def test_a_merge_declares_every_pair_of_its_ids() -> None:
    message = _parse(
        "merge",
        mergeProperties=[
            {"type": "email", "value": "a@b.nl"},
            {"type": "phone", "value": "+31612345678"},
            {"type": "user_id", "value": 7},
            {"type": "email", "value": "A@B.nl"},
        ],
        anonymousId="c",
    )
    assert message.declared == {
        ("email:a@b.nl", "phone:+31612345678"),
        ("email:a@b.nl", "user_id:7"),
        ("phone:+31612345678", "user_id:7"),
    }
    assert len(message.links) == 6


def test_as_many_values_as_one_person_may_hold_are_no_contradiction() -> None:
    def mails(count: int) -> Message:
        ids = [{"type": "email", "id": f"ann{n}@b.nl"} for n in range(count)]
        return _parse(context={"externalIds": ids})

    assert (mails(5).contradiction, len(mails(5).links)) == (None, 10)
    assert (mails(6).contradiction, mails(6).links) == ("email", ())


def test_a_message_may_name_a_hundred_identifiers() -> None:
    def naming(count: int) -> Message:
        return _parse(context={"externalIds": [{"type": "x", "id": f"v{n}"} for n in range(count)]})

    assert len(naming(MAX_IDENTIFIERS).identifiers) == MAX_IDENTIFIERS
    with pytest.raises(InvalidMessageError, match=r"^context\.externalIds: names more than 100 "):
        naming(MAX_IDENTIFIERS + 1)


def test_what_is_nobodys_is_told_once_and_counts_as_naming_somebody() -> None:
    message = _parse("identify", userId="null", traits={"email": "nobody"})
    assert [(one.identifier, one.reason) for one in message.dropped] == [
        ("user_id:null", "placeholder"),
        ("email:nobody", "invalid"),
    ]
    assert (_keys(message), message.links) == ([], ())


def test_the_traits_of_a_group_are_the_groups() -> None:
    message = _parse(
        "group",
        userId="7",
        groupId=" acme ",
        traits={"email": "info@acme.nl", "household_id": "h", "loyalty_number": "L1"},
        context={"traits": {"email": "ann@b.nl"}},
    )
    assert _keys(message) == ["user_id:7", "email:ann@b.nl"]
    assert message.accounts == (Account("organization", "acme"),)
    assert message.group_traits == {
        "email": "info@acme.nl",
        "household_id": "h",
        "loyalty_number": "L1",
    }
    assert message.traits == {"email": "ann@b.nl"}


# --- What it says ---


def test_traits_lose_what_is_null_or_has_no_name() -> None:
    message = _parse("identify", userId="7", traits={"a": 0, "b": None, "": 1, "c": False})
    assert message.traits == {"a": 0, "c": False}


def test_consent_is_given_per_purpose_with_its_legal_basis() -> None:
    preferences = {"mail": True, "ads": False}
    told = _parse(userId="7", context={"consent": {"categoryPreferences": preferences}})
    assert (told.consents, told.legal_basis) == (preferences, "consent")
    told = _parse(
        userId="7",
        context={"consent": {"categoryPreferences": preferences, "legalBasis": "contract"}},
    )
    assert told.legal_basis == "contract"
    assert _parse(userId="7", context={"consent": None}).consents == {}


def test_of_the_context_it_keeps_what_an_analyst_filters_on() -> None:
    message = _parse(
        userId="7",
        context={
            "ip": "192.0.2.1",
            "timezone": 5,
            "referrer": "https://a.nl",
            "page": {"url": "https://b.nl", "": "no name", "search": None, "tags": ["a"]},
            "library": {"name": "analytics.js", "nested": {"a": 1}},
            "screen": {"width": 5},
        },
    )
    assert message.node == {
        "context_ip": "192.0.2.1",
        "context_referrer": "https://a.nl",
        "context_page_url": "https://b.nl",
        "context_page_tags": ["a"],
        "context_library_name": "analytics.js",
    }


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        ("track", {"event": "Clicked", "name": "other"}, "Clicked"),
        ("track", {"event": " kept as it is "}, " kept as it is "),
        ("page", {"name": "Home", "event": "other"}, "Home"),
        ("page", {"name": ""}, ""),
        ("screen", {}, None),
        ("identify", {"name": "other", "event": "other"}, None),
        ("group", {"name": 5}, None),
    ],
)
def test_an_event_has_the_name_that_its_type_gives_it(
    kind: str, body: dict[str, Any], name: str | None
) -> None:
    assert _parse(kind, userId="7", **body).name == name


def test_the_id_of_a_message_is_its_own_or_a_given_one() -> None:
    assert _parse(userId="7", messageId="own").message_id == "own"
    for none in (None, ""):
        assert _parse(userId="7", messageId=none).message_id == "given"


def test_without_a_door_the_body_says_what_it_is() -> None:
    for kind in TYPES:
        body = {
            "type": kind,
            "userId": "7",
            "event": "e",
            "previousId": "c",
            "mergeProperties": [{"type": "x", "value": "1"}] * 2,
        }
        assert parse_message(body, ARRIVED, RULES, new_id="m").type == kind
    with pytest.raises(InvalidMessageError, match=r"^type: is not one of identify, track"):
        parse_message({"userId": "7", "type": "Track"}, ARRIVED, RULES, new_id="m")


# --- Devices ---


@pytest.mark.parametrize(
    ("context", "facts"),
    [
        ({}, None),
        ({"device": {}}, None),
        ({"device": None, "userAgent": ""}, None),
        ({"device": {"id": "d"}}, DeviceFacts("browser")),
        ({"device": {"type": "iOS"}}, DeviceFacts("phone")),
        ({"device": {"type": "ios", "model": "iPad13,1"}}, DeviceFacts("tablet", None, "iPad13,1")),
        ({"device": {"type": "tvOS"}}, DeviceFacts("television")),
        ({"device": {"type": "kiosk", "name": "till"}}, DeviceFacts("kiosk")),
        ({"device": {"type": 5, "model": ["x"]}, "os": "text"}, DeviceFacts("browser")),
        (
            {
                "device": {"type": "android", "manufacturer": "Samsung", "model": "SM-S911B"},
                "os": {"name": "Android", "version": "14"},
            },
            DeviceFacts("phone", "Samsung", "SM-S911B", "Android", "14"),
        ),
    ],
)
def test_a_device_is_what_the_app_says_of_it(
    context: dict[str, Any], facts: DeviceFacts | None
) -> None:
    assert recognise(context) == facts


_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"


@pytest.mark.parametrize(
    ("agent", "kind", "os", "browser"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
            "desktop",
            "Windows",
            "Chrome",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
            "desktop",
            "Linux",
            "Firefox",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) {_SAFARI}",
            "phone",
            "iOS",
            "Mobile Safari",
        ),
        (
            f"Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) {_SAFARI}",
            "tablet",
            "iOS",
            "Mobile Safari",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_CHROME} Mobile Safari/537.36",
            "phone",
            "Android",
            "Chrome Mobile",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 13; SM-X700) {_CHROME} Safari/537.36",
            "tablet",
            "Android",
            "Chrome",
        ),
        (
            f"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) {_CHROME} TV Safari/537.36",
            "television",
            "Tizen",
            None,
        ),
        ("curl/8.0", "browser", None, "curl"),
        ("no agent that anybody knows", "browser", None, None),
    ],
)
def test_a_browser_says_it_between_the_lines(
    agent: str, kind: str, os: str | None, browser: str | None
) -> None:
    facts = recognise({"userAgent": agent})
    assert facts is not None
    assert (facts.kind, facts.os) == (kind, os)
    assert browser is None or facts.browser == browser


# --- Whatever it is ---

_WHOLE: dict[str, Any] = {
    "type": "track",
    "event": "Paid",
    "name": "Home",
    "messageId": "m",
    "userId": "7",
    "anonymousId": "c",
    "previousId": "c",
    "groupId": "acme",
    "timestamp": "2025-05-01",
    "originalTimestamp": "2025-05-01",
    "sentAt": "2025-05-01",
    "properties": {"a": 1},
    "traits": {"email": "a@b.nl", "household_id": 5},
    "mergeProperties": [{"type": "email", "value": "a@b.nl"}, {"type": "x", "value": "1"}],
    "context": {
        "ip": "192.0.2.1",
        "userAgent": "curl/8.0",
        "page": {"url": "https://a.nl"},
        "campaign": {"medium": "email"},
        "device": {"id": "d", "type": "ios", "advertisingId": "A" * 32, "token": "t"},
        "os": {"name": "iOS"},
        "externalIds": [{"type": "crm_id", "id": "1"}],
        "consent": {"categoryPreferences": {"mail": True}, "legalBasis": "consent"},
        "traits": {"email": "a@b.nl"},
        "groupId": "acme",
    },
}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    inner = [found for name, item in items for found in _paths(item, (*path, name))]
    return [path, *inner] if path else inner


# As `parse_json` gives them: larger integers become floats.
_integers = st.integers(-(2**63), 2**64 - 1)
_values = st.recursive(
    st.none() | st.booleans() | _integers | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["id", "type"]), inner, max_size=3)
    ),
)


@given(
    kind=st.sampled_from(TYPES),
    changed=st.lists(st.tuples(st.sampled_from(_paths(_WHOLE)), _values), max_size=4),
)
def test_any_message_is_taken_or_refused_with_the_field_that_is_wrong(
    kind: str, changed: list[tuple[tuple[Any, ...], Any]]
) -> None:
    body = copy.deepcopy(_WHOLE)
    for path, value in changed:
        table: Any = body
        for name in path[:-1]:
            table = table[name] if isinstance(table, dict) and name in table else {}
        if isinstance(table, dict):
            table[path[-1]] = value
    try:
        message = parse_message(body, ARRIVED, RULES, type_=kind, new_id="given")
    except InvalidMessageError as refused:
        field = refused.field.partition(".")[0].partition("[")[0]
        if field not in _WHOLE:
            pytest.fail(f"{refused.field} is no field of the message")
        return
    assert 0 < len(message.message_id) <= 256
    assert message.at.utcoffset() is not None
    assert message.identifiers or message.dropped
    assert all(a < b for a, b in message.links)
    assert message.declared <= set(message.links) or message.contradiction
