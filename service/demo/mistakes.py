"""What becomes of an address or a number on its way from a mouth to a keyboard."""

from __future__ import annotations

from service.demo.people import Person
from service.demo.wire import key_of
from service.demo.world import World

PLACEHOLDER_EMAIL = "none@example.com"


def heard_email(world: World, person: Person, address: str) -> str:
    """The address as staff type it."""
    if world.chance.happens(world.odds.placeholder_email):
        return PLACEHOLDER_EMAIL
    written = address
    if world.chance.happens(world.odds.mistyped_email):
        written = _mistype_email(world, address)
    _belongs_to_giver(world, person, "email", written)
    style = world.chance.random()
    # Till keyboards have caps lock; CRMs like a capital letter.
    return written.upper() if style < 0.03 else written.capitalize() if style < 0.1 else written  # noqa: PLR2004


def heard_phone(world: World, person: Person, number: str) -> str:
    """The number as staff type it."""
    written = number
    if world.chance.happens(world.odds.mistyped_phone):
        written = _mistype_phone(world, number)
    _belongs_to_giver(world, person, "phone", written)
    if world.chance.happens(world.odds.national_phone):
        return f"({written[2:5]}) {written[5:8]}-{written[8:]}"
    return written


def _belongs_to_giver(world: World, person: Person, namespace: str, written: str) -> None:
    """A value that nobody has is now one of this person's; a real one stays its owner's."""
    key = key_of(namespace, written)
    if key and key not in world.real:
        world.owns(person, namespace, written)


def _mistype_email(world: World, address: str) -> str:
    chance = world.chance
    local, _, domain = address.partition("@")
    place = chance.whole(1, len(local) - 2)
    kinds = [
        (local[:place] + local[place + 1 :] + "@" + domain, 4.0),  # a letter forgotten
        (local[:place] + local[place] + local[place:] + "@" + domain, 3.0),  # or twice
        (local[:place] + local[place + 1] + local[place] + local[place + 2 :] + "@" + domain, 2.0),
        (local + "@" + domain.replace("mail", "mial").replace("box", "bix"), 1.0),
        (local + "@" + domain.removesuffix(domain[-3:]) + "com", 1.0),  # .net, .org heard as .com
    ]
    if "." in local:
        kinds.append((local.replace(".", "", 1) + "@" + domain, 3.0))
    return chance.weighted(kinds).replace("..", ".").replace(".@", "@")


def _mistype_phone(world: World, number: str) -> str:
    """Change a digit where the number stays among those reserved for fiction, or lose one.

    A lost digit leaves what is no number at all.
    """
    chance = world.chance
    area, last = number[2:5], number[-2:]
    wrong_area = area[:2] + str((int(area[2]) + chance.whole(1, 9)) % 10)
    wrong_last = str((int(last) + chance.whole(1, 9) * chance.pick((1, 10))) % 100).zfill(2)
    kinds = [
        ("+1" + wrong_area + number[5:], 5.0),
        (number[:-2] + wrong_last, 3.0),
        (number[:-1], 2.0),
    ]
    return chance.weighted(kinds)
