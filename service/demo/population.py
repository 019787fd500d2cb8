"""Makes the customers: households, and what their people own when the year begins."""

from __future__ import annotations

import unicodedata

from service.demo.people import Browser, Handset, Household, Person
from service.demo.words import Model
from service.demo.world import World

_STAFF_OF_A_SHOP_AT_LEAST = 2
_MOST_PEOPLE = 20_000  # beyond it the numbers reserved for fiction get scarce
_ZEROS = "00000000-0000-0000-0000-000000000000"


def populate(world: World, people: int) -> None:
    """Fill the world with so many people, shops' staff and public computers."""
    if not 1 <= people <= _MOST_PEOPLE:
        raise ValueError(f"the demo has 1 to {_MOST_PEOPLE} people, not {people}")
    odds, chance = world.odds, world.chance
    sizes = (
        (4, odds.household_of_four),
        (3, odds.household_of_three),
        (2, odds.household_of_two),
        (1, 1 - odds.household_of_four - odds.household_of_three - odds.household_of_two),
    )
    while (missing := people - len(world.people)) > 0:
        household = _household(world)
        size = min(missing, chance.weighted(sizes))
        surname = chance.pick(world.words.surnames)
        for member in range(size):
            # Most who live together have one surname; the others keep theirs.
            last = surname if not member or chance.happens(0.75) else _surname(world)
            _move_in(world, household, last)
        _share(world, household)
    _staff_the_shops(world)
    world.kiosks = {shop.id: _public(world) for shop in world.words.shops if shop.kiosk}
    world.library = _public(world)


def new_browser(world: World, kind: str, ip: str) -> Browser:
    """A browser of this kind, as common as it really is."""
    return Browser(world.chance.weighted(world.words.agents_for(kind)), ip)


def new_handset(world: World, model: Model | None = None) -> Handset:
    """A telephone with the app just installed; most iPhones keep their advertising id secret."""
    chance = world.chance
    model = model or chance.weighted(world.words.handsets)
    secret = chance.happens(0.65 if model.system == "ios" else 0.08)
    ios = model.system == "ios"
    return Handset(
        model=model,
        device_id=chance.uuid().upper() if ios else f"{chance.getrandbits(64):016x}",
        advertising_id=_ZEROS if secret else chance.uuid().upper() if ios else chance.uuid(),
        token=new_token(world, model),
        anonymous_id=chance.uuid(),
        version=chance.pick(("4.11.0", "4.12.1", "4.12.3")),
    )


def new_token(world: World, model: Model) -> str:
    """A push token; some people do not allow push messages, and have none."""
    if world.chance.happens(0.3):
        return ""
    long = world.chance.getrandbits(256)
    return f"{long:064x}" if model.system == "ios" else f"fcm_{long:064x}"


def new_number(world: World, area: str) -> str:
    """A telephone number that works, of those reserved for fiction: 555-0100 to 555-0199."""
    for attempt in range(10_000):
        code = area if attempt < 3 else str(world.chance.whole(202, 989))  # noqa: PLR2004
        number = f"+1{code}55501{world.chance.whole(0, 99):02d}"
        # 211, 311, … are services and no area.
        if not code.endswith("11") and f"phone:{number}" not in world.real:
            world.real[f"phone:{number}"] = None
            return number
    raise RuntimeError("no telephone numbers are left for so many people")


def _household(world: World) -> Household:
    chance = world.chance
    number = world.next_number("household")
    block = chance.pick(("192.0.2", "198.51.100", "203.0.113"))
    household = Household(
        id=f"hh_{number:05d}",
        street=f"{chance.whole(1, 240)} {chance.pick(world.words.streets)}",
        shop=chance.pick(world.words.shops),
        ip=f"{block}.{chance.whole(1, 254)}",
    )
    world.households.append(household)
    return household


