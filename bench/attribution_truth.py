"""How far each model of attribution is from what really caused the demo's orders.

The demo's generator knows which touches made somebody buy, each with a pull that fades; and who
would have bought anyway, whom no model can know. A cause's share of an order is the same for all of
its causes. Compared are the shares of the channels: the distance is the total variation, half the
sum of the differences, which is the part of the credit that stands at a wrong channel.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.plot import bars
from bench.scratch import Scratch, scratch
from bench.statements import statement
from service.demo.generate import PEOPLE, SEED, generate
from service.demo.truth import SOURCES, Demo
from service.identity.rules import load_rules
from service.ingest.message import parse_message
from service.ingest.record import record
from service.ingest.rows import Received
from service.journey.attributing import gather_paths
from service.journey.attribution.attribute import attribute
from service.journey.attribution.models import MODELS
from service.journey.attribution.paths import UNTOUCHED
from service.journey.paths import Wanted

_CONVERSION = "Order Completed"
_AFTER_ALL = datetime(2100, 1, 1, tzinfo=UTC)
_AT_ONCE = 500
_BASELINE = "all touchpoints alike"
_WITHOUT_DIRECT = ", no direct"
_CHANNELS = statement("channels_of")


@dataclass(frozen=True, slots=True)
class Found:
    """Shares of each channel: the true ones, and those by each model and the baseline."""

    orders: int
    caused: int
    true: dict[str, float]
    shares: dict[str, dict[str, float]]

    def distance(self, model: str) -> float:
        """Which part of the credit stands at a wrong channel, from 0 to 1."""
        names = {*self.true, *self.shares[model]}
        given = self.shares[model]
        return sum(abs(self.true.get(one, 0.0) - given.get(one, 0.0)) for one in names) / 2


async def measure(console: Console, seed: int = SEED, people: int = PEOPLE) -> Found:
    """Load the demo, credit its orders by every model, and compare with what caused them."""
    demo = generate(seed, people)
    async with scratch(console) as there:
        await _load(there, demo, console)
        true, caused = await _truth(there, demo)
        shares: dict[str, dict[str, float]] = {}
        for what, transforms in (("", ()), (_WITHOUT_DIRECT, ("without_direct",))):
            wanted = Wanted(conversion=_CONVERSION, transforms=transforms)
            paths, _ = await gather_paths(there.graph, wanted)
            for one in attribute(paths, [model() for model in MODELS.values()]):
                given = dict(zip(one.names, one.conversions.tolist(), strict=True))
                shares[one.model.name.replace("_", " ") + what] = _shares(given)
            alike = np.bincount(paths.touches, minlength=len(paths.names)).tolist()
            shares[_BASELINE + what] = _shares(dict(zip(paths.names, alike, strict=True)))
        return Found(int(paths.conversions.sum()), caused, true, shares)


async def _load(there: Scratch, demo: Demo, console: Console) -> None:
    rules, channels = load_rules(), {one.id: one.channel for one in SOURCES}
    for begin in range(0, len(demo.messages), _AT_ONCE):
        console.print(f"{begin:>9,} messages", highlight=False, end="\r")
        received = [
            Received(
                parse_message(one.body, _AFTER_ALL, rules, new_id="-"),
                one.source,
                channels[one.source],
            )
            for one in demo.messages[begin : begin + _AT_ONCE]
        ]
        await record(there.graph, rules, received)


async def _truth(there: Scratch, demo: Demo) -> tuple[dict[str, float], int]:
    """The share of each channel of the orders that touches caused, and how many these are."""
    causes = [because for because in demo.truth.causes.values() if because]
    ids = sorted({id_ for because in causes for id_ in because})
    channel: dict[str, str] = {
        row["message_id"]: row["channel"] for row in await there.graph.run(_CHANNELS, ids=ids)
    }
    won: defaultdict[str, float] = defaultdict(float)
    for because in causes:
        for name, times in Counter(channel[one] for one in because).items():
            won[name] += times / len(because)
    return _shares(won), len(causes)


def _shares(won: Mapping[str, float]) -> dict[str, float]:
    """What each channel has of what all channels have."""
    total = sum(each for name, each in won.items() if name != UNTOUCHED)
    return {name: each / total for name, each in won.items() if name != UNTOUCHED}


def show(found: Found, console: Console) -> None:
    """Print the distances, and the shares."""
    console.print(
        f"{found.orders:,} orders, {found.caused:,} of them caused by touches", highlight=False
    )
    models = _in_order(found)
    distances = Table("", "distance", title="From the truth, the nearest first")
    for model in models:
        distances.add_row(model, f"{found.distance(model):.3f}")
    console.print(distances)
    shown = (models[0], _BASELINE)
    table = Table("", "true", *shown, title="Shares")
    names = {name for given in (found.true, *found.shares.values()) for name in given}
    for name in sorted(names, key=lambda one: -found.true.get(one, 0.0)):
        given = [found.true, *(found.shares[model] for model in shown)]
        table.add_row(name, *(f"{one.get(name, 0.0):.1%}" for one in given))
    console.print(table)


def draw(found: Found) -> str:
    """The distances as SVG."""
    return bars(
        "How far each model is from what caused the demo's orders",
        "part of the credit at a wrong channel (total variation distance)",
        {one: found.distance(one) for one in _in_order(found)},
    )


def _in_order(found: Found) -> Sequence[str]:
    return sorted(found.shares, key=found.distance)
