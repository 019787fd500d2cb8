"""The rules file: read once, checked whole, and wrong in no silent way."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import SettingsError
from service.identity.rules import Rules, Strength, load_rules, namespace_of, parse_rules

LEAST = """
[namespaces.user_id]
kind = "person"
"""


def _parse(text: str) -> Rules:
    return parse_rules(LEAST + text, "rules.toml")


def test_the_built_in_rules_are_those_of_the_model() -> None:
    rules = load_rules()
    assert rules.profile.model_dump() == {
        "max_identifiers": 200,
        "shared_after": 5,
        "device_joins": 2,
        "conflicts": "latest",
    }
    assert rules.namespace("user_id").is_unique
    assert rules.namespace("user_id").account == "login"
    assert rules.namespace("loyalty_card").account == "loyalty_card"
    assert not rules.namespace("email").is_unique
    assert rules.namespace("ip").strength is Strength.NONE
    assert load_rules() is rules


def test_identifiers_are_ordered_by_kind_then_by_priority() -> None:
    rules = load_rules()
    keys = [
        *("unheard_of:1", "anonymous_id:1", "ios.push_token:1", "crm_id:1", "user_id:1"),
        *("ios.id:1", "email:1", "phone:1", "loyalty_card:1", "ip:1"),
    ]
    assert sorted(keys, key=rules.weakness) == [
        *("user_id:1", "email:1", "phone:1", "loyalty_card:1", "crm_id:1"),
        *("ios.id:1", "ios.push_token:1", "anonymous_id:1", "ip:1", "unheard_of:1"),
    ]


def test_a_namespace_that_no_rule_knows_links_nobody_and_limits_nothing() -> None:
    unknown = load_rules().namespace("unheard_of")
    assert (unknown.strength, unknown.max_per_profile, unknown.account) == (
        Strength.NONE,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("key", "namespace"), [("email:a@b.nl", "email"), ("ios.id:a:b", "ios.id"), ("x:", "x")]
)
def test_a_key_begins_with_its_namespace(key: str, namespace: str) -> None:
    assert namespace_of(key) == namespace


def test_a_small_file_has_sensible_defaults() -> None:
    rules = _parse("")
    assert rules.profile == load_rules().profile
    namespace = rules.namespace("user_id")
    assert (namespace.priority, namespace.normalize, namespace.blocked) == (100, "none", ())
    assert rules.fields == rules.accounts == {}


def test_values_are_blocked_exactly_or_by_an_expression() -> None:
    rules = _parse(
        '[namespaces.email]\nkind = "person"\nblocked = ["a@b.nl", "/^x.*y$/", "/", "//"]'
    )
    email = rules.namespace("email")
    assert all(map(email.blocks, ["a@b.nl", "xy", "x1y", "/", "//"]))
    assert not any(map(email.blocks, ["aa@b.nl", "a@b.nl ", "A@b.nl", "xyz", "a/b"]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[profile", "rules.toml is not valid TOML"),
        ("[profile]\nmax_identifiers = 0", "profile.max_identifiers"),
        ("[profile]\nshared_after = 1", "profile.shared_after"),
        ('[profile]\nconflicts = "newest"', "profile.conflicts"),
        ("[profile]\nmax_identifier = 5", "profile.max_identifier"),
        ("[profiles]\na = 1", "profiles"),
        ("[namespaces.email]\npriority = 1", "namespaces.email.kind"),
        ('[namespaces.email]\nkind = "mail"', "namespaces.email.kind"),
        ('[namespaces.email]\nkind = "person"\npriority = 0', "namespaces.email.priority"),
        ('[namespaces.email]\nkind = "person"\nmax_per_profile = 0', "email.max_per_profile"),
        ('[namespaces.email]\nkind = "person"\nnormalize = "mail"', "namespaces.email.normalize"),
        ('[namespaces.email]\nkind = "person"\nblocked = ["/(/"]', "namespaces.email.blocked"),
        ('[namespaces.email]\nkind = "person"\nblocked = "a"', "namespaces.email.blocked"),
        ('[namespaces.phone]\nkind = "person"\nregion = "nl"', "namespaces.phone.region"),
        ('[namespaces."a:b"]\nkind = "person"', "namespaces.a:b"),
        ('[namespaces."a b"]\nkind = "person"', "namespaces.a b"),
        ('[namespaces.card]\nkind = "person"\naccount = "A card"', "namespaces.card.account"),
        ('[fields]\n"traits.card" = "card"', "add [namespaces.card]"),
        ('[fields]\n"traits..card" = "user_id"', "fields.traits..card"),
        ('[accounts]\n"" = "household"', "accounts."),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(text: str, names: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _parse(text)
    assert str(refused.value).startswith("rules.toml")
    assert names in str(refused.value)


def test_a_file_without_namespaces_is_refused() -> None:
    with pytest.raises(SettingsError, match="namespaces"):
        parse_rules("", "rules.toml")


def test_a_file_is_read_from_where_it_is_and_named_when_it_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(LEAST)
    assert list(load_rules(path).namespaces) == ["user_id"]
    for wrong in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(SettingsError) as refused:
            load_rules(wrong)
        assert str(wrong) in str(refused.value)
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"own\.toml"):
        load_rules(path)
