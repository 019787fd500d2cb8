"""The names of things in the demo, read from words.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop, and the till system that it has."""

    id: str
    town: str
    till: str
    postal_code: str
    area: str
    kiosk: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """Something to buy."""

    sku: str
    name: str
    category: str
    price: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """A way of finding the site, and how far it moves somebody to buy."""

    weight: float
    pull: float
    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    click_id: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A kind of browser. It forgets its cookies after so many days without a visit."""

    kind: str
    weight: float
    text: str
    forgets_after: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of telephone."""

    system: str
    maker: str
    model: str
    version: str
    weight: float


@dataclass(frozen=True, slots=True)
class Company:
    """A customer that is a company."""

    id: str
    name: str
    industry: str
    domain: str


@dataclass(frozen=True, slots=True)
class Words:
    """All of words.toml."""

    site: str
    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    nicknames: dict[str, str]
    providers: tuple[tuple[str, float], ...]
    shops: tuple[Shop, ...]
    products: tuple[Product, ...]
    arrivals: tuple[tuple[Arrival, float], ...]
    agents: tuple[Agent, ...]
    handsets: tuple[tuple[Model, float], ...]
    companies: tuple[Company, ...]

    def agents_for(self, kind: str) -> tuple[tuple[Agent, float], ...]:
        """The browsers of a desktop, mobile, tablet or kiosk, with their shares."""
        return tuple((agent, agent.weight) for agent in self.agents if agent.kind == kind)


@cache
def load_words() -> Words:
    """Read words.toml."""
    file = resources.files("service.demo").joinpath("words.toml")
    raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return Words(
        site=raw["site"],
        first_names=tuple(raw["first_names"]),
        surnames=tuple(raw["surnames"]),
        streets=tuple(raw["streets"]),
        nicknames=raw["nicknames"],
        providers=tuple(raw["providers"].items()),
        shops=tuple(Shop(**row) for row in raw["shops"]),
        products=tuple(Product(**row) for row in raw["products"]),
        arrivals=tuple((Arrival(**row), row["weight"]) for row in raw["arrivals"]),
        agents=tuple(Agent(**row) for row in raw["agents"]),
        handsets=tuple((Model(**row), row["weight"]) for row in raw["handsets"]),
        companies=tuple(Company(**row) for row in raw["companies"]),
    )
