"""How well the graph's profiles agree with the demo's truth, beside what anybody could do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service.demo.generate import generate
from service.demo.score import Score, score
from service.errors import NotFoundError
from service.identity.components import connected_components
from service.store.graph import Graph
from service.store.procedures import procedure


@dataclass(frozen=True, slots=True)
class _Profile:
    id: str
    keys: list[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    a: str
    b: str


_PROFILES = procedure("profiles_all", _Profile)
_LINKS = procedure("links_all", _Pair)


async def score_of_graph(graph: Graph) -> tuple[Score, Score]:
    """The score of the graph's profiles, and that of plain connected components.

    Raises:
        NotFoundError: the demo is not in this graph.
    """
    truth = (await asyncio.to_thread(generate)).truth
    profiles = [row.keys for row in await graph.read(_PROFILES)]
    if not any(key in truth.person_of for keys in profiles for key in keys):
        raise NotFoundError("the demo is not in this graph: load it with knoop up --demo")
    links = await graph.read(_LINKS)
    components = connected_components(
        (key for keys in profiles for key in keys), ((link.a, link.b) for link in links)
    )
    return score(profiles, truth, components), score(components, truth, components)
