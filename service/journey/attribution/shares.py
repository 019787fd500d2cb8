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
from service.journey.attribution.paths import Floats, Paths, distinct, totals

Sharing: TypeAlias = (
    LastNonDirect | Linear | PositionBased | TimeDecay | SimplifiedShapley | OrderedShapley
)


def credit_end(model: FirstTouch | LastTouch, paths: Paths) -> Credits:
    """To the name of each path's first or last touch all that the path brought."""
    some = paths.converted
    starts, ends = paths.starts[some], paths.starts[some + 1]
    touched = starts < ends
    touches = paths.touches[(starts if isinstance(model, FirstTouch) else ends - 1)[touched]]
    some, names = some[touched], len(paths.names)
    return Credits(
        model,
        paths.names,
        totals(touches, paths.conversions[some].astype(np.float64), names),
        totals(touches, paths.value[some], names),
    )


def credit_by_shares(model: Sharing, paths: Paths) -> Credits:
    """To each name the sum of its touches' shares, times what their paths brought.

    Raises:
        InvalidQueryError: the model needs times, and the paths have none.
    """
    converted = paths.only(paths.converted)
    share, owners, names = shares(model, converted), converted.owners, len(paths.names)
    conversions, value = share * converted.conversions[owners], share * converted.value[owners]
    return Credits(
        model,
        paths.names,
        totals(converted.touches, conversions, names),
        totals(converted.touches, value, names),
        positions=_by_position(converted, conversions, value)
        if isinstance(model, OrderedShapley)
        else None,
    )


def shares(model: Sharing, paths: Paths) -> Floats:
    """Of each touch, its share of its path; those of a path are 1 together.

    Raises:
        InvalidQueryError: the model needs times, and the paths have none.
    """
    match model:
        case LastNonDirect():
            return _all_to_last_but(paths, model.direct)
        case Linear():
            return np.repeat(1 / np.maximum(paths.lengths, 1), paths.lengths)
        case PositionBased():
            return _by_ends(paths, model)
        case TimeDecay():
            return _decaying(paths, model.half_life.total_seconds())
        case SimplifiedShapley() | OrderedShapley():
            return _by_names(paths)


def _all_to_last_but(paths: Paths, direct: str) -> Floats:
    # The last touch up to each that is no direct visit; before the path, if there is none in it.
    others = np.where(paths.named(direct), -1, np.arange(len(paths.touches)))
    some = paths.lengths > 0
    starts, ends = paths.starts[:-1][some], paths.starts[1:][some] - 1
    last = np.maximum.accumulate(others)[ends]
    share = np.zeros(len(paths.touches))
    share[np.where(last >= starts, last, ends)] = 1.0
    return share


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