def _move_in(world: World, household: Household, last: str) -> None:
    chance, odds = world.chance, world.odds
    person = Person(
        id=f"person_{len(world.people) + 1:05d}",
        first=chance.pick(world.words.first_names),
        last=last,
        household=household,
        since=world.start,
        keenness=min(5.0, 0.15 + 0.85 * chance.exponential()),  # a few come often, most seldom
        consent=chance.weighted(
            (
                ({"Functional": True, "Analytics": True, "Advertising": True}, 62),
                ({"Functional": True, "Analytics": True, "Advertising": False}, 16),
                ({"Functional": True, "Analytics": False, "Advertising": False}, 22),
            )
        ),
    )
    if chance.happens(0.4):
        person.since = chance.moment(world.start, world.until)
    if chance.happens(odds.employee):
        person.employer = chance.pick(world.words.companies)
    _give_addresses(world, person)
    _give_numbers(world, person)
    person.browsers.append(new_browser(world, "mobile", household.ip))
    for kind, share in (("desktop", odds.own_computer), ("tablet", odds.own_tablet)):
        if chance.happens(share):
            person.browsers.append(new_browser(world, kind, household.ip))
    if chance.happens(odds.work_computer):
        person.browsers.append(new_browser(world, "desktop", f"203.0.113.{chance.whole(1, 254)}"))
    household.members.append(person)
    world.people.append(person)


def _give_addresses(world: World, person: Person) -> None:
    chance = world.chance
    _own_address(world, person, chance.weighted(world.words.providers))
    if person.employer:
        _own_address(world, person, person.employer.domain)
    elif chance.happens(world.odds.second_address):
        _own_address(world, person, chance.weighted(world.words.providers))


def _own_address(world: World, person: Person, domain: str) -> None:
    first, last = _plain(person.first), _plain(person.last)
    number = str(world.chance.whole(1, 99))
    patterns = [(f"{first}.{last}", 5.0), (f"{first[0]}{last}", 2.0), (f"{first}{last}", 2.0)]
    patterns += [(f"{first}_{last}", 1.0), (f"{first}.{last}{number}", 3.0)]
    patterns += [(f"{first}{number}", 1.0)]
    local = world.chance.weighted(patterns)
    while f"email:{local}@{domain}" in world.real:
        local += str(world.chance.whole(0, 9))
    address = f"{local}@{domain}"
    world.real[f"email:{address}"] = None
    world.owns(person, "email", address)
    person.emails.append(address)


def _give_numbers(world: World, person: Person) -> None:
    for _ in range(1 + world.chance.happens(world.odds.second_phone)):
        number = new_number(world, person.household.shop.area)
        world.owns(person, "phone", number)
        person.phones.append(number)


def _share(world: World, household: Household) -> None:
    """What the people of a household have together."""
    chance, odds = world.chance, world.odds
    if chance.happens(odds.landline):
        household.landline = new_number(world, household.shop.area)
        for member in household.members:
            world.owns(member, "phone", household.landline)
    if len(household.members) == 1:
        return
    if chance.happens(odds.shared_computer):
        household.computer = new_browser(world, "desktop", household.ip)
    if chance.happens(odds.shared_tablet):
        household.tablet = new_browser(world, "tablet", household.ip)
    household.one_login = chance.happens(odds.one_login)
    household.one_card = chance.happens(odds.one_card)
    if chance.happens(odds.family_mailbox):
        last = _plain(household.members[0].last)
        household.mailbox = f"family.{last}{household.id[-4:]}@brightmail.example.com"
        world.real[f"email:{household.mailbox}"] = None
        for member in household.members:
            world.owns(member, "email", household.mailbox)
            # Who has a family address often has no other one.
            if chance.happens(0.6):
                member.emails = [household.mailbox]
            else:
                member.emails.append(household.mailbox)


def _staff_the_shops(world: World) -> None:
    chance, odds = world.chance, world.odds
    count = max(
        _STAFF_OF_A_SHOP_AT_LEAST * len(world.words.shops), round(odds.staff * len(world.people))
    )
    for number in range(count):
        shop = world.words.shops[number % len(world.words.shops)]
        person = chance.pick(world.people)
        person.works_at = shop
        person.lends_card = chance.happens(odds.lends_card)
        world.staff.setdefault(shop.id, []).append(person)


def _public(world: World) -> Browser:
    browser = new_browser(world, "kiosk", f"198.51.100.{world.chance.whole(1, 254)}")
    browser.public = True
    return browser


def _surname(world: World) -> str:
    return world.chance.pick(world.words.surnames)


def _plain(name: str) -> str:
    """A name as it is written in an address: no accents, no apostrophes."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed.lower() if "a" <= letter <= "z")
