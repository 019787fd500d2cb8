"""Generate the demo: a year in the life of a retailer and its customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from service.demo import accounts, app, crm, mail, support, tills, web
from service.demo.chance import Chance
from service.demo.people import Person
from service.demo.population import new_number, populate
from service.demo.proportions import Proportions
from service.demo.truth import SOURCES, Demo, DemoMessage, Truth
from service.demo.words import load_words
from service.demo.world import World

SEED = 1
PEOPLE = 2000
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
YEAR = timedelta(days=365)

_SHOP_HOURS = (9, 20)


def generate(seed: int = SEED, people: int = PEOPLE, until: datetime = UNTIL) -> Demo:
    """Make the messages of the year that ends at `until`, and the truth about them.

    The same arguments give the same demo, to the byte.

    Raises:
        ValueError: `until` has no time zone, or there are no or too many people.
    """
    if until.tzinfo is None:
        raise ValueError("until needs a time zone: datetime(2026, 11, 1, tzinfo=UTC)")
    until = until.astimezone(UTC)
    world = World(Chance(seed), load_words(), Proportions(), until - YEAR, until)
    populate(world, people)
    for person in world.people:
        _plan(world, person)
    _plan_company(world)
    world.run()
    return Demo(SOURCES, _in_order_of_arrival(world), _truth(world))


def _plan(world: World, person: Person) -> None:
    """Put the occasions of one person's year into the calendar."""
    chance, odds = world.chance, world.odds
    _bring_along(world, person)
    for _ in range(_often(world, person, odds.web_visits)):
        world.at(_sometime(world, person), partial(web.visit, world, person))
    for _ in range(_often(world, person, odds.shop_visits)):
        when = _sometime(world, person, _SHOP_HOURS)
        kiosk = world.kiosks.get(person.household.shop.id)
        if kiosk and chance.happens(odds.kiosk_visits):
            world.at(when, partial(web.visit, world, person, browser=kiosk))
        else:
            world.at(when, partial(tills.buy, world, person))
    for _ in range(_often(world, person, odds.calls)):
        world.at(_sometime(world, person, _SHOP_HOURS), partial(support.ask, world, person))
    if chance.happens(odds.library):
        for _ in range(1 + chance.count(1.0)):
            when = _sometime(world, person, _SHOP_HOURS)
            world.at(when, partial(web.visit, world, person, browser=world.library))
    if chance.happens(odds.has_app):
        _plan_app(world, person)
    for share, change in ((odds.new_number, _change_number), (odds.lost_card, tills.replace_card)):
        if chance.happens(share):
            world.at(_sometime(world, person), partial(change, world, person))


def _bring_along(world: World, person: Person) -> None:
    """What a person has from the years before, if there were any."""
    chance, odds = world.chance, world.odds
    has_been_here = person.since == world.start
    # Staff have a card from their first day.
    if person.works_at or (has_been_here and chance.happens(odds.has_card)):
        tills.new_card(world, person)
        phone = person.phones[0] if chance.happens(0.5) else ""
        email = person.emails[0] if chance.happens(0.8) else ""
        crm.learn(world, person, person.since, card=person.card, email=email, phone=phone)
    if has_been_here and chance.happens(odds.has_account) and not person.account:
        accounts.open_account(world, person, person.since)
    if has_been_here and chance.happens(odds.has_newsletter):
        person.subscribed = person.subscribed or person.emails[0]


def _often(world: World, person: Person, mean: float) -> int:
    years = (world.until - person.since) / YEAR
    return world.chance.count(mean * person.keenness * years)


def _sometime(world: World, person: Person, hours: tuple[int, int] = (0, 24)) -> datetime:
    return world.chance.moment(person.since, world.until, hours)


def _plan_app(world: World, person: Person) -> None:
    chance, odds = world.chance, world.odds
    installed = person.since
    if chance.happens(0.6):
        installed = chance.moment(person.since, world.until)
    world.at(installed, partial(app.install, world, person))
    if chance.happens(odds.second_handset):
        second = chance.moment(installed, world.until)
        world.at(second, partial(app.install, world, person))
    years = (world.until - installed) / YEAR
    for _ in range(chance.count(odds.app_visits * person.keenness * years)):
        world.at(chance.moment(installed, world.until), partial(app.use, world, person))
    for share, change in (
        (odds.new_handset, app.buy_new_handset),
        (odds.reinstalled, app.reinstall),
    ):
        if chance.happens(share * years):
            world.at(chance.moment(installed, world.until), partial(change, world, person))


def _plan_company(world: World) -> None:
    """What the company itself does: newsletters, exports, and its mistakes."""
    chance, odds = world.chance, world.odds
    for number in range(int(odds.newsletters)):
        when = world.start + YEAR * (number + 0.5) / odds.newsletters
        morning = when.replace(hour=14, minute=0, second=0, microsecond=0)
        world.at(morning, partial(mail.newsletter, world, number=number + 1))
    for quarter in (1, 2, 3):
        world.at(world.start + YEAR * quarter / 4, partial(crm.export_all, world))
    world.at(world.start + YEAR * 0.6, partial(crm.find_duplicates, world))
    for _ in range(round(odds.crm_merges_wrongly * len(world.people))):
        when = chance.moment(world.start + YEAR * 0.3, world.until)
        world.at(when, partial(crm.merge_wrongly, world))
    world.at(world.start + YEAR * 0.45, partial(tills.send_again, world))


def _change_number(world: World, person: Person, at: datetime) -> None:
    """A new telephone number; the old one may be somebody else's before the year is over."""
    old = person.phones[0]
    number = new_number(world, person.household.shop.area)
    world.owns(person, "phone", number)
    person.phones[0] = number
    if world.chance.happens(world.odds.number_reassigned):
        heir = world.chance.pick(world.people)
        world.owns(heir, "phone", old)
        heir.phones.append(old)
    if person.contacts:
        crm.learn(world, person, at, phone=number, email=person.emails[0])


def _in_order_of_arrival(world: World) -> tuple[DemoMessage, ...]:
    return tuple(sent for _, _, sent in sorted(world.sent, key=lambda sent: sent[:2]))


def _truth(world: World) -> Truth:
    """What is true of that which was sent; nobody can know about the rest."""
    arrived = {sent.body["messageId"] for _, _, sent in world.sent}
    ordered = {
        sent.body["properties"]["order_id"]
        for _, _, sent in world.sent
        if sent.body.get("event") == "Order Completed"
    }
    person_of = {}
    for key in world.named:
        owners = world.owners.get(key, {})
        if len(owners) == 1:
            (person_of[key],) = owners
    causes = {
        order: tuple(cause for cause in because if cause in arrived)
        for order, because in world.causes.items()
        if order in ordered
    }
    return Truth(person_of, causes)
