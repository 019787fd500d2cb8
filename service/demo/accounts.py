"""Logins to web shop and app: who opens one, with what, and which one somebody uses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from service.demo import crm
from service.demo.people import Account, Person
from service.demo.wire import Who, iso
from service.demo.world import World


def open_account(world: World, person: Person, at: datetime) -> Account:
    """Open an account with an address that has none yet; in some homes one is for all."""
    chance = world.chance
    free = [email for email in person.emails if email not in world.accounts]
    if not free:
        # The family's address has an account already: this person uses that one.
        shared = world.accounts[person.emails[0]]
        world.owns(person, "user_id", shared.user_id)
        return _use(person, shared)
    account = Account(
        user_id=f"u{chance.getrandbits(40):010x}",
        email=free[0],
        phone=person.phones[0] if chance.happens(0.45) else "",
    )
    world.accounts[account.email] = account
    _use(person, account)
    world.owns(person, "user_id", account.user_id)
    if person.household.one_login:
        for partner in person.household.members:
            if partner.account is None:
                _use(partner, account)
            world.owns(partner, "user_id", account.user_id)
    crm.learn(world, person, at, email=account.email, phone=account.phone, user_id=account.user_id)
    return account


def account_of(world: World, person: Person, at: datetime) -> Account:
    """The account to buy with: some forget theirs, and open another one with another address."""
    forgets = len(person.emails) > 1 and world.chance.happens(world.odds.forgot_account)
    if person.account and not forgets:
        return person.account
    return open_account(world, person, at)


def logged_in(person: Person, account: Account, who: Who) -> Who:
    """Whom a login names: the account, its address and number, and the card that is kept in it."""
    return replace(who, email=account.email, phone=account.phone, card_trait=person.card)


def traits_of(person: Person, account: Account, at: datetime) -> dict[str, object]:
    """What the shop says of somebody who is logged in."""
    return {
        "firstName": person.first,
        "lastName": person.last,
        "address": {
            "street": person.household.street,
            "city": person.household.shop.town,
            "postalCode": person.household.shop.postal_code,
            "country": "US",
        },
        "lastLogin": iso(at),
        "username": account.email.partition("@")[0],
    }


def _use(person: Person, account: Account) -> Account:
    person.account = account
    return account
