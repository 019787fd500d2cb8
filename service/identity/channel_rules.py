"""The channels in the rules file: what leads somebody here, and what that is called."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from importlib import resources
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from service.identity.rule_parts import Entries, Entry, Table, entries, like

SiteKind: TypeAlias = Literal["search", "social", "shopping", "video", "email", "assistant"]
"""What kind of place somebody came from."""

CAMPAIGN_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign")

ChannelName = Annotated[
    str,
    like(
        r"[a-z][a-z0-9_]{0,63}",
        'name a channel in lower case with underscores, as in "paid_search"',
    ),
]
Parameter = Annotated[
    str,
    like(r"[^\s&=#]{1,64}", 'name a parameter of a URL, as in "gclid"'),
    AfterValidator(str.lower),
]
SourceAndMedium = Annotated[
    str, like(r"\S.* / .*\S", 'write a source and a medium, as in "google / cpc"')
]


class ClickId(NamedTuple):
    """What it means that a URL has a parameter of an advertising network."""

    source: str
    medium: str


class ChannelRule(Table):
    """One channel, and what a traffic source has to be for it: all of what is given."""

    channel: ChannelName
    medium: tuple[Entry, ...] = ()
    source: tuple[Entry, ...] = ()
    campaign: tuple[Entry, ...] = ()
    site: tuple[SiteKind, ...] = ()

    def matches(
        self, source: str, medium: str | None, campaign: str | None, site: SiteKind | None
    ) -> bool:
        """Whether a traffic source is one of this channel. All is in lower case."""
        return (not self.site or site in self.site) and all(
            value is not None and wanted.have(value)
            for wanted, value in zip(self._wanted, (source, medium, campaign), strict=True)
            if wanted is not None
        )

    @cached_property
    def _wanted(self) -> tuple[Entries | None, Entries | None, Entries | None]:
        of_source, of_medium, of_campaign = (
            entries(told, in_lower_case=True) if told else None
            for told in (self.source, self.medium, self.campaign)
        )
        return of_source, of_medium, of_campaign


def _built_in(key: str) -> Callable[[], Any]:
    return lambda: _built_in_channels()[key]


def _other_kinds(told: object) -> object:
    """With the built-in sites of the kinds that the file does not name."""
    return {**_built_in_channels()["sites"], **told} if isinstance(told, dict) else told


class ChannelRules(Table):
    """How events get a channel. What a file does not say is as in the built-in one.

    `rules` are asked in order; `click_ids` are parameters of URLs; `sites` tell of what kind a
    place is, before the kept lists; a referrer among `ignored_referrers` leads nobody here.
    """

    # By identity: a key of caches. Two that are equal are only worked out twice.
    __hash__ = object.__hash__

    rules: tuple[ChannelRule, ...] = Field(
        default_factory=_built_in("rules"), validate_default=True
    )
    ignored_referrers: tuple[Entry, ...] = Field(
        default_factory=_built_in("ignored_referrers"), validate_default=True
    )
    click_ids: dict[Parameter, SourceAndMedium] = Field(
        default_factory=_built_in("click_ids"), validate_default=True
    )
    sites: Annotated[dict[SiteKind, tuple[Entry, ...]], BeforeValidator(_other_kinds)] = Field(
        default_factory=dict, validate_default=True
    )

    @cached_property
    def clicks(self) -> Mapping[str, ClickId]:
        """What each click id means; of several in one URL the first here counts."""
        return {
            name: ClickId(*(part.lower() for part in told.split(" / ", 1)))
            for name, told in self.click_ids.items()
        }

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The parameters of a URL that say where somebody came from."""
        return frozenset((*CAMPAIGN_PARAMETERS, *self.click_ids))

    @cached_property
    def ignored(self) -> Entries:
        """The hosts that lead nobody here."""
        return entries(self.ignored_referrers, in_lower_case=True)

    @cached_property
    def kinds(self) -> tuple[tuple[SiteKind, Entries], ...]:
        """The hosts and names of which the rules say of what kind they are."""
        return tuple((kind, entries(told, in_lower_case=True)) for kind, told in self.sites.items())


@cache
def _built_in_channels() -> Mapping[str, Any]:
    file = resources.files("service.identity").joinpath("default_rules.toml")
    channels: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))["channels"]
    return channels
