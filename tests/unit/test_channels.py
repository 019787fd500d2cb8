"""By which channel somebody came: the definitions of Google Analytics 4, and what is our own."""

from __future__ import annotations

from typing import Any

import pytest

from service.identity.channel_rules import ChannelRules
from service.identity.rules import load_rules, parse_rules
from service.ingest.channels import NOT_SET, Traffic, traffic_of
from service.store.properties import to_node

SHOP = "https://shop.example.com/"


def _rules(text: str) -> ChannelRules:
    return parse_rules(f'[namespaces.user_id]\nkind = "person"\n{text}', "rules.toml").channels


def _traffic(
    query: str = "",
    referrer: str = "",
    *,
    rules: ChannelRules | None = None,
    type_: str = "page",
    name: str | None = None,
    **node: Any,
) -> Traffic | None:
    page = {"context_page_url": SHOP + query, "context_page_referrer": referrer}
    return traffic_of({**page, **node}, type_, name, rules or load_rules().channels)


def _channel(source: str, medium: str = "", campaign: str = "") -> str | None:
    said = {
        "context_campaign_source": source,
        "context_campaign_medium": medium,
        "context_campaign_name": campaign,
    }
    traffic = traffic_of(said, "track", "Anything", load_rules().channels)
    return traffic and traffic.channel


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        # In the order of the definitions.
        ("google", "cpc", "summer cross-network", "cross_network"),
        ("etsy.com", "cpc", "", "paid_shopping"),
        ("google", "ppc", "Spring-Shop", "paid_shopping"),
        ("google", "cpc", "eshop", "paid_shopping"),
        ("google", "cpc", "workshop", "paid_search"),
        ("google", "cpc", "", "paid_search"),
        ("bing", "retargeting", "", "paid_search"),
        ("duckduckgo.com", "paidsearch", "", "paid_search"),
        ("facebook", "paid_social", "", "paid_social"),
        ("fb", "cpm", "", "paid_social"),
        ("linkedin", "CPC", "", "paid_social"),
        ("youtube.com", "cpv", "", "paid_video"),
        ("youtube", "paid-video", "", "paid_video"),
        ("dailyledger", "display", "", "display"),
        ("dailyledger", "banner", "", "display"),
        ("dailyledger", "cpm", "", "display"),
        ("dailyledger", "cpc", "", "paid_other"),
        ("dailyledger", "paid", "", "paid_other"),
        ("amazon", "", "", "organic_shopping"),
        ("newsletter", "", "shopping days", "organic_shopping"),
        ("instagram", "", "", "organic_social"),
        ("somebody", "social-media", "", "organic_social"),
        ("vimeo.com", "", "", "organic_video"),
        ("somebody", "webvideo", "", "organic_video"),
        ("google", "", "", "organic_search"),
        ("somebody", "organic", "", "organic_search"),
        ("chatgpt.com", "", "", "ai_assistant"),
        ("somebody", "ai-assistant", "", "ai_assistant"),
        ("newsletter", "e-mail", "", "email"),
        ("E mail", "", "", "email"),
        ("orange", "email", "", "email"),
        ("greenfingers", "affiliate", "", "affiliates"),
        ("greenfingers", "referral", "", "referral"),
        ("greenfingers", "link", "", "referral"),
        ("podcast", "audio", "", "audio"),
        ("provider", "sms", "", "sms"),
        ("SMS", "", "", "sms"),
        ("app", "webpush", "", "push"),
        ("app", "mobile", "", "push"),
        ("app", "in-app-notification", "", "push"),
        ("firebase", "", "", "push"),
    ],
)
def test_a_campaign_has_the_channel_that_google_analytics_gives_it(
    source: str, medium: str, campaign: str, channel: str
) -> None:
    """[GA4] Default channel group, support.google.com/analytics/answer/9756891."""
    assert _channel(source, medium, campaign) == channel


def test_a_medium_that_no_rule_knows_is_a_channel_in_lower_case() -> None:
    assert _channel("window", "Flyer") == "flyer"


def test_a_source_that_no_rule_knows_has_no_channel() -> None:
    assert _channel("window") is None


