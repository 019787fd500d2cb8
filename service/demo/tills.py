"""The shops: two till systems that were bought at different times and never agreed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from service.demo import crm, orders
from service.demo.mistakes import heard_email, heard_phone
from service.demo.people import Person
from service.demo.wire import Who
from service.demo.words import Shop
from service.demo.world import World

_NIGHTLY = timedelta(hours=9)  # 03:00 local time: the southern tills send their day
_ZEROS = "0000000000"


def buy(world: World, person: Person, at: datetime, *, causes: tuple[str, ...] = ()) -> None:
    """A purchase in the shop. Whom the receipt names is all that anybody ever knows of it."""
    shop = person.household.shop
    if world.chance.happens(0.08):
        shop = world.chance.pick(world.words.shops)
    cashier = world.chance.pick(world.staff[shop.id])
    north = shop.till == "till_north"
    card = person.card if person.card and world.chance.happens(world.odds.shows_card) else ""
    email = phone = ""
    if north and world.chance.happens(world.odds.receipt_by_mail):
        email = heard_email(world, person, person.emails[0])
    if not north and world.chance.happens(world.odds.phone_asked):
        phone = _spaced(_number(world, person))
    if not person.card and world.chance.happens(world.odds.joins):
        card = _join(world, person, at)
    card, email = _as_scanned(world, cashier, card, email, phone)
    if not (email or phone or card.strip("0")):
        return  # paid in cash and gone
    who = Who(email=email, phone=phone, cards=(_as_sent(world, shop, card),) if card else ())
    for holder in (*person.household.members, *cashier.household.members):
        if card and card == holder.card:
            world.owns(holder, "loyalty_card", who.cards[0])
    order = orders.new_order(world, "N" if north else "S", causes)
    order["shop"] = shop.id
    _ring_up(world, at, shop, who, order)
    orders.follow_up(world, person, at, source=shop.till, who=who, order=order)


def new_card(world: World, person: Person) -> None:
    """A card; some couples have one for both."""
    person.card = f"HF-{4_310_000_000 + world.next_number('card') * 37}"
    sharing = person.household.members if person.household.one_card else [person]
    for member in sharing:
        member.card = person.card
        world.owns(member, "loyalty_card", person.card)


def replace_card(world: World, person: Person, at: datetime) -> None:
    """A lost card is replaced at the counter; the CRM is told the new number."""
    if person.card:
        new_card(world, person)
        crm.learn(world, person, at, card=person.card, email=person.emails[0])


def send_again(world: World, at: datetime) -> None:
    """The southern tills' export of yesterday is run once more: every message of it, again."""
    since = at - timedelta(days=1)
    for arrival, _, sent in list(world.sent):
        if sent.source == "till_south" and since <= arrival < at:
            world.deliver(sent, at + (arrival - since) / 1000)


def _join(world: World, person: Person, at: datetime) -> str:
    """Take a card at the till: a form is filled in for the CRM, by somebody in a hurry."""
    new_card(world, person)
    chance = world.chance
    email = heard_email(world, person, chance.pick(person.emails)) if chance.happens(0.7) else ""
    phone = _number(world, person) if chance.happens(0.6) else ""
    crm.learn(world, person, at, card=person.card, email=email, phone=phone)
    if not person.subscribed and chance.happens(0.8):
        person.subscribed = email
    return person.card


def _number(world: World, person: Person) -> str:
    landline = person.household.landline
    if landline and world.chance.happens(world.odds.gives_landline):
        return heard_phone(world, person, landline)
    return heard_phone(world, person, world.chance.pick(person.phones))


def _spaced(number: str) -> str:
    """A number as the southern tills show it: +1 612-555-0143."""
    return f"{number[:2]} {number[2:5]}-{number[5:8]}-{number[8:]}" if number[0] == "+" else number


def _as_scanned(
    world: World, cashier: Person, card: str, email: str, phone: str
) -> tuple[str, str]:
    """What some staff put into a field that the till wants filled: their own, or zeros."""
    if not card and (email or phone):
        if cashier.lends_card and cashier.card and world.chance.happens(world.odds.card_lent):
            return cashier.card, email
        if world.chance.happens(world.odds.no_card_zeros):
            return _ZEROS, email
    if card and not email and cashier.lends_card and world.chance.happens(world.odds.card_lent):
        return card, cashier.emails[0]
    return card, email


def _as_sent(world: World, shop: Shop, card: str) -> str:
    """The north sends a card as it is printed; the south in groups, as on its old receipts.

    Nothing says that the two are one card: only people who use both show it.
    """
    if shop.till == "till_north" or not card.strip("0"):
        return card
    digits = card.removeprefix("HF-")
    # A new scanner in the south has read the printed form since the middle of the year.
    if shop.id == world.words.shops[-1].id:
        return card
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def _ring_up(world: World, at: datetime, shop: Shop, who: Who, order: dict[str, Any]) -> None:
    send = partial(
        world.send,
        shop.till,
        at,
        "track",
        who,
        event="Order Completed",
        properties=order,
        context={"library": {"name": shop.till.replace("_", "-"), "version": "1.9"}},
    )
    if shop.till == "till_north":
        send()
        return
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    night = midnight + _NIGHTLY
    tonight = night if night > at else night + timedelta(days=1)
    send(arrives=tonight + timedelta(milliseconds=world.chance.whole(0, 60_000)))
