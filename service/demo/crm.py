"""The CRM: one record a person, it hopes; sent every night where something is new."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from service.demo.people import Contact, Person
from service.demo.wire import Who, iso
from service.demo.world import World

_EXPORT_HOUR = timedelta(hours=8, minutes=30)  # 02:30 local time


def learn(
    world: World,
    person: Person,
    at: datetime,
    *,
    email: str = "",
    phone: str = "",
    card: str = "",
    user_id: str = "",
) -> Contact:
    """A record of this person is made, or found and brought up to date."""
    contact = _find(world, person, email, user_id)
    if contact is None:
        nickname = world.words.nicknames.get(person.first, person.first)
        contact = Contact(
            id=f"C-{100_000 + world.next_number('contact')}",
            first=nickname if world.chance.happens(0.3) else person.first,
            last=person.last.upper() if world.chance.happens(0.15) else person.last,
        )
        # The CRM guesses households from addresses, and knows about half of them.
        if person.shares_home and world.chance.happens(0.5):
            contact.household = person.household.id
        person.contacts.append(contact)
        world.owns(person, "crm_id", contact.id)
    contact.email = email or contact.email
    contact.phone = phone or contact.phone
    contact.card = card or contact.card
    contact.user_id = user_id or contact.user_id
    world.at(_next_export(at), partial(_export, world, contact))
    return contact


def export_all(world: World, at: datetime) -> None:
    """The full export that comes with each quarter."""
    for person in world.people:
        for contact in person.contacts:
            _export(world, contact, at + timedelta(milliseconds=world.chance.whole(0, 900_000)))


def find_duplicates(world: World, at: datetime) -> None:
    """Somebody cleans up: half of the double records become one, and both numbers are told."""
    for person in world.people:
        if len(person.contacts) > 1 and world.chance.happens(0.5):
            kept, gone = person.contacts[0], person.contacts.pop()
            _absorb(kept, gone)
            _export(world, kept, at + timedelta(seconds=len(person.id)), also=(gone.id,))


def merge_wrongly(world: World, at: datetime) -> None:
    """A record is taken for another person's: of the same household, or of the same name."""
    known = [person for person in world.people if person.contacts]
    if not known:
        return
    person = world.chance.pick(known)
    at_home = [p for p in person.household.members if p is not person and p.contacts]
    namesakes = [p for p in known if p is not person and p.last == person.last]
    others = at_home or namesakes
    if others:
        other = world.chance.pick(others)
        kept, gone = person.contacts[0], other.contacts.pop()
        world.owns(other, "crm_id", kept.id)
        _absorb(kept, gone)
        other.contacts.append(kept)
        _export(world, kept, at, also=(gone.id,))


def _find(world: World, person: Person, email: str, user_id: str) -> Contact | None:
    for contact in person.contacts:
        if (email and contact.email.lower() == email.lower()) or user_id == contact.user_id != "":
            return contact
    if person.contacts and world.chance.happens(world.odds.crm_finds_duplicate):
        return person.contacts[0]
    return None


def _absorb(kept: Contact, gone: Contact) -> None:
    kept.email = kept.email or gone.email
    kept.phone = gone.phone or kept.phone
    kept.card = kept.card or gone.card
    kept.user_id = kept.user_id or gone.user_id


def _next_export(at: datetime) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = midnight + _EXPORT_HOUR
    return tonight if tonight > at else tonight + timedelta(days=1)


def _export(world: World, contact: Contact, at: datetime, also: tuple[str, ...] = ()) -> None:
    world.send(
        "crm",
        at,
        "identify",
        Who(
            user_id=contact.user_id,
            # An export that writes what it does not know as a word.
            email=contact.email or ("null" if world.chance.happens(0.2) else ""),
            phone=contact.phone,
            cards=(contact.card,) if contact.card else (),
            contacts=(contact.id, *also),
        ),
        traits={
            "firstName": contact.first,
            "lastName": contact.last,
            "household_id": contact.household,
            "updatedAt": iso(at),
        },
        context={"library": {"name": "crm-export", "version": "7.2"}},
    )