@pytest.mark.parametrize(
    ("referrer", "traffic"),
    [
        ("https://www.google.com/", ("google", "organic", "organic_search")),
        ("https://www.google.co.uk/", ("google", "organic", "organic_search")),
        ("https://BING.com./search?q=a", ("bing", "organic", "organic_search")),
        ("https://search.brave.com/", ("brave", "organic", "organic_search")),
        ("https://kagi.com/", ("kagi.com", "organic", "organic_search")),
        ("https://l.facebook.com/", ("facebook", "referral", "organic_social")),
        ("https://m.facebook.com/", ("facebook", "referral", "organic_social")),
        ("https://t.co/abc", ("twitter", "referral", "organic_social")),
        ("https://x.com/", ("x.com", "referral", "organic_social")),
        ("https://www.tiktok.com/", ("tiktok", "referral", "organic_social")),
        ("https://www.linkedin.com/feed/", ("linkedin", "referral", "organic_social")),
        ("https://www.youtube.com/", ("youtube", "referral", "organic_video")),
        ("https://www.amazon.co.uk/dp/1", ("amazon.co.uk", "referral", "organic_shopping")),
        ("https://mail.google.com/", ("gmail", "referral", "email")),
        ("android-app://com.google.android.gm/", ("gmail", "referral", "email")),
        ("https://chatgpt.com/", ("chatgpt.com", "ai-assistant", "ai_assistant")),
        ("https://gemini.google.com/app", ("gemini.google.com", "ai-assistant", "ai_assistant")),
        ("https://support.google.com/a", ("support.google.com", "referral", "referral")),
        ("https://www.blog.example.org/", ("blog.example.org", "referral", "referral")),
        ("http://ann:pw@blog.example.org:81/", ("blog.example.org", "referral", "referral")),
        ("http://192.0.2.7/", ("192.0.2.7", "referral", "referral")),
    ],
)
def test_a_referrer_is_a_traffic_source(referrer: str, traffic: tuple[str, str, str]) -> None:
    source, medium, channel = traffic
    assert _traffic(referrer=referrer) == (source, medium, None, channel)


@pytest.mark.parametrize(
    "referrer",
    [
        "",
        "https://shop.example.com/cart",
        "https://www.example.com/",
        "https://example.com",
        "https://www.paypal.com/checkout",
        "https://checkout.stripe.com/pay",
        "https://accounts.google.com/",
        "http://localhost:3000/",
        "$direct",
        "/cart",
        "https://",
        "https://[::1]/",
        "javascript:void(0)",
    ],
)
def test_who_comes_from_here_or_from_paying_comes_from_nowhere(referrer: str) -> None:
    assert _traffic(referrer=referrer) is None


def test_shops_below_a_public_suffix_are_different_sites() -> None:
    node = {
        "context_page_url": "https://ann.github.io/",
        "context_page_referrer": "https://ben.github.io/",
    }
    found = traffic_of(node, "page", None, load_rules().channels)
    assert found is not None
    assert found.source == "ben.github.io"


@pytest.mark.parametrize(
    ("query", "traffic"),
    [
        ("?utm_source=Facebook&utm_medium=Paid_Social", ("facebook", "paid_social", None)),
        ("?utm_campaign=Spring%20Sale+1", (NOT_SET, None, "Spring Sale 1")),
        ("?a=1&UTM_Source=a&utm_source=b#utm_medium=c", ("a", None, None)),
        ("?gclid=1", ("google", "cpc", None)),
        ("?wbraid=1&fbclid=2", ("google", "cpc", None)),
        ("?msclkid=1", ("bing", "cpc", None)),
        ("?dclid=1", ("dfa", "cpm", None)),
        ("?ScCid=1", ("snapchat", "cpc", None)),
        ("?ranSiteID=1", ("rakuten", "affiliate", None)),
        ("?fbclid=1", ("facebook", "referral", None)),
        ("?utm_source=facebook&utm_medium=cpc&fbclid=1", ("facebook", "cpc", None)),
        ("?utm_campaign=brand&gclid=1", ("google", "cpc", "brand")),
        ("#/spa?utm_source=a&utm_medium=b", ("a", "b", None)),
        ("?utm_source=%00a%00", ("a", None, None)),
    ],
)
def test_a_url_says_where_somebody_came_from(
    query: str, traffic: tuple[str, str | None, str | None]
) -> None:
    found = _traffic(query)
    assert found is not None
    assert found[:3] == traffic


@pytest.mark.parametrize(
    "query",
    [
        "?utm_source=&gclid=",
        "?utm_source=(direct)&utm_medium=(none)",
        "?utm_medium=undefined",
        "?q=utm_source",
        "?xgclid=1",
    ],
)
def test_a_url_may_say_nothing(query: str) -> None:
    assert _traffic(query) is None


def test_a_channel_of_a_click_id_is_that_of_its_network() -> None:
    channels = {
        name: found.channel
        for name in ("gclid", "dclid", "ttclid", "fbclid", "awc", "mc_cid", "tblci")
        if (found := _traffic(f"?{name}=1"))
    }
    assert channels == {
        "gclid": "paid_search",
        "dclid": "display",
        "ttclid": "paid_social",
        "fbclid": "organic_social",
        "awc": "affiliates",
        "mc_cid": "email",
        "tblci": "paid_other",
    }


