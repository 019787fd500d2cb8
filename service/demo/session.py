"""One visit to the web shop, as its script reports it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from service.demo import accounts
from service.demo.people import Account, Browser, Person
from service.demo.wire import Who
from service.demo.words import Arrival, Company
from service.demo.world import World

# Two bugs that a year of any shop has: an old checkout that called all guests "guest", until it
# was replaced; and a release that turned a missing user id into a word, until it was mended.
_OLD_CHECKOUT = (timedelta(days=0), timedelta(days=70))
_BAD_RELEASE = (timedelta(days=150), timedelta(days=162))


class WebSession:
    """What happens in one browser between coming and leaving; `at` moves on with each step."""

    def __init__(
        self, world: World, person: Person, browser: Browser, at: datetime, arrival: Arrival
    ) -> None:
        self.world = world
        self.person = person
        self.browser = browser
        self.at = at
        self.is_new_cookie = browser.cookie not in world.cookies
        world.cookies[browser.cookie] = None
        self._arrival = arrival
        self._url = world.words.site + "/"

    @property
    def account(self) -> Account | None:
        """Whose login the browser is in."""
        return self.browser.account

    def who(self, *, email: str = "", phone: str = "") -> Who:
        """What the script knows of the visitor, and what was just typed into a form."""
        user_id = self.account.user_id if self.account else self._broken_user_id(guest=bool(email))
        return Who(user_id=user_id, cookie=self.browser.cookie, email=email, phone=phone)

    def page(self, name: str, *, path: str = "/", title: str = "", landing: bool = False) -> str:
        """Look at a page; the landing page tells where the visitor came from."""
        referrer = self._arrival.referrer if landing else self._url
        self._url = self.world.words.site + path
        page = {"path": path, "url": self._url, "title": title or name, "referrer": referrer}
        context = self._context(page)
        if landing and self._arrival.medium:
            context["campaign"] = {
                "source": self._arrival.source,
                "medium": self._arrival.medium,
                "name": self._arrival.campaign,
            }
            page["search"] = self._search()
            page["url"] += page["search"]
        return self._send("page", self.who(), name=name, properties=page, context=context)

    def track(self, event: str, properties: dict[str, Any], *, who: Who | None = None) -> str:
        """Do something on a page."""
        context = self._context()
        return self._send(
            "track", who or self.who(), event=event, properties=properties, context=context
        )

    def identify(self, account: Account) -> None:
        """Log in. The script keeps the cookie when one account follows another."""
        self.browser.account = account
        self._send(
            "identify",
            accounts.logged_in(self.person, account, self.who()),
            traits=accounts.traits_of(self.person, account, self.at),
            context=self._context(),
        )

    def identify_guest(self, email: str) -> None:
        """Give an address without logging in: the newsletter's form."""
        who = Who(cookie=self.browser.cookie, email=email)
        self._send("identify", who, traits={"newsletter": True}, context=self._context())

    def group(self, company: Company) -> None:
        """Say for which company this is."""
        traits = {"name": company.name, "industry": company.industry}
        self._send("group", self.who(), group_id=company.id, traits=traits, context=self._context())

    def _send(self, kind: str, who: Who, **parts: Any) -> str:
        message_id = self.world.send("web_shop", self.at, kind, who, **parts)
        self.at += timedelta(seconds=4) + self.world.chance.wait(timedelta(seconds=50))
        return message_id

    def _context(self, page: dict[str, str] | None = None) -> dict[str, Any]:
        return {
            "page": page or {"path": self._url.removeprefix(self.world.words.site)},
            "userAgent": self.browser.agent.text,
            "ip": self.browser.ip,
            "locale": "en-US",
            "consent": {"categoryPreferences": dict(self.person.consent)},
            "library": {"name": "analytics.js", "version": "2.11.1"},
        }

    def _search(self) -> str:
        arrival = self._arrival
        query = f"?utm_source={arrival.source}&utm_medium={arrival.medium}"
        query += f"&utm_campaign={arrival.campaign}"
        if arrival.click_id:
            query += f"&{arrival.click_id}={self.world.chance.getrandbits(64):016x}"
        return query

    def _broken_user_id(self, *, guest: bool) -> str:
        since = self.at - self.world.start
        if guest and _OLD_CHECKOUT[0] <= since < _OLD_CHECKOUT[1]:
            return "guest"
        if _BAD_RELEASE[0] <= since < _BAD_RELEASE[1]:
            return self.world.chance.pick(("undefined", "undefined", "null"))
        return ""
