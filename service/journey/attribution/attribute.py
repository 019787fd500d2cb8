"""The front: some models, side by side, on the same paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from service.journey.attribution.credit import Credits
from service.journey.attribution.markov import credit_by_removal
from service.journey.attribution.models import FirstTouch, LastTouch, Markov, Model, Shapley
from service.journey.attribution.paths import UNTOUCHED, Floats, Paths
from service.journey.attribution.shapley import credit_by_coalitions
from service.journey.attribution.shares import credit_by_shares, credit_end


def attribute(paths: Paths, models: Iterable[Model]) -> list[Credits]:
    """What each model gives to each name, in the order of the models.

    The conversions of each add up to those of the paths, and the value to theirs, to rounding.
    Whatever paths without a touchpoint brought is given to `UNTOUCHED`, which stands last then.

    Raises:
        InvalidQueryError: a model needs times, and the paths have none.
    """
    return [_with_untouched(_credit(model, paths), paths) for model in models]


def _credit(model: Model, paths: Paths) -> Credits:
    match model:
        case FirstTouch() | LastTouch():
            return credit_end(model, paths)
        case Markov():
            return credit_by_removal(model, paths)
        case Shapley():
            return credit_by_coalitions(model, paths)
        case _:
            return credit_by_shares(model, paths)


def _with_untouched(credits_: Credits, paths: Paths) -> Credits:
    some = paths.converted
    untouched = some[paths.starts[some] == paths.starts[some + 1]]
    if not len(untouched):
        return credits_
    return replace(
        credits_,
        names=(*credits_.names, UNTOUCHED),
        conversions=np.append(credits_.conversions, paths.conversions[untouched].sum()),
        value=np.append(credits_.value, paths.value[untouched].sum()),
        conversions_error=_with_nothing(credits_.conversions_error),
        value_error=_with_nothing(credits_.value_error),
        removal_effects=_with_nothing(credits_.removal_effects),
    )


def _with_nothing(column: Floats | None) -> Floats | None:
    return None if column is None else np.append(column, 0.0)
