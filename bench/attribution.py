"""Every model of attribution beside three public libraries, and last touch beside DuckDB.

Each side gets the same paths in the form that it wants, and only its crediting is timed; reading
the paths in is a row of its own. All run in turn, in one process. DuckDB has as many threads as the
machine, and so have polars below marketing-attribution-models (`mam`) and the inverse of a small
Markov graph; all else has one.

Not all is the same work. mta gets equal paths in one row, as it wants them; its `time_decay` weighs
by rank, and its `markov` leaves out walks that nobody took. mam gives credits path by path as well.
`tests/unit/test_attribution_beside.py` says where the credits are the same.
"""

from __future__ import annotations

import contextlib
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import duckdb
import mam
import mta
import numpy as np
import pandas as pd
import polars as pl
import shapley_attribution as shapley
from rich.console import Console
from rich.table import Table

from service.journey.attribution.attribute import attribute
from service.journey.attribution.models import (
    FirstTouch,
    LastNonDirect,
    LastTouch,
    Linear,
    Markov,
    Model,
    OrderedShapley,
    PositionBased,
    Shapley,
    SimplifiedShapley,
    TimeDecay,
)
from service.journey.attribution.paths import Path, Paths

Work: TypeAlias = Callable[[], object]

OURS = "knoop"
READING = "reading the paths"
_CHANNELS = 10
_LENGTH = 5
_CONVERTED = 0.1
# Up to here shapley-attribution's ordered form goes along: for every set, channel and position it
# looks at every path.
_ORDERED = 10_000
# What took longer is not done again: it is not a question of a few per cent then.
_ONCE = 3.0
_LAST_TOUCH = """
SELECT channel, sum(conversions) AS conversions, sum(value) AS value
FROM (
    SELECT path, arg_max(channel, moment) AS channel
    FROM events JOIN ends USING (path)
    WHERE conversions > 0 AND moment <= ended
    GROUP BY path
) JOIN ends USING (path)
GROUP BY channel
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many touchpoints, and how often each side does it."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    rounds: int = 5
    seed: int = 1


@dataclass(slots=True)
class Found:
    """Seconds by touchpoints, what was done, and who did it: the best of all rounds."""

    plan: Plan
    seconds: dict[tuple[int, str, str], float] = field(default_factory=dict)

    def by(self, size: int, what: str, side: str = OURS) -> float | None:
        """Seconds, if that side does this."""
        return self.seconds.get((size, what, side))

    def times(self, size: int, what: str, side: str) -> float | None:
        """How many times as long as ours it took."""
        ours, theirs = self.by(size, what), self.by(size, what, side)
        return theirs / ours if ours and theirs else None


def measure(plan: Plan, console: Console) -> Found:
    """Have every side do what it can, at each size."""
    found = Found(plan)
    logging.disable()
    for size in plan.sizes:
        rows = draw(size, plan.seed)
        for what, sides in _work(rows):
            console.print(f"{size:>9,} {what}", highlight=False)
            for side, seconds in _in_turn(sides, plan.rounds).items():
                found.seconds[size, what, side] = seconds
    return found


def draw(touchpoints: int, seed: int) -> list[Path]:
    """Paths of five touchpoints in the mean, over ten channels of which some are frequent."""
    chance = np.random.default_rng(seed)
    channels = [f"channel_{number}" for number in range(_CHANNELS - 1)] + ["direct"]
    often = 1 / np.arange(1, _CHANNELS + 1)
    rows, drawn = [], 0
    while drawn < touchpoints:
        length = min(int(chance.geometric(1 / _LENGTH)), touchpoints - drawn)
        drawn += length
        touches = chance.choice(_CHANNELS, length, p=often / often.sum())
        before = np.sort(chance.integers(0, 30 * 86_400, length))[::-1].astype(float)
        converted = bool(chance.random() < _CONVERTED)
        value = float(chance.integers(5, 500)) if converted else 0.0
        rows.append(
            Path(
                [channels[one] for one in touches], before.tolist(), converted, not converted, value
            )
        )
    return rows


def _work(rows: Sequence[Path]) -> Iterator[tuple[str, dict[str, Work]]]:
    """What is done, and how each side does it."""
    paths = Paths.read(rows)
    there, pairs, table = _journeys(rows), _pairs(paths), _connected(rows)
    theirs = _mam(there)
    journeys = [list(row.touches) for row in rows]
    conversions = [int(row.conversions) for row in rows]
    counted = _mta(pairs)

    def ours(model: Model) -> Work:
        return lambda: attribute(paths, [model])

    def fits(peer: Any) -> Work:
        return lambda: peer(normalize=False).fit(journeys, conversions)

    yield (
        READING,
        {OURS: lambda: Paths.read(rows), "mta": lambda: _mta(pairs), "mam": lambda: _mam(there)},
    )
    yield "equal paths grouped", {OURS: paths.grouped}
    yield (
        "first touch",
        {
            OURS: ours(FirstTouch()),
            "shapley-attribution": fits(shapley.FirstTouchAttribution),
            "mta": counted.first_touch,
            "mam": theirs.run_first_click,
        },
    )
    yield (
        "last touch",
        {
            OURS: ours(LastTouch()),
            "shapley-attribution": fits(shapley.LastTouchAttribution),
            "mta": counted.last_touch,
            "mam": theirs.run_last_click,
            "DuckDB": lambda: table.execute(_LAST_TOUCH).fetchall(),
        },
    )
    yield "last non-direct", {OURS: ours(LastNonDirect())}
    yield (
        "linear",
        {
            OURS: ours(Linear()),
            "shapley-attribution": fits(shapley.LinearAttribution),
            "mta": lambda: counted.linear(share="proportional"),
            "mam": theirs.run_linear,
        },
    )
    yield (
        "position-based",
        {
            OURS: ours(PositionBased()),
            "shapley-attribution": fits(shapley.PositionBasedAttribution),
            "mta": counted.position_based,
            "mam": theirs.run_position_based,
        },
    )
    yield (
        "time decay",
        {
            OURS: ours(TimeDecay()),
            "shapley-attribution": fits(shapley.TimeDecayAttribution),
            "mta": counted.time_decay,
            "mam": theirs.run_time_decay,
        },
    )
    yield (
        "Markov, order 1",
        {OURS: ours(Markov()), "mta": counted.markov, "mam": theirs.run_markov},
    )
    for order in (2, 3, 4):
        yield f"Markov, order {order}", {OURS: ours(Markov(order))}
    yield (
        "Shapley, by rates",
        {OURS: ours(Shapley()), "mam": lambda: theirs.run_shapley(max_size=None)},
    )
    yield "Shapley, by rates, drawn", {OURS: ours(Shapley(exact_up_to=5))}
    yield (
        "Shapley, simplified",
        {
            OURS: ours(SimplifiedShapley()),
            "shapley-attribution": fits(shapley.SimplifiedShapleyAttribution),
            "mta": counted.shapley,
        },
    )
    yield (
        "Shapley, ordered",
        {OURS: ours(OrderedShapley())}
        | (
            {"shapley-attribution": fits(shapley.OrderedShapleyAttribution)}
            if len(paths.touches) <= _ORDERED
            else {}
        ),
    )


def _in_turn(sides: dict[str, Work], rounds: int) -> dict[str, float]:
    """Seconds of each, in its best round: what else the machine does only takes longer."""
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(rounds):
        for side, work in sides.items():
            if number and min(seconds[side]) > _ONCE:
                continue
            began = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):  # mta tells what it does.
                work()
            seconds[side].append(time.perf_counter() - began)
    return {side: min(each) for side, each in seconds.items()}


def _journeys(rows: Sequence[Path]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "journey_id": range(len(rows)),
            "channels": [" > ".join(row.touches) for row in rows],
            "hours": [" > ".join(str(each / 3600) for each in row.before or ()) for row in rows],
            "converted": [bool(row.conversions) for row in rows],
            "value": [row.value for row in rows],
        }
    )


def _mam(table: pl.DataFrame) -> Any:
    return mam.MAM(
        table,
        format_type="journey",
        channels_colname="channels",
        journey_with_conv_colname="converted",
        user_id_colname="journey_id",
        time_till_conv_colname="hours",
        conversion_value_colname="value",
    )


def _pairs(paths: Paths) -> pd.DataFrame:
    """Equal paths in one row, as mta wants them."""
    grouped = paths.grouped()
    names = np.array(grouped.names, dtype=object)[grouped.touches]
    return pd.DataFrame(
        {
            "path": [" > ".join(part) for part in np.split(names, grouped.starts[1:-1])],
            "total_conversions": grouped.conversions,
            "total_null": grouped.losses,
        }
    )


def _mta(table: pd.DataFrame) -> Any:
    return mta.MTA(table, allow_loops=True, add_timepoints=False, normalize_by_default=False)


def _connected(rows: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """The touchpoints as a table of events, in no order, and the paths' ends as another."""
    paths = Paths.read(rows)
    assert paths.before is not None  # noqa: S101
    mixed = np.random.default_rng(0).permutation(len(paths.touches))
    events = pl.DataFrame(
        {
            "path": paths.owners[mixed],
            "moment": -paths.before[mixed],
            "channel": np.array(paths.names)[paths.touches[mixed]],
        }
    ).to_arrow()
    ends = pl.DataFrame(
        {
            "path": range(len(paths)),
            "ended": 0.0,
            "conversions": paths.conversions,
            "value": paths.value,
        }
    ).to_arrow()
    connection = duckdb.connect()
    for name, table in (("events", events), ("ends", ends)):
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608
        connection.unregister("given")
    return connection


def show(found: Found, console: Console) -> None:
    """Print what a touchpoint costs, how that grows, and how many times as long others take."""
    sizes = found.plan.sizes
    work = list(dict.fromkeys(what for _, what, _ in found.seconds))
    costs = Table(
        "knoop",
        *(f"{size:,}" for size in sizes),
        "growth",
        title="Nanoseconds a touchpoint",
    )
    for what in work:
        each = [(found.by(size, what) or 0.0) / size * 1e9 for size in sizes]
        costs.add_row(what, *(f"{one:,.0f}" for one in each), f"{each[-1] / each[0]:.2f}")
    console.print(costs)
    sides = [side for side in dict.fromkeys(side for *_, side in found.seconds) if side != OURS]
    for size in sizes:
        table = Table("", *sides, title=f"{size:,} touchpoints: times as long as knoop")
        for what in work:
            times = [found.times(size, what, side) for side in sides]
            if any(times):
                table.add_row(what, *(f"{one:,.1f}" if one else "" for one in times))
        console.print(table)
