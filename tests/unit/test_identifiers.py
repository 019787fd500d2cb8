"""From what somebody sent to one spelling of it, or to the reason why it is nobody's."""

from __future__ import annotations

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.identity.identifiers import (
    MAX_VALUE,
    Dropped,
    DropReason,
    Identifier,
    identify,
    is_placeholder,
)
from service.identity.rules import Rules, load_rules, parse_rules

RULES = load_rules()
UUID = "aebe52e7-03ee-455a-b3c4-e57283966239"
OWN = parse_rules(
    """
    [namespaces.phone]
    kind = "person"
    normalize = "phone"
    region = "NL"
    [namespaces.handle]
    kind = "person"
    normalize = "lowercase"
    blocked = ["ADMIN", "root", "/^test[0-9]*$/", "/"]
    """,
    "a test",
)


def _value(namespace: str, sent: str, rules: Rules = RULES) -> str | DropReason:
    found = identify(namespace, sent, rules)
    return found.value if isinstance(found, Identifier) else found.reason


@pytest.mark.parametrize(
    ("namespace", "sent", "value"),
    [
        ("email", " Ann@Example.COM\n", "ann@example.com"),
        ("email", "Ann.B+news@Example.com", "ann.b+news@example.com"),
        ("email", "ann@bücher.example", "ann@bücher.example"),
        ("email", "ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("email", "ann@shop.test", "ann@shop.test"),
        ("email", "J\N{COMBINING CARON}@x.com", "\N{LATIN SMALL LETTER J WITH CARON}@x.com"),
        ("email", "ann@", DropReason.INVALID),
        ("email", "Ann <ann@x.com>", DropReason.INVALID),
        ("email", "ann@x.com, bob@x.com", DropReason.INVALID),
        ("email", "NONE@example.com", DropReason.BLOCKED),
        ("email", "Test@anywhere.nl", DropReason.BLOCKED),
        ("email", "contest@anywhere.nl", "contest@anywhere.nl"),
        ("phone", "+31 (0)6-1234 5678", "+31612345678"),
        ("phone", "tel:+31612345678", "+31612345678"),
        ("phone", "0612345678", DropReason.INVALID),
        ("phone", "+31", DropReason.INVALID),
        ("phone", "+31 6 12 34 56 78 90 12", DropReason.INVALID),
        ("phone", "call me", DropReason.INVALID),
        ("ios.idfa", UUID.upper(), UUID),
        ("ios.idfa", "{" + UUID.replace("-", "") + "}", UUID),
        ("ios.idfa", "not one", DropReason.INVALID),
        ("ios.idfa", f"urn:uuid:{'0' * 32}", DropReason.PLACEHOLDER),
        ("user_id", "Ann", "Ann"),
        ("user_id", "e\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("user_id", "a:b", "a:b"),
        ("unheard_of", " As It Is ", "As It Is"),
        ("user_id", "x" * MAX_VALUE, "x" * MAX_VALUE),
        ("user_id", "x" * (MAX_VALUE + 1), DropReason.TOO_LONG),
        ("user_id", "", DropReason.EMPTY),
        ("user_id", " \t\n", DropReason.EMPTY),
        ("a b", "7", DropReason.INVALID),
        ("a:b", "7", DropReason.INVALID),
        ("", "7", DropReason.INVALID),
        ("n" * 64, "7", "7"),
        ("n" * 65, "7", DropReason.INVALID),
    ],
)
def test_a_value_has_one_spelling_or_a_reason_why_it_is_nobodys(
    namespace: str, sent: str, value: str | DropReason
) -> None:
    assert _value(namespace, sent) == value


@pytest.mark.parametrize(
    ("namespace", "sent", "value"),
    [
        ("phone", "06-12345678", "+31612345678"),
        ("phone", "0032 470 12 34 56", "+32470123456"),
        ("handle", "ANN", "ann"),
        ("handle", "J\N{COMBINING CARON}", "\N{LATIN SMALL LETTER J WITH CARON}"),
        # Blocked as it was sent, and as it is spelt here.
        ("handle", "ADMIN", DropReason.BLOCKED),
        ("handle", "Admin", "admin"),
        ("handle", "ROOT", DropReason.BLOCKED),
        ("handle", "Test12", DropReason.BLOCKED),
        ("handle", "testing", "testing"),
        ("handle", "a/b", "a/b"),
    ],
)
def test_the_rules_say_how_a_namespace_spells_and_what_it_blocks(
    namespace: str, sent: str, value: str | DropReason
) -> None:
    assert _value(namespace, sent, OWN) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "null",
            "NULL",
            "Undefined",
            "unknown",
            "(not set)",
            "n/a",
            "[object Object]",
            "{}",
            "[]",
        ),
        *("0", "00", "0.0", "-0", "00000000-0000-0000-0000-000000000000", "00:00:00:00:00:00"),
        *("-", "---", "__", "?", "...", "''", "anonymous", "Guest", "NaN", "true", "FALSE"),
    ],
)
def test_what_programs_send_when_they_have_nobody_is_nobody(text: str) -> None:
    assert is_placeholder(text)
    for namespace in ("user_id", "email", "anonymous_id", "unheard_of"):
        assert _value(namespace, text) is DropReason.PLACEHOLDER


@pytest.mark.parametrize("text", ["1", "10", "0x1", "a", "nullnull", "Nil Desperandum", "張", "0a"])
def test_what_only_looks_like_nothing_is_somebody(text: str) -> None:
    assert not is_placeholder(text)
    assert _value("user_id", text) == text


def test_what_was_dropped_is_named_as_it_was_sent_but_no_longer_than_a_value() -> None:
    assert identify("email", " Nobody ", RULES) == Dropped("email:Nobody", DropReason.INVALID)
    assert identify("email", "NONE@EXAMPLE.com", RULES) == Dropped(
        "email:none@example.com", DropReason.BLOCKED
    )
    assert identify("user_id", "x" * 10_000, RULES) == Dropped(
        "user_id:" + "x" * MAX_VALUE, DropReason.TOO_LONG
    )


_letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(
    namespace=st.sampled_from(sorted(RULES.namespaces)),
    sent=_letters | _letters.map("{}@Example.com".format) | st.from_regex(r"\+[0-9 ()-]{6,16}"),
)
@example(namespace="email", sent="J\N{COMBINING CARON}@x.com")
@example(namespace="email", sent="\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}@x.com")
@example(namespace="ios.idfa", sent=f"urn:uuid:{'0' * 32}")
def test_what_was_cleaned_once_is_clean(namespace: str, sent: str) -> None:
    once = identify(namespace, sent, RULES)
    if isinstance(once, Identifier):
        assert identify(namespace, once.value, RULES) == once
        assert once.key == f"{namespace}:{once.value}"
    else:
        assert once.identifier.startswith(f"{namespace}:")


def test_what_is_too_long_is_not_remembered() -> None:
    """Else whoever sends a million of such would fill the memory."""
    value = "x" * (MAX_VALUE + 1)
    holders = sys.getrefcount(value)
    assert _value("user_id", value) is DropReason.TOO_LONG
    assert sys.getrefcount(value) == holders
