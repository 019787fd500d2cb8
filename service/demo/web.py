"""Visits to the web shop: from a landing page, maybe by way of a login, maybe to an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from service.demo import accounts, crm, orders
from service.demo.people import Account, Browser, Person
from service.demo.session import WebSession
from service.demo.words import Arrival
from service.demo.world import World


def visit(
    world: World,
    person: Person,
    at: datetime,
    *,
    browser: Browser | None = None,
    arrival: Arrival | None = None,
) -> None:
    """One visit, on any of the browsers that this person uses, found in any way."""
    chance, odds = world.chance, world.odds
    browser = browser or _browser(world, person)
    arrival = arrival or chance.weighted(world.words.arrivals)
    browser.visit(at, chance, odds.months_cookies_kept)
    if not browser.public:
        world.owns(person, "anonymous_id", browser.cookie)
    session = WebSession(world, person, browser, at, arrival)
    landing = session.page("Home" if not arrival.campaign else "Campaign", landing=True)
    orders.touch(person, landing, at, arrival.pull)
    _stay_in_or_log_in(session)
    if chance.happens(0.15):
        session.track("Products Searched", {"query": chance.pick(world.words.products).category})
    for _ in range(chance.count(1.1)):
        product = chance.pick(world.words.products)
        session.page("Product", path=f"/p/{product.sku.lower()}", title=product.name)
    if chance.happens(odds.newsletter_sign_up) and not person.subscribed:
        _subscribe(session)
    if person.employer and session.account and chance.happens(0.5):
        session.group(person.employer)
    _buy_or_leave(session, arrival)
    if browser.public:
        browser.account = None  # the machine logs everybody out, and keeps its cookie


def _browser(world: World, person: Person) -> Browser:
    chance, odds, home = world.chance, world.odds, person.household
    if chance.happens(odds.borrowed):
        return chance.pick(chance.pick(world.people).browsers)
    shared = [browser for browser in (home.computer, home.tablet) if browser]
    if shared and chance.happens(odds.on_shared):
        return chance.pick(shared)
    return chance.pick(person.browsers)


def _stay_in_or_log_in(session: WebSession) -> None:
    """Who is logged in stays so; somebody else's login is left or, at times, just used."""
    world, person, left_open = session.world, session.person, session.browser.account
    if left_open and left_open is not person.account:
        if not world.chance.happens(world.odds.in_partners_login):
            session.browser.account = None
    elif left_open and session.is_new_cookie:
        session.identify(left_open)  # the server still knows the login; the script must be told
    likely = world.odds.logs_in * (2 if session.browser.public else 1)
    if not session.account and person.account and world.chance.happens(likely):
        session.identify(person.account)


def _subscribe(session: WebSession) -> None:
    """The newsletter's form knows the cookie and an address, and no account."""
    person = session.person
    address = session.world.chance.pick(person.emails)
    person.subscribed = address
    session.identify_guest(address)


def _buy_or_leave(session: WebSession, arrival: Arrival) -> None:
    world, person = session.world, session.person
    # At a kiosk or a library nobody is just looking around.
    anyway = world.odds.buys * (6 if session.browser.public else 1)
    causes = orders.decide(world, person, session.at, anyway)
    if causes is not None:
        _buy(session, causes)
        return
    if world.chance.happens(0.12):
        product = world.chance.pick(world.words.products)
        session.track("Product Added", {"product_id": product.sku, "name": product.name})
    if not person.account and world.chance.happens(world.odds.registers):
        session.identify(_register(session))
    if arrival.campaign and world.chance.happens(world.odds.comes_back):
        # Typed in, or found by way of one more search or one more advertisement.
        found = _DIRECT if world.chance.happens(0.5) else None
        again = partial(visit, world, person, arrival=found)
        when = session.at + timedelta(hours=3) + world.chance.wait(timedelta(days=2))
        world.at(when, again)


def _buy(session: WebSession, causes: tuple[str, ...]) -> None:
    world, person, chance = session.world, session.person, session.world.chance
    session.track("Checkout Started", {"step": 1})
    if not session.account:
        if person.account is None:
            if chance.happens(world.odds.registers_to_buy):
                session.identify(_register(session))
        elif chance.happens(world.odds.logs_in_to_buy):
            session.identify(accounts.account_of(world, person, session.at))
    order = orders.new_order(world, "W", causes)
    email = phone = ""
    if not session.account:
        email = chance.pick(person.emails)
        phone = person.phones[0] if chance.happens(0.5) else ""
        crm.learn(world, person, session.at, email=email, phone=phone)
    who = session.who(email=email, phone=phone)
    session.track("Order Completed", order, who=who)
    orders.follow_up(world, person, session.at, source="web_shop", who=who, order=order)


def _register(session: WebSession) -> Account:
    person = session.person
    account = accounts.open_account(session.world, person, session.at)
    if not person.subscribed and session.world.chance.happens(0.5):
        person.subscribed = account.email
    return account


_DIRECT = Arrival(weight=0, pull=0)
