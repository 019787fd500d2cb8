"""The models that share each path's conversions among its own touchpoints, path by path."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from service.errors import InvalidQueryError
from service.journey.attribution.credit import Credits, Positions
from service.journey.attribution.models import (
    FirstTouch,
    LastNonDirect,
    LastTouch,
    Linear,
    OrderedShapley,
    PositionBased,
    SimplifiedShapley,
    TimeDecay,
)
from service.journey.attribution.paths import Floats, Ints, Paths, distinct, totals

Sharing: TypeAlias = (
    FirstTouch
    | LastTouch
    | LastNonDirect
    | Linear
    | PositionBased
    | TimeDecay
    | SimplifiedShapley
    | OrderedShapley
)


def credit_by_shares(model: Sharing, paths: Paths) -> Credits:
    """To each name the sum of its touches' shares, times what their paths brought.

    Raises:
        InvalidQueryError: the model needs times, and the paths have none.
    """
    share, owners, names = shares(model, paths), paths.owners, len(paths.names)
    conversions, value = share * paths.conversions[owners], share * paths.value[owners]
    return Credits(
        model,
        paths.names,
        totals(paths.touches, conversions, names),
        totals(paths.touches, value, names),
        positions=_by_position(paths, conversions, value)
        if isinstance(model, OrderedShapley)
        else None,
    )


def shares(model: Sharing, paths: Paths) -> Floats:
    """Of each touch, its share of its path; those of a path are 1 together.

    Raises:
        InvalidQueryError: the model needs times, and the paths have none.
    """
    match model:
        case FirstTouch():
            return _all_to(paths, paths.starts[:-1])
        case LastTouch():
            return _all_to(paths, paths.starts[1:] - 1)
        case LastNonDirect():
            return _all_to(paths, _last_non_direct(paths, model.direct))
        case Linear():
            return np.repeat(1 / np.maximum(paths.lengths, 1), paths.lengths)
        case PositionBased():
            return _by_ends(paths, model)
        case TimeDecay():
            return _decaying(paths, model.half_life.total_seconds())
        case SimplifiedShapley() | OrderedShapley():
            return _by_names(paths)


def _all_to(paths: Paths, touches: Ints) -> Floats:
    """All to one touch of each path; what is said of a path that has none does not matter."""
    share = np.zeros(len(paths.touches))
    share[touches[paths.lengths > 0]] = 1.0
    return share


def _last_non_direct(paths: Paths, direct: str) -> Ints:
    # The last touch up to each that is no direct visit; before the path, if there is none in it.
    others = np.where(paths.named(direct), -1, np.arange(len(paths.touches)))
    last = np.concatenate([np.maximum.accumulate(others), [-1]])[paths.starts[1:] - 1]
    return np.where(last >= paths.starts[:-1], last, paths.starts[1:] - 1)


def _by_ends(paths: Paths, model: PositionBased) -> Floats:
    lengths = paths.lengths
    between = np.maximum(1 - model.first - model.last, 0) / np.maximum(lengths - 2, 1)
    share = np.repeat(between, lengths)
    ends = model.first + model.last
    alone = model.first / ends if ends else 0.5
    first = np.select([lengths == 1, lengths == 2], [1.0, alone], model.first)  # noqa: PLR2004
    last = np.select([lengths == 1, lengths == 2], [1.0, 1 - alone], model.last)  # noqa: PLR2004
    some = lengths > 0
    share[paths.starts[:-1][some]] = first[some]
    share[paths.starts[1:][some] - 1] = last[some]
    return share


def _decaying(paths: Paths, half_life: float) -> Floats:
    if paths.before is None:
        raise InvalidQueryError("time_decay: needs the times of the touches; these paths have none")
    lengths, owners = paths.lengths, paths.owners
    # Counted from the last touch, so that in a path that ended long ago not all weights are 0.
    newest = paths.before[np.repeat(paths.starts[1:] - 1, lengths)]
    weight = np.exp2((newest - paths.before) / half_life)
    return weight / totals(owners, weight, len(paths))[owners]


def _by_names(paths: Paths) -> Floats:
    """The same to each name of a path, and of that the same to each touch of the name."""
    names = len(paths.names)
    keys = paths.owners * names + paths.touches
    values, inverse, counts = distinct(keys, names * len(paths))
    different = np.bincount(values // max(names, 1), minlength=len(paths))
    return 1 / (different[paths.owners] * counts[inverse])


def _by_position(paths: Paths, conversions: Floats, value: Floats) -> Positions:
    positions = np.arange(len(paths.touches)) - np.repeat(paths.starts[:-1], paths.lengths)
    longest = int(paths.lengths.max(initial=1))
    keys, inverse, _ = distinct(paths.touches * longest + positions, len(paths.names) * longest)
    return Positions(
        keys // longest,
        keys % longest + 1,
        totals(inverse, conversions, len(keys)),
        totals(inverse, value, len(keys)),
    )