def test_what_the_campaign_says_goes_before_the_url_and_that_before_the_referrer() -> None:
    found = _traffic(
        "?utm_source=url&utm_medium=email&utm_campaign=url&gclid=1",
        "https://www.google.com/",
        context_campaign_source="said",
    )
    assert found == ("said", "email", "url", "email")


def test_the_search_counts_where_the_url_is_without_it() -> None:
    found = _traffic(context_page_search="?utm_source=a&utm_medium=sms")
    assert found == ("a", "sms", None, "sms")


@pytest.mark.parametrize("field", ["referrer", "referrer_url", "referrer_link"])
def test_the_referrer_may_stand_in_the_context_itself(field: str) -> None:
    node = {f"context_{field}": "https://duckduckgo.com/"}
    found = traffic_of(node, "track", "Home", load_rules().channels)
    assert found == ("duckduckgo", "organic", None, "organic_search")


def test_the_properties_of_a_page_tell_what_its_context_does_not() -> None:
    node = to_node({"url": SHOP + "?a", "referrer": "https://www.example.com/", "search": ""})
    assert traffic_of(node, "page", None, load_rules().channels) is None
    node = to_node({"url": SHOP, "referrer": "https://www.bing.com/", "search": "?gclid=1"})
    found = traffic_of(node, "page", None, load_rules().channels)
    assert found == ("google", "cpc", None, "paid_search")


def test_the_properties_of_other_events_tell_of_something_else() -> None:
    """A click on a link to somewhere else has a URL, with campaign parameters of our own."""
    node = to_node({"url": "https://x.nl/?utm_source=us&utm_medium=cpc", "referrer": SHOP})
    assert traffic_of(node, "track", "Link Clicked", load_rules().channels) is None


def test_an_app_tells_that_somebody_came_by_the_events_of_the_spec() -> None:
    node = to_node({"action": "Accept", "campaign": {"medium": "push", "name": "Sale"}})
    rules = load_rules().channels
    tapped = traffic_of(node, "track", "Push Notification Tapped", rules)
    assert tapped == (NOT_SET, "push", "Sale", "push")
    assert traffic_of(node, "track", "Push Notification Received", rules) is None
    node = to_node({"url": "shop://open?utm_source=newsletter&utm_medium=email"})
    opened = traffic_of(node, "track", "Deep Link Opened", rules)
    assert opened == ("newsletter", "email", None, "email")


def test_a_file_that_says_nothing_has_the_built_in_channels() -> None:
    built_in = load_rules().channels
    assert _rules("") == built_in
    ours = _rules('[channels]\nignored_referrers = ["pay.example"]')
    assert ours.rules == built_in.rules
    assert ours.ignored_referrers == ("pay.example",)
    found = _rules('[channels.sites]\nsearch = ["find.example"]').sites
    assert found == {**built_in.sites, "search": ("find.example",)}


def test_the_rules_are_asked_in_order_and_in_any_case() -> None:
    rules = _rules(
        """
        [[channels.rules]]
        channel = "brand"
        site = ["search"]
        campaign = ["BRAND", "/^Own-/"]
        [[channels.rules]]
        channel = "elsewhere"
        """
    )
    for campaign, channel in (("brand", "brand"), ("own-name", "brand"), ("other", "elsewhere")):
        found = _traffic(f"?utm_source=google&utm_campaign={campaign}", rules=rules)
        assert found is not None
        assert found.channel == channel


def test_the_rules_name_hosts_and_click_ids() -> None:
    rules = _rules(
        """
        [channels]
        ignored_referrers = ["pay.example", "/^sso[.]/"]
        [channels.sites]
        search = ["find.example", "/^seek[.]/"]
        social = ["google.com"]
        [channels.click_ids]
        OurClick = "Us / Link"
        """
    )
    came = {
        host: _traffic(referrer=f"https://{host}/", rules=rules)
        for host in ("www.pay.example", "sso.x.nl", "a.find.example", "seek.x.nl", "www.google.com")
    }
    assert came == {
        "www.pay.example": None,
        "sso.x.nl": None,
        "a.find.example": ("a.find.example", "organic", None, "organic_search"),
        "seek.x.nl": ("seek.x.nl", "organic", None, "organic_search"),
        "www.google.com": ("google", "referral", None, "organic_social"),
    }
    assert _traffic("?ourclick=1", rules=rules) == ("us", "link", None, "referral")
    assert _traffic("?gclid=1", rules=rules) is None
