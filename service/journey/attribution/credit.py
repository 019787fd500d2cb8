"""What a model gives: to each name its part of the conversions and of their value."""

from __future__ import annotations

from dataclasses import dataclass

from service.journey.attribution.models import Model
from service.journey.attribution.paths import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Credit by name and position, in columns; what is not there is 0.

    `names` are indices into the names; position 1 is the oldest touchpoint of a path.
    """

    names: Ints
    positions: Ints
    conversions: Floats
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Credits:
    """One entry for each name; they add up to all conversions, and to all their value.

    The names are those of the paths. Where paths without a touchpoint converted, `UNTOUCHED`
    stands behind them. The errors are standard errors: None where nothing was drawn by chance.
    `removal_effects` and `positions` are there where the model has them.
    """

    model: Model
    names: tuple[str, ...]
    conversions: Floats
    value: Floats
    conversions_error: Floats | None = None
    value_error: Floats | None = None
    removal_effects: Floats | None = None
    positions: Positions | None = None
