"""What leads to an order, what is in it, and what comes after."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from service.demo import support
from service.demo.people import Person, Touch
from service.demo.wire import Who
from service.demo.world import World

_HALF_LIFE = timedelta(days=5)
_FORGOTTEN_AFTER = timedelta(days=30)
_ONE_VISIT = timedelta(hours=1)
_JUST_LOOKING = 0.4


def touch(person: Person, message_id: str, at: datetime, pull: float) -> None:
    """Remember something that may move this person to buy, now or in the coming weeks."""
    if pull:
        person.touches.append(Touch(message_id, at, pull))


def decide(world: World, person: Person, at: datetime, anyway: float) -> tuple[str, ...] | None:
    """Whether this person buys now: None if not, else the messages of the touches that made it.

    Each touch that is not forgotten makes it happen, independently of the others, with its pull
    halved every five days; in the visit that it began most people only look. Who would have
    bought anyway was moved by none of them.
    """
    person.touches = [t for t in person.touches if at - t.at < _FORGOTTEN_AFTER]
    bought_anyway = world.chance.happens(anyway)
    causes = tuple(t.message_id for t in person.touches if world.chance.happens(_pull_now(t, at)))
    if not bought_anyway and not causes:
        return None
    person.touches.clear()
    return () if bought_anyway else causes


def _pull_now(touch: Touch, at: datetime) -> float:
    age = at - touch.at
    fresh = _JUST_LOOKING if age < _ONE_VISIT else 1.0
    return touch.pull * fresh * math.exp2(-(age / _HALF_LIFE))


def basket(world: World) -> dict[str, Any]:
    """What is bought, as the spec's `Order Completed` has it."""
    chance = world.chance
    lines: list[dict[str, Any]] = []
    for _ in range(1 + chance.count(0.8)):
        product = chance.pick(world.words.products)
        quantity = 1 + chance.count(0.25)
        lines.append(
            {
                "product_id": product.sku,
                "name": product.name,
                "category": product.category,
                "price": product.price,
                "quantity": quantity,
            }
        )
    total = sum(line["price"] * line["quantity"] for line in lines)
    return {"total": round(total, 2), "currency": "USD", "products": lines}


def new_order(world: World, series: str, causes: tuple[str, ...]) -> dict[str, Any]:
    """The properties of an order that is placed now, for the reasons given."""
    order_id = f"{series}-{100_000 + world.next_number(series)}"
    world.causes[order_id] = causes
    return {"order_id": order_id, **basket(world)}


def follow_up(
    world: World, person: Person, at: datetime, *, source: str, who: Who, order: dict[str, Any]
) -> None:
    """Some goods come back; some people call about where theirs are."""
    chance = world.chance
    if chance.happens(world.odds.returned):
        refund = {
            "order_id": order["order_id"],
            "total": order["total"],
            "currency": order["currency"],
        }
        # A return is booked on the order, so it names whom the order named.
        send = partial(_refund, world, source, who, refund)
        world.at(at + timedelta(days=2) + chance.wait(timedelta(days=8)), send)
    if chance.happens(world.odds.asks_about_order):
        ask = partial(support.ask, world, person, about=order["order_id"])
        world.at(at + timedelta(hours=20) + chance.wait(timedelta(days=3)), ask)


def _refund(world: World, source: str, who: Who, refund: dict[str, Any], at: datetime) -> None:
    world.send(source, at, "track", who, event="Order Refunded", properties=refund)
