"""The rules file: read once, checked whole, and wrong in no silent way."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import SettingsError
from service.identity.publishing import checksum
from service.identity.rules import (
    MergeRules,
    Rules,
    Strength,
    load_rules,
    namespace_of,
    parse_rules,
)

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


def test_a_file_that_says_nothing_of_the_next_step_has_the_built_in_one() -> None:
    assert load_rules().next_step == _parse("").next_step


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


def test_without_a_word_on_it_the_value_said_last_wins() -> None:
    for rules in (load_rules(), _parse("")):
        assert rules.merge == MergeRules(trust=(), policy="trust", traits={})


def test_who_is_one_person_does_not_depend_on_the_merge_policy() -> None:
    rules = _parse(
        '[merge]\ntrust = ["crm", "till"]\npolicy = "latest"\n'
        '[merge.traits]\ninterests = "union"\n"address.city" = "first"'
    )
    assert rules.merge.trust == ("crm", "till")
    assert rules.merge.traits == {"interests": "union", "address.city": "first"}
    assert checksum(rules) == checksum(_parse(""))


def test_values_are_blocked_exactly_or_by_an_expression() -> None:
    rules = _parse(
        '[namespaces.email]\nkind = "person"\nblocked = ["a@b.nl", "/^x.*y$/", "/", "//"]'
    )
    email = rules.namespace("email")
    assert all(map(email.blocks, ["a@b.nl", "xy", "x1y", "/", "//"]))
    assert not any(map(email.blocks, ["aa@b.nl", "a@b.nl ", "A@b.nl", "xyz", "a/b"]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[profile]\nmax_identifiers = 0", "profile.max_identifiers: is 0; write 1 or more"),
        ("[profile]\nshared_after = 1", "profile.shared_after: is 1; write 2 or more"),
        (
            '[profile]\nshared_after = "5"',
            'profile.shared_after: is "5"; write a whole number, without quotes',
        ),
        (
            "[profile]\ndevice_joins = true",
            "profile.device_joins: is true; write a whole number, without quotes",
        ),
        (
            "[profile]\ndevice_joins = 2.0",
            "profile.device_joins: is 2.0; write a whole number, without quotes",
        ),
        (
            '[profile]\nconflicts = "newest"',
            'profile.conflicts: is "newest"; write "latest" or "earliest"',
        ),
        (
            "[profile]\nmax_identifier = 5",
            "profile.max_identifier: is not known; did you mean max_identifiers?",
        ),
        (
            "[profile]\nkind = 5",
            "profile.kind: is not known here; it belongs under [namespaces.NAME]",
        ),
        (
            "[profile]\ncolour = 5",
            (
                "profile.colour: is not known; take it out. "
                "There are max_identifiers, shared_after, device_joins, conflicts"
            ),
        ),
        ("[profiles]\na = 1", "profiles: is not known; did you mean profile?"),
        ('[namespace.email]\nkind = "person"', "namespace: is not known; did you mean namespaces?"),
        (
            "[namespaces.email]\npriority = 1",
            'namespaces.email.kind: is missing; write "person", "device", "cookie" or "none"',
        ),
        (
            '[namespaces.email]\nkind = "mail"',
            'namespaces.email.kind: is "mail"; write "person", "device", "cookie" or "none"',
        ),
        (
            '[namespaces.email]\nkind = "person"\npriority = 0',
            "namespaces.email.priority: is 0; write 1 or more",
        ),
        (
            '[namespaces.email]\nkind = "person"\nmax_per_profile = 0',
            "namespaces.email.max_per_profile: is 0; write 1 or more",
        ),
        (
            '[namespaces.ip]\nkind = "none"\nmax_per_profile = 1',
            (
                'namespaces.ip.max_per_profile: limits nothing: kind "none" is never on a profile '
                "with others; take it out"
            ),
        ),
        (
            '[namespaces.email]\nkind = "person"\nnormalise = "email"',
            "namespaces.email.normalise: is not known; did you mean normalize?",
        ),
        (
            '[namespaces.email]\nkind = "person"\nnormalize = "mail"',
            (
                'namespaces.email.normalize: is "mail"; '
                'write "email", "phone", "lowercase", "uuid" or "none"'
            ),
        ),
        (
            '[namespaces.email]\nkind = "person"\nblocked = ["/x/", "/(/"]',
            'namespaces.email.blocked[1]: is "/(/"; mend the regular expression: unclosed group',
        ),
        (
            '[namespaces.email]\nkind = "person"\nblocked = ["/(?!x)y/"]',
            (
                'namespaces.email.blocked[0]: is "/(?!x)y/"; mend the regular expression: '
                "look-around, including look-ahead and look-behind, is not supported"
            ),
        ),
        (
            '[namespaces.email]\nkind = "person"\nblocked = "a"',
            'namespaces.email.blocked: is "a"; write a list, as in ["a", "b"]',
        ),
        (
            '[namespaces.email]\nkind = "person"\nblocked = [1]',
            "namespaces.email.blocked[0]: is 1; write text in quotes",
        ),
        (
            '[namespaces.phone]\nkind = "person"\nnormalize = "phone"\nregion = "UK"',
            (
                'namespaces.phone.region: is "UK"; write a country in two capital letters, '
                'as in "NL" or "GB"'
            ),
        ),
        (
            '[namespaces.card]\nkind = "person"\nregion = "NL"',
            (
                "namespaces.card.region: is for phone numbers alone; "
                'add normalize = "phone", or take it out'
            ),
        ),
        (
            '[namespaces."a:b"]\nkind = "person"',
            (
                'namespaces."a:b": is "a:b"; name a namespace with 1 to 64 letters, digits, '
                "or any of _ . $ -"
            ),
        ),
        ("[namespaces]\nemail = 5", "namespaces.email: is 5; make it a table: [namespaces.email]"),
        (
            '[namespaces.ios]\nkind = "device"\n[namespaces.ios.id]\nkind = "device"',
            (
                "namespaces.ios.id: is a table; write a name with a dot in quotes: "
                '[namespaces."ios.id"]'
            ),
        ),
        (
            '[namespaces.card]\nkind = "person"\naccount = "A card"',
            'namespaces.card.account: is "A card"; name a kind of account, as in "loyalty_card"',
        ),
        (
            '[merge]\npolicy = "newest"',
            (
                'merge.policy: is "newest"; '
                'write "trust", "latest", "first", "most_frequent" or "union"'
            ),
        ),
        ('[merge]\ntrust = "crm"', 'merge.trust: is "crm"; write a list, as in ["a", "b"]'),
        ("[merge]\ntrust = [1]", "merge.trust[0]: is 1; write text in quotes"),
        ('[merge]\ntrust = [""]', 'merge.trust[0]: is ""; name a source, as in "crm"'),
        (
            '[merge]\ntrust = ["crm", "till", "crm"]',
            'merge.trust: is ["crm", "till", "crm"]; name each source once',
        ),
        (
            "[sessions]\npause_minute = 5",
            "sessions.pause_minute: is not known; did you mean pause_minutes?",
        ),
        (
            '[next_step]\nconversion = ["x"]',
            "next_step.conversion: is not known; did you mean conversions?",
        ),
        (
            '[next_step]\nconversions = ["x", "x"]',
            'next_step.conversions: is ["x", "x"]; name each event once',
        ),
        (
            f"[next_step]\nconversions = {[str(n) for n in range(21)]}",
            "next_step.conversions: has 21 entries; name up to 20",
        ),
        (
            '[next_step]\nreachable = [""]',
            'next_step.reachable[0]: is ""; name the channel of a source, as in "web"',
        ),
        ('[merge]\ntrusts = ["crm"]', "merge.trusts: is not known; did you mean trust?"),
        (
            '[profile]\ntrust = ["crm"]',
            "profile.trust: is not known here; it belongs under [merge]",
        ),
        (
            '[merge.traits]\nplan = "last"',
            (
                'merge.traits.plan: is "last"; '
                'write "trust", "latest", "first", "most_frequent" or "union"'
            ),
        ),
        (
            '[merge.traits]\naddress.city = "first"',
            (
                "merge.traits.address: is a table; write a name with a dot in quotes, "
                'as in "address.city"'
            ),
        ),
        ('[merge.traits]\n"" = "first"', 'merge.traits."": is ""; name a trait, as in "plan"'),
        ("[merge]\ntraits = 1", "merge.traits: is 1; make it a table: [merge.traits]"),
        ('[traits]\nplan = "first"', "traits: is not known here; it belongs under [merge]"),
        ("[channels]\nrule = []", "channels.rule: is not known; did you mean rules?"),
        (
            '[channels]\nrules = "cpc"',
            'channels.rules: is "cpc"; write each rule as a table: [[channels.rules]]',
        ),
        (
            "[channels]\nrules = [1]",
            "channels.rules[0]: is 1; write each rule as a table: [[channels.rules]]",
        ),
        (
            '[[channels.rules]]\nmedium = ["cpc"]',
            (
                "channels.rules[0].channel: is missing; name the channel that the rule gives, "
                'as in "paid_search"'
            ),
        ),
        (
            '[[channels.rules]]\nchannel = "Paid Search"',
            (
                'channels.rules[0].channel: is "Paid Search"; name a channel in lower case with '
                'underscores, as in "paid_search"'
            ),
        ),
        (
            '[[channels.rules]]\nchannel = "paid"\nmediums = ["cpc"]',
            "channels.rules[0].mediums: is not known; did you mean medium?",
        ),
        (
            '[[channels.rules]]\nchannel = "paid"\nmedium = "cpc"',
            'channels.rules[0].medium: is "cpc"; write a list, as in ["a", "b"]',
        ),
        (
            '[[channels.rules]]\nchannel = "paid"\nmedium = ["cpc", "/(/"]',
            ('channels.rules[0].medium[1]: is "/(/"; mend the regular expression: unclosed group'),
        ),
        (
            '[[channels.rules]]\nchannel = "paid"\nsite = ["serch"]',
            (
                'channels.rules[0].site[0]: is "serch"; write "search", "social", "shopping", '
                '"video", "email" or "assistant"'
            ),
        ),
        (
            '[[channels.rules]]\nchannel = "a"\n[[channels.rules]]\nchannel = "b"',
            (
                "channels.rules[0]: has no condition, so that no rule after it is ever asked; "
                "give it one, or make it the last"
            ),
        ),
        (
            '[channels]\nmedium = ["cpc"]',
            "channels.medium: is not known here; it belongs under [[channels.rules]]",
        ),
        (
            '[channels.sites]\nserch = ["kagi.com"]',
            (
                'channels.sites.serch: is "serch"; write "search", "social", "shopping", "video", '
                '"email" or "assistant"'
            ),
        ),
        (
            '[channels.click_ids]\ngclid = "google"',
            (
                'channels.click_ids.gclid: is "google"; write a source and a medium, '
                'as in "google / cpc"'
            ),
        ),
        (
            '[channels.click_ids]\n"a b" = "google / cpc"',
            'channels.click_ids."a b": is "a b"; name a parameter of a URL, as in "gclid"',
        ),
        (
            '[fields]\n"traits.card" = "card"',
            (
                'fields."traits.card": names the namespace card, which is not declared; '
                "add [namespaces.card]"
            ),
        ),
        (
            '[fields]\n"traits.user" = "userid"',
            (
                'fields."traits.user": names the namespace userid, which is not declared; '
                "add [namespaces.userid], or did you mean user_id?"
            ),
        ),
        (
            '[fields]\n"traits..card" = "user_id"',
            (
                'fields."traits..card": is "traits..card"; write the path of a field, '
                'as in "traits.badge"'
            ),
        ),
        (
            '[fields]\ntraits.card = "user_id"',
            'fields.traits: is a table; write the whole path in quotes, as in "traits.badge"',
        ),
        ('[fields]\n"a" = 1979-05-27', 'fields.a: is "1979-05-27"; write text in quotes'),
        (
            '[accounts]\n"" = "household"',
            'accounts."": is ""; write the path of a field, as in "traits.badge"',
        ),
        (
            '[accounts]\n"groupId" = "The group"',
            'accounts.groupId: is "The group"; name a kind of account, as in "loyalty_card"',
        ),
        (
            '[fields]\nx = "user_id"\n[accounts]\nx = "household"',
            (
                "accounts.x: stands under [fields] too; a field names an identifier or an account: "
                "keep one"
            ),
        ),
        (
            '[namespaces.card]\nkind = "person"\naccount = "card"\n[accounts]\ngroupId = "card"',
            (
                "accounts.groupId: makes card a shared account, which is a personal one in "
                "[namespaces.card]; rename one of them"
            ),
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_file_key_and_remedy(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _parse(text)
    assert str(refused.value) == f"rules.toml: {told}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "namespaces: is missing; declare at least one namespace, as in [namespaces.user_id]"),
        (
            "[namespaces]",
            "namespaces: is empty; declare at least one namespace, as in [namespaces.user_id]",
        ),
        ("namespaces = 1", "namespaces: is 1; make it a table: [namespaces]"),
        (
            "profile = 1\nmerge = 4\nfields = 2\naccounts = 3\n" + LEAST,
            (
                "profile: is 1; make it a table: [profile]\n"
                "rules.toml: merge: is 4; make it a table: [merge]\n"
                "rules.toml: fields: is 2; make it a table: [fields]\n"
                "rules.toml: accounts: is 3; make it a table: [accounts]"
            ),
        ),
        (
            "shared_after = 3\n" + LEAST,
            "shared_after: is not known here; it belongs under [profile]",
        ),
    ],
)
def test_so_is_a_mistake_in_the_file_as_a_whole(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_rules(text, "rules.toml")
    assert str(refused.value) == f"rules.toml: {told}"


def test_all_mistakes_are_told_at_once_whatever_their_sort() -> None:
    with pytest.raises(SettingsError) as refused:
        _parse(
            "[profile]\nshared_after = 1\ndevice_join = 1\n"
            '[namespaces.email]\nkind = "mail"\nregion = "NL"\n'
            '[fields]\n"traits.card" = "card"'
        )
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == [
        "profile.shared_after",
        "profile.device_join",
        "namespaces.email.kind",
        "namespaces.email.region",
        'fields."traits.card"',
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[profile", "(at end of document)"),
        ("a = 1\nb = \n", "line 2"),
        ("[profile]\n[profile]", "line 2"),
        ("a = " + "9" * 5000, "integer"),
        ("a = " + "[" * 100_000, ""),
    ],
)
def test_what_is_not_toml_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(SettingsError, match=r"^rules\.toml is not valid TOML: ") as refused:
        parse_rules(text, "rules.toml")
    assert place in str(refused.value)


@pytest.mark.timeout(20)
def test_no_value_makes_an_expression_slow() -> None:
    rules = _parse('[namespaces.card]\nkind = "person"\nblocked = ["/^(a+)+$/"]')
    assert not rules.namespace("card").blocks("a" * 511 + "b")


def test_a_trait_may_have_a_name_of_several_words() -> None:
    assert _parse('[fields]\n"traits.Loyalty Number" = "user_id"').fields


def test_a_file_is_read_from_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    for mark in ("", "\ufeff"):  # Some editors begin a file with a byte order mark.
        path.write_text(mark + LEAST, encoding="utf-8")
        assert list(load_rules(path).namespaces) == ["user_id"]


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    for wrong, why in (
        (path, "cannot be read: No such file or directory; check KNOOP_RULES or --rules"),
        (tmp_path, "cannot be read: Is a directory; check KNOOP_RULES or --rules"),
    ):
        with pytest.raises(SettingsError) as refused:
            load_rules(wrong)
        assert str(refused.value) == f"the rules file {wrong} {why}"
    path.write_text(LEAST, encoding="utf-16")
    with pytest.raises(SettingsError, match=r"own\.toml is not UTF-8; save it as UTF-8"):
        load_rules(path)
