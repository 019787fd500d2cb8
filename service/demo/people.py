"""Who the customers really are: people, their households, and what they own and share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.demo.chance import Chance
from service.demo.words import Agent, Company, Model, Shop

_STAYS_LOGGED_IN = timedelta(days=30)


@dataclass(slots=True)
class Browser:
    """A browser on somebody's computer, telephone or tablet, with the cookie that it holds now.

    A `public` one is in a shop or a library: it keeps its cookie for all who come, and nobody
    stays logged in.
    """

    agent: Agent
    ip: str
    public: bool = False
    cookie: str = ""
    last_visit: datetime | None = None
    account: Account | None = None

    def visit(self, at: datetime, chance: Chance, months_kept: float) -> None:
        """Open the shop in it: forget the cookie or the login that has not lasted until now."""
        away = at - self.last_visit if self.last_visit else timedelta(0)
        days = away / timedelta(days=1)
        forgets = self.agent.forgets_after
        cleared = not self.public and chance.happens(min(1.0, days / (30 * months_kept)))
        if not self.cookie or cleared or (forgets and days > forgets):
            self.cookie = chance.uuid()
        if cleared or self.public or away > _STAYS_LOGGED_IN:
            self.account = None
        self.last_visit = at


@dataclass(slots=True)
class Handset:
    """A telephone or tablet with the shop's app on it."""

    model: Model
    device_id: str
    advertising_id: str
    token: str
    anonymous_id: str
    version: str
    account: Account | None = None


@dataclass(slots=True)
class Account:
    """A login to web shop and app."""

    user_id: str
    email: str
    phone: str = ""


@dataclass(slots=True)
class Contact:
    """A record of the CRM: what customer service and the shops believe about somebody."""

    id: str
    first: str
    last: str
    email: str = ""
    phone: str = ""
    card: str = ""
    user_id: str = ""
    household: str = ""


@dataclass(slots=True)
class Household:
    """People who live together, and what they share."""

    id: str
    street: str
    shop: Shop
    ip: str
    members: list[Person] = field(default_factory=list)
    computer: Browser | None = None
    tablet: Browser | None = None
    mailbox: str = ""
    landline: str = ""
    one_login: bool = False
    one_card: bool = False


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that moves a person to buy, and the message that shows it."""

    message_id: str
    at: datetime
    pull: float


@dataclass(slots=True, eq=False)
class Person:
    """One customer, as nobody in the company sees them."""

    id: str
    first: str
    last: str
    household: Household
    since: datetime
    keenness: float
    consent: dict[str, bool]
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    browsers: list[Browser] = field(default_factory=list)
    handsets: list[Handset] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    account: Account | None = None
    card: str = ""
    subscribed: str = ""
    employer: Company | None = None
    works_at: Shop | None = None
    lends_card: bool = False

    @property
    def shares_home(self) -> bool:
        """Whether somebody else in the household is a customer too."""
        return len(self.household.members) > 1
