"""Customer service: calls, e-mails and chats, written down by somebody who listens."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.demo import crm
from service.demo.mistakes import heard_email, heard_phone
from service.demo.people import Contact, Person
from service.demo.wire import Who
from service.demo.world import World

_TOPICS = (("Delivery", 5.0), ("Return", 3.0), ("Product advice", 2.0), ("Loyalty points", 1.0))


def ask(world: World, person: Person, at: datetime, *, about: str = "") -> None:
    """A person gets in touch; the agent finds or makes a record of the CRM for it."""
    chance = world.chance
    way = chance.weighted((("call", 5.0), ("email", 3.0), ("chat", 2.0)))
    browser = person.browsers[0]
    if way == "chat" and not browser.cookie:
        way = "email"
    if way == "call":
        who = _caller(world, person)
    else:
        address = chance.pick(person.emails)
        who = Who(email=address, cookie=browser.cookie if way == "chat" else "")
        if who.cookie:
            world.owns(person, "anonymous_id", who.cookie)
    contact = crm.learn(world, person, at, email=who.email, phone=who.phone)
    contact = _as_opened(world, contact)
    ticket = {
        "ticket_id": f"T-{10_000 + world.next_number('ticket')}",
        "channel": way,
        "topic": chance.weighted(_TOPICS),
    }
    if about:
        ticket["order_id"] = about
    event = "Support Call" if way == "call" else "Ticket Created"
    known = Who(email=who.email, phone=who.phone, cookie=who.cookie, contacts=(contact.id,))
    context = {"library": {"name": "servicedesk", "version": "3.0"}}
    world.send("support", at, "track", known, event=event, properties=ticket, context=context)
    solved = at + timedelta(minutes=10) + chance.wait(timedelta(hours=30))
    world.send(
        "support",
        solved,
        "track",
        Who(contacts=(contact.id,)),
        event="Ticket Solved",
        properties={**ticket, "satisfaction": chance.whole(1, 5)},
        context=context,
    )


def _caller(world: World, person: Person) -> Who:
    """A caller's number shows on the display; half are asked for their address as well."""
    number = person.phones[0]
    if person.household.landline and world.chance.happens(world.odds.gives_landline):
        number = person.household.landline
    elif world.chance.happens(0.2):
        number = heard_phone(world, person, number)  # called with the number suppressed
    email = heard_email(world, person, person.emails[0]) if world.chance.happens(0.5) else ""
    return Who(phone=number, email=email)


def _as_opened(world: World, contact: Contact) -> Contact:
    """The record that the agent has open: now and then that of another one of the same name."""
    if not world.chance.happens(world.odds.wrong_contact):
        return contact
    same_name = [
        other
        for person in world.people
        for other in person.contacts
        if other is not contact and other.last.lower() == contact.last.lower()
    ]
    return world.chance.pick(same_name) if same_name else contact
