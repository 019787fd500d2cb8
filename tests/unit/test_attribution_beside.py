"""The models beside three public libraries, which were written without knowing of each other.

Where a library works out the same thing, the credits are the same within 1e-9. Where it does not,
its docstring or code says what it does instead, and the test shows that this is the difference:

- shapley-attribution's ordered form credits paths that did not convert, too. Its Monte Carlo and
  path forms ask a classifier that it trains for the worth of a set, and so are other models.
- mta's `time_decay` weighs by rank, and knows no half-life. Its `markov` adds up only walks that
  somebody took, and leaves out all others that the graph allows.
- marketing-attribution-models shares each path's conversion by the removal effects of its own
  touchpoints, where Anderl et al. share all conversions at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

import mam
import mta
import numpy as np
import polars as pl
import pytest
import shapley_attribution as peers

from service.journey.attribution.attribute import attribute
from service.journey.attribution.markov import removal_effects
from service.journey.attribution.models import (
    FirstTouch,
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

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
NAMES = ["ads", "direct", "mail", "search", "social", "store"]


def _drawn(people: int = 400) -> list[Path]:
    """Paths with repeats, of which some converted, each once."""
    chance = np.random.default_rng(7)
    rows = []
    for _ in range(people):
        length = int(chance.geometric(0.3))
        touches = [NAMES[int(one)] for one in chance.integers(0, len(NAMES), length)]
        before = np.sort(chance.uniform(0, 30 * 86_400, length))[::-1].tolist()
        converted = chance.random() < 0.2 + 0.1 * ("mail" in touches)
        value = float(chance.integers(1, 100)) if converted else 0.0
        rows.append(Path(touches, before, int(converted), int(not converted), value))
    return rows


ROWS = _drawn()
CONVERTED = [row for row in ROWS if row.conversions]


def _close(theirs: Mapping[Any, float]) -> Any:
    return pytest.approx(dict(theirs), abs=1e-9, rel=1e-9)


def _ours(model: Model, rows: list[Path] = ROWS) -> dict[str, float]:
    [found] = attribute(Paths.read(rows, NAMES), [model])
    return dict(zip(NAMES, found.conversions.tolist(), strict=True))


def _in_seconds(rows: list[Path]) -> list[Path]:
    """As if each touch were a second after the one before."""
    return [row._replace(before=range(len(row.touches) - 1, -1, -1)) for row in rows]


@pytest.mark.parametrize(
    ("model", "peer"),
    [
        (FirstTouch(), peers.FirstTouchAttribution),
        (LastTouch(), peers.LastTouchAttribution),
        (Linear(), peers.LinearAttribution),
        (PositionBased(), peers.PositionBasedAttribution),
        (TimeDecay(SECOND), peers.TimeDecayAttribution),  # It halves by touch, not by time.
        (SimplifiedShapley(), peers.SimplifiedShapleyAttribution),
    ],
)
def test_shapley_attribution_credits_the_same(model: Model, peer: type[Any]) -> None:
    journeys = [list(row.touches) for row in ROWS]
    theirs = peer(normalize=False).fit(journeys, [row.conversions for row in ROWS])
    assert _ours(model, _in_seconds(ROWS)) == _close(theirs.get_attribution())


def test_shapley_attribution_has_the_same_ordered_form_where_all_converted() -> None:
    """It does not ask who converted; given all, it credits more than there were conversions."""
    theirs = peers.OrderedShapleyAttribution(normalize=False)
    theirs.fit([list(row.touches) for row in CONVERTED])
    [found] = attribute(Paths.read(CONVERTED, NAMES), [OrderedShapley()])
    assert dict(zip(found.names, found.conversions, strict=True)) == _close(
        theirs.get_attribution()
    )
    assert found.positions is not None
    columns = (found.positions.names, found.positions.positions, found.positions.conversions)
    ours = {(NAMES[name], place): credited for name, place, credited in zip(*columns, strict=True)}
    assert ours == _close(
        {
            (name, place): credited
            for name, places in theirs.position_attribution_.items()
            for place, credited in enumerate(places, 1)
            if credited
        }
    )
    journeys = [list(row.touches) for row in ROWS]
    theirs.fit(journeys, [row.conversions for row in ROWS])
    assert sum(theirs.get_attribution().values()) == pytest.approx(len(ROWS))


def _mta(rows: list[Path], *, allow_loops: bool = True) -> Any:
    grouped = Paths.read(row._replace(before=None) for row in rows).grouped()
    names = np.array(grouped.names, dtype=object)[grouped.touches]
    table = {
        "path": [" > ".join(part) for part in np.split(names, grouped.starts[1:-1])],
        "total_conversions": grouped.conversions,
        "total_null": grouped.losses,
    }
    return mta.MTA(
        pl.DataFrame(table).to_pandas(),
        allow_loops=allow_loops,
        add_timepoints=False,
        normalize_by_default=False,
    )


@pytest.mark.parametrize(
    ("model", "method", "given"),
    [
        (FirstTouch(), "first_touch", {}),
        (LastTouch(), "last_touch", {}),
        (Linear(), "linear", {"share": "proportional"}),
        (SimplifiedShapley(), "linear", {"share": "same"}),
        (SimplifiedShapley(), "shapley", {}),  # From all 64 coalitions, one by one.
        (PositionBased(), "position_based", {}),
        (PositionBased(0.2, 0.6), "position_based", {"first_weight": 20, "last_weight": 60}),
    ],
)
def test_mta_credits_the_same(model: Model, method: str, given: dict[str, Any]) -> None:
    [credited] = getattr(_mta(ROWS), method)(**given).attribution.values()
    assert _ours(model) == _close(credited)


def test_mta_credits_the_same_where_repeats_are_collapsed() -> None:
    [credited] = _mta(ROWS, allow_loops=False).linear(share="proportional").attribution.values()
    rows = [
        row._replace(touches=[name for name, _ in groupby(row.touches)], before=None)
        for row in ROWS
    ]
    [found] = attribute(Paths.read(rows, NAMES), [Linear()])
    ours = dict(zip(found.names, found.conversions.tolist(), strict=True))
    assert ours == _close(credited)


def test_mta_has_the_same_removal_effects_where_all_walks_were_taken() -> None:
    """The graph of these allows a, a b and c, and nothing else."""
    rows = [
        Path(["ads", "mail"], conversions=2, losses=1),
        Path(["ads"], conversions=1, losses=2),
        Path(["store"], conversions=1, losses=3),
    ]
    theirs = _mta(rows).markov().attribution["markov"]
    [found] = attribute(Paths.read(rows), [Markov()])
    assert found.removal_effects is not None
    ours = dict(zip(found.names, found.removal_effects.tolist(), strict=True))
    assert ours == _close(theirs)


def test_mta_leaves_out_what_nobody_walked() -> None:
    """One converts by a b c and one by b: the graph allows a b and b c as well, each with 1/4.

    So whoever begins, converts, and mta knows of half of it.
    """
    there = _mta([Path(["ads", "mail", "store"]), Path(["mail"])])
    assert there.prob_convert(there.transition_matrix()) == pytest.approx(0.5)
    # With many turns it knows of less, and the effects are others.
    theirs = _mta(ROWS).markov()
    known = theirs.prob_convert(theirs.transition_matrix())
    assert known < 0.9 * len(CONVERTED) / len(ROWS)
    effects = removal_effects(Paths.read(ROWS, NAMES), 1)[:, 0].tolist()
    other = [theirs.attribution["markov"][name] for name in NAMES]
    assert max(abs(one - two) for one, two in zip(effects, other, strict=True)) > 0.01


def _mam() -> Any:
    table = {
        "journey_id": range(len(ROWS)),
        "channels": [" > ".join(row.touches) for row in ROWS],
        "hours": [" > ".join(repr(each / 3600) for each in row.before or ()) for row in ROWS],
        "converted": [bool(row.conversions) for row in ROWS],
        "value": [row.value for row in ROWS],
    }
    return mam.MAM(
        pl.DataFrame(table),
        format_type="journey",
        channels_colname="channels",
        journey_with_conv_colname="converted",
        user_id_colname="journey_id",
        time_till_conv_colname="hours",
        conversion_value_colname="value",
    )


@pytest.mark.parametrize(
    ("model", "method", "given"),
    [
        (FirstTouch(), "run_first_click", {}),
        (LastTouch(), "run_last_click", {}),
        (Linear(), "run_linear", {}),
        (PositionBased(), "run_position_based", {}),
        (TimeDecay(30 * HOUR), "run_time_decay", {"half_life_hours": 30}),
        (Shapley(), "run_shapley", {"max_size": None}),
    ],
)
def test_marketing_attribution_models_credits_the_same_value(
    model: Model, method: str, given: dict[str, Any]
) -> None:
    theirs = getattr(_mam(), method)(**given).to_polars()
    credited = dict(theirs.iter_rows())
    [found] = attribute(Paths.read(ROWS, NAMES), [model])
    ours = dict(zip(NAMES, found.value.tolist(), strict=True))
    assert ours == _close(credited)


@pytest.mark.parametrize("same_state", [False, True])
def test_marketing_attribution_models_has_the_same_removal_effects(same_state: bool) -> None:
    """With steps from a name to itself and without: they do not change where one goes on to."""
    there = _mam().run_markov(transition_to_same_state=same_state)
    theirs = there.metadata["removal_effect"]["removal_effect"].to_dict()
    effects = removal_effects(Paths.read(ROWS, NAMES), 1)[:, 0]
    ours = dict(zip(NAMES, effects.tolist(), strict=True))
    assert ours == _close(theirs)
    # What it credits is another thing: each path's value, in proportion to its touches' effects.
    expected = dict.fromkeys(NAMES, 0.0)
    for row in CONVERTED:
        for name in row.touches:
            of_path = sum(ours[each] for each in row.touches)
            expected[name] += row.value * ours[name] / of_path
    assert expected == _close(dict(there.to_polars().iter_rows()))
