"""Whatever is sent, a channel is found in the same way twice, and nothing breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.identity.rules import load_rules
from service.ingest.channels import traffic_of

_FIELDS = (
    *("context_campaign_source", "context_campaign_medium", "context_campaign_name"),
    *("context_page_url", "context_page_search", "context_page_referrer"),
    *("context_referrer", "context_referrer_url", "url", "search", "referrer"),
)
_PIECES = st.sampled_from(
    [
        *("https://", "http:", "//", "www.", "google.com", "shop.example.com", "[::1]", "@", ":"),
        *("?", "&", "#", "=", "%", "%00", "%zz", "%f0%9f", "..", ".", "/", "\\", "\n", " ", "xn--"),
        *("utm_source", "utm_medium", "utm_campaign", "gclid", "fbclid", "a" * 600, "\ud7ff", "İ"),
    ]
)
_HOSTILE = st.lists(_PIECES | st.text(max_size=8), max_size=12).map("".join)
_VALUES = _HOSTILE | st.text() | st.integers() | st.booleans() | st.just(["a"])
_NODES = st.dictionaries(st.sampled_from(_FIELDS), _VALUES)
_NAMES = st.sampled_from([None, "Deep Link Opened", "Order Completed"])


@given(node=_NODES, type_=st.sampled_from(["page", "track", "identify"]), name=_NAMES)
def test_hostile_urls_are_read_without_harm(
    node: dict[str, Any], type_: str, name: str | None
) -> None:
    rules = load_rules().channels
    found = traffic_of(node, type_, name, rules)
    assert traffic_of(node, type_, name, rules) == found
    if found is not None:
        assert all(text is None or (text and "\0" not in text) for text in found)
        assert found.source == found.source.lower()
