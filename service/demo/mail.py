"""The mail programme: it knows addresses and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from service.demo import app, orders, tills, web
from service.demo.people import Person
from service.demo.wire import Who, key_of
from service.demo.words import Arrival
from service.demo.world import World

_CLICK_PULL = 0.20
_PUSH_PULL = 0.14


def newsletter(world: World, at: datetime, number: int) -> None:
    """Send the newsletter to all subscribers, and a push message to some of those with the app."""
    campaign = f"newsletter-{number:02d}"
    for person in world.people:
        if person.subscribed:
            _deliver(world, person, at, campaign)
        elif person.handsets and world.chance.happens(0.08):
            when = at + world.chance.wait(timedelta(hours=3))
            world.at(when, partial(app.use, world, person, pull=_PUSH_PULL))


def _deliver(world: World, person: Person, at: datetime, campaign: str) -> None:
    chance = world.chance
    address = person.subscribed
    if address.lower() not in person.emails:  # as it was typed at the till
        if key_of("email", address) not in world.real:
            _report(world, address, at, campaign, "Email Bounced")
        person.subscribed = ""
    elif chance.happens(min(0.8, 0.16 + 0.08 * person.keenness)):
        opened = at + timedelta(minutes=2) + chance.wait(timedelta(hours=9))
        world.at(opened, partial(_open, world, person, address, campaign))


def _open(world: World, person: Person, address: str, campaign: str, at: datetime) -> None:
    chance = world.chance
    _report(world, address, at, campaign, "Email Opened")
    if chance.happens(0.012):
        _report(world, address, at + timedelta(minutes=1), campaign, "Unsubscribed")
        person.subscribed = ""
    elif chance.happens(0.13):
        clicked = at + timedelta(seconds=10) + chance.wait(timedelta(minutes=2))
        click = _report(world, address, clicked, campaign, "Email Link Clicked")
        orders.touch(person, click, clicked, _CLICK_PULL)
        # The link says which newsletter it was in, not who opened it.
        arrival = Arrival(weight=0, pull=0, source="newsletter", medium="email", campaign=campaign)
        landed = clicked + timedelta(seconds=2)
        world.at(landed, partial(web.visit, world, person, arrival=arrival))
        if chance.happens(_CLICK_PULL / 4):  # some people see it, and drive to the shop
            drive = clicked + timedelta(hours=4) + chance.wait(timedelta(days=2))
            when = chance.moment(drive, drive + timedelta(hours=12))
            world.at(when, partial(tills.buy, world, person, causes=(click,)))


def _report(world: World, address: str, at: datetime, campaign: str, event: str) -> str:
    properties: dict[str, Any] = {"campaign_id": campaign, "campaign_name": campaign}
    if event == "Email Link Clicked":
        properties["link_url"] = f"{world.words.site}/?utm_campaign={campaign}"
    return world.send(
        "mail",
        at,
        "track",
        Who(email=address),
        event=event,
        properties=properties,
        context={
            "campaign": {"source": "newsletter", "medium": "email", "name": campaign},
            "library": {"name": "mailer", "version": "5.5"},
        },
    )
