"""The app: installed, signed up in, used, reinstalled, and handed down with an old telephone."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from service.demo import accounts, orders
from service.demo.people import Account, Handset, Person
from service.demo.population import new_handset, new_token
from service.demo.wire import Who, handset_ids
from service.demo.world import World

_BROKEN_VERSION = "4.11.0"  # it said "0" for nobody


def install(world: World, person: Person, at: datetime) -> None:
    """Put the app on a telephone, and sign up or log in."""
    _set_up(world, person, new_handset(world), at)


def _set_up(world: World, person: Person, handset: Handset, at: datetime) -> None:
    person.handsets.append(handset)
    session = _Session(world, person, handset, at)
    session.track("Application Installed", {"version": handset.version, "build": "1"})
    session.screen("Welcome")
    if person.account:
        session.log_in(person.account)
    elif world.chance.happens(0.7):
        session.sign_up(accounts.open_account(world, person, session.at))


def use(world: World, person: Person, at: datetime, *, pull: float = 0.0) -> None:
    """Open the app; `pull` is what the push message said that made one do it."""
    if not person.handsets:
        return
    chance = world.chance
    session = _Session(world, person, chance.pick(person.handsets), at)
    if pull:
        tapped = session.track("Push Notification Tapped", {"campaign": {"medium": "push"}})
        orders.touch(person, tapped, at, pull)
    session.track("Application Opened", {"from_background": chance.happens(0.6)})
    if person.account and session.handset.account is not person.account:
        session.log_in(person.account)
    for _ in range(chance.count(0.9)):
        product = chance.pick(world.words.products)
        session.screen("Product", {"product_id": product.sku, "name": product.name})
    if chance.happens(0.2) and person.card:
        session.screen("Loyalty Card")
    # Buying in the app needs an account.
    causes = orders.decide(world, person, session.at, 0.03) if session.handset.account else None
    if causes is not None:
        order = orders.new_order(world, "A", causes)
        session.track("Order Completed", order)
        orders.follow_up(world, person, session.at, source="app", who=session.who(), order=order)


def reinstall(world: World, person: Person, at: datetime) -> None:
    """Install the app again: what it made itself is new, the telephone's own ids are not."""
    if person.handsets:
        old = person.handsets.pop()
        new = new_handset(world, old.model)
        new.advertising_id = old.advertising_id
        if old.model.system == "android":
            new.device_id = old.device_id
        _set_up(world, person, new, at)


def buy_new_handset(world: World, person: Person, at: datetime) -> None:
    """A new telephone; the old one is given to somebody at home, with the app still on it."""
    if not person.handsets:
        return
    old = person.handsets.pop(0)
    install(world, person, at)
    heirs = [member for member in person.household.members if member is not person]
    if heirs and world.chance.happens(world.odds.handed_down):
        heir = world.chance.pick(heirs)
        heir.handsets.append(old)
        for _ in range(3):
            when = at + timedelta(days=2) + world.chance.wait(timedelta(days=20))
            world.at(when, partial(use, world, heir))


class _Session:
    """One use of the app. Without a network it waits, and sends all of it later."""

    def __init__(self, world: World, person: Person, handset: Handset, at: datetime) -> None:
        self.world = world
        self.person = person
        self.handset = handset
        self.at = at
        self._online_at: datetime | None = None
        if world.chance.happens(world.odds.offline):
            self._online_at = at + timedelta(hours=1) + world.chance.wait(timedelta(hours=30))
        if world.chance.happens(0.02):
            handset.token = new_token(world, handset.model)  # renewed by the system
        for namespace, value in [*handset_ids(handset), ("anonymous_id", handset.anonymous_id)]:
            if value.strip("0-"):
                world.owns(person, namespace, value)

    def who(self) -> Who:
        handset = self.handset
        nobody = "0" if handset.version == _BROKEN_VERSION else ""
        user_id = handset.account.user_id if handset.account else nobody
        return Who(user_id=user_id, cookie=handset.anonymous_id, handset=handset)

    def track(self, event: str, properties: dict[str, Any]) -> str:
        return self._send("track", self.who(), event=event, properties=properties)

    def screen(self, name: str, properties: dict[str, Any] | None = None) -> None:
        self._send("screen", self.who(), name=name, properties=properties)

    def sign_up(self, account: Account) -> None:
        """An alias says that who was anonymous until now is this user."""
        handset = self.handset
        self._send(
            "alias",
            Who(user_id=account.user_id, previous=handset.anonymous_id, handset=handset),
        )
        self.log_in(account)

    def log_in(self, account: Account) -> None:
        self.handset.account = account
        who = accounts.logged_in(self.person, account, self.who())
        self._send("identify", who, traits=accounts.traits_of(self.person, account, self.at))

    def _send(self, kind: str, who: Who, **parts: Any) -> str:
        arrives = None
        if self._online_at:
            arrives = max(self._online_at, self.at)
            self._online_at += timedelta(milliseconds=self.world.chance.whole(5, 60))
        model = self.handset.model
        context = {
            "os": {"name": model.system, "version": model.version},
            "app": {"name": "Hearth & Fern", "version": self.handset.version},
            "network": {"cellular": not self._online_at, "wifi": False},
            "consent": {"categoryPreferences": dict(self.person.consent)},
            "library": {"name": f"analytics-{model.system}", "version": "4.1.8"},
            "locale": "en-US",
        }
        message_id = self.world.send(
            "app", self.at, kind, who, arrives=arrives, context=context, **parts
        )
        self.at += timedelta(seconds=2) + self.world.chance.wait(timedelta(seconds=35))
        return message_id
