"""By which channel somebody came, from what an event says of it. Pure.

The words are those of Google Analytics: a traffic source ("google"), its medium ("cpc") and the
campaign; what they mean for the channel is in the rules file. It is all worked out from the
properties that the event is stored with, so that it can be done again when the rules change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import orjson

from service.identity.channel_rules import ChannelRules, SiteKind
from service.ingest.sites import is_ignored, same_site, site_of
from service.store.properties import REST

NOT_SET = "(not set)"
"""The source of a campaign that does not name one, as Google Analytics has it."""

# Events by which the spec for apps tells that somebody came, and from where, in its properties.
# https://segment.com/docs/connections/spec/mobile/
_ARRIVALS = frozenset(
    {
        "Application Opened",
        "Deep Link Clicked",
        "Deep Link Opened",
        "Install Attributed",
        "Push Notification Tapped",
    }
)
# Where other events say so. All that is looked at is here, but for the properties of an arrival.
_CONTEXT = frozenset(
    {
        *("context_campaign_source", "context_campaign_medium", "context_campaign_name"),
        *("context_page_url", "context_page_search", "context_page_referrer"),
        *("context_referrer", "context_referrer_url", "context_referrer_link"),
    }
)
# Where a campaign may be told, beside the URL; the last two are properties of an arrival.
_CAMPAIGN = frozenset(
    {
        *("context_campaign_source", "context_campaign_medium", "context_campaign_name"),
        *("context_page_search", "search", REST),
    }
)
# What is sent where nothing is known.
_NOTHING = frozenset({"", "(direct)", "(none)", NOT_SET, "null", "undefined"})
_MAX_TEXT = 512
_MAX_HOST = 253
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#\\]*@)?([^/?#\\:@\[\]\s]+)")
# What Google Analytics gives those that a referrer leads here.
_MEDIA: Mapping[SiteKind | None, str] = {"search": "organic", "assistant": "ai-assistant"}


class Traffic(NamedTuple):
    """Where somebody came from, and the channel that it means; None if no rule knows one."""

    source: str
    medium: str | None
    campaign: str | None
    channel: str | None


def traffic_of(
    node: Mapping[str, Any], type_: str, name: str | None, rules: ChannelRules
) -> Traffic | None:
    """What an event with these properties says of where somebody came from; None if nothing."""
    arrives = type_ in ("page", "screen") or name in _ARRIVALS
    if not arrives and node.keys().isdisjoint(_CONTEXT):
        return None
    get = node.get
    url = get("context_page_url") or (arrives and get("url"))
    url = url if isinstance(url, str) else ""
    if "?" in url or not node.keys().isdisjoint(_CAMPAIGN):
        source, medium, campaign = _campaign(node, url, rules, arrives=arrives)
        if source or medium or campaign:
            source = source or NOT_SET
            kind = site_of(source, rules).kind
            channel = _channel(source, medium, campaign, kind, rules)
            return Traffic(source, medium, campaign, channel)
    referrer = (
        get("context_page_referrer")
        or get("context_referrer_url")
        or get("context_referrer_link")
        or get("context_referrer")
        or (arrives and get("referrer"))
    )
    # Most pages are led to by one of the same site, and so much is seen at once.
    here = url[: url.find("/", url.find("://") + 3) + 1]
    if not isinstance(referrer, str) or (here and referrer.startswith(here)):
        return None
    led = _led_by(_host(referrer), _host(url), rules)
    if led is None:
        return None
    source, medium, kind = led
    return Traffic(source, medium, None, _channel(source, medium, None, kind, rules))


def channel_properties(traffic: Traffic | None, channel: str | None) -> dict[str, str | None]:
    """What an Event node keeps of it; `channel` is its source's, for who came from nowhere."""
    if traffic is None:
        return {
            "channel": channel,
            "traffic_source": None,
            "traffic_medium": None,
            "traffic_campaign": None,
        }
    return {
        "channel": traffic.channel or channel,
        "traffic_source": traffic.source,
        "traffic_medium": traffic.medium,
        "traffic_campaign": traffic.campaign,
    }


def _campaign(
    node: Mapping[str, Any], url: str, rules: ChannelRules, *, arrives: bool
) -> tuple[str | None, str | None, str | None]:
    """A source, a medium and a campaign: what is said outright, then what the URL says."""
    get = node.get
    source = _word(get("context_campaign_source"))
    medium = _word(get("context_campaign_medium"))
    campaign = _clean(get("context_campaign_name"))
    if arrives and '"campaign"' in get(REST, ""):
        told = orjson.loads(node[REST]).get("campaign")
        if isinstance(told, dict):
            source = source or _word(told.get("source"))
            medium = medium or _word(told.get("medium"))
            campaign = campaign or _clean(told.get("name"))
    if source and medium and campaign:
        return source, medium, campaign
    query = url.partition("?")[2] if "?" in url else get("context_page_search")
    query = query or (arrives and get("search"))
    if query and isinstance(query, str) and (found := _parameters(query, rules)):
        source = source or _word(found.get("utm_source"))
        medium = medium or _word(found.get("utm_medium"))
        campaign = campaign or _clean(found.get("utm_campaign"))
        click = next((told for name, told in rules.clicks.items() if name in found), None)
        if click is not None:
            source, medium = source or click.source, medium or click.medium
    return source, medium, campaign


def _parameters(query: str, rules: ChannelRules) -> dict[str, str]:
    """The parameters that say where somebody came from; of several alike the first."""
    found: dict[str, str] = {}
    for part in query.partition("#")[0].lstrip("?").split("&"):
        name, _, value = part.partition("=")
        name = name.lower()
        if value and name in rules.parameters and name not in found:
            found[name] = unquote_plus(value)
    return found


def _host(url: str) -> str:
    """The host of a URL in lower case; nothing if it has none."""
    found = _HOST.match(url)
    host = "" if found is None else found[1].rstrip(".").lower()
    return host if len(host) <= _MAX_HOST else ""


@lru_cache(maxsize=4_096)  # Sites refer to themselves, and a few others to them.
def _led_by(host: str, own: str, rules: ChannelRules) -> tuple[str, str, SiteKind | None] | None:
    """The source and medium that a referrer is, and of what kind it is; None if it is none."""
    if not host or (own and same_site(host, own)) or is_ignored(host, rules):
        return None
    site = site_of(host, rules)
    return site.name, _MEDIA.get(site.kind, "referral"), site.kind


@lru_cache(maxsize=4_096)  # A campaign brings many, and those who make some up are soon forgotten.
def _channel(
    source: str,
    medium: str | None,
    campaign: str | None,
    kind: SiteKind | None,
    rules: ChannelRules,
) -> str | None:
    """What the first rule that fits says; a medium that no rule knows is a channel itself."""
    campaign = campaign and campaign.lower()
    for rule in rules.rules:
        if rule.matches(source, medium, campaign, kind):
            return rule.channel
    return medium


def _word(value: object) -> str | None:
    """A source or a medium: there is no use in telling Google from google."""
    text = None if value is None else _clean(value)
    return text and text.lower()


def _clean(value: object) -> str | None:
    """A text that says something, without what a graph cannot keep."""
    if not isinstance(value, str):
        return None
    text = value.replace("\0", "").strip()[:_MAX_TEXT]
    return None if text.lower() in _NOTHING else text
