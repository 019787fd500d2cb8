"""The models, as values with their parameters. Nothing here needs more than the standard library.

What each gives, and by which paper, is said here; how it is worked out, in `shares`, `markov` and
`shapley`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeAlias, get_args

from service.errors import InvalidQueryError

DIRECT = "direct"
_LONGEST_ORDER = 10
_MOST_EXACT = 16


@dataclass(frozen=True, slots=True)
class FirstTouch:
    """All to the first touchpoint. Adobe Analytics' "first touch"; Google's "first click"."""

    name: ClassVar[str] = "first_touch"


@dataclass(frozen=True, slots=True)
class LastTouch:
    """All to the last touchpoint. Adobe Analytics' "last touch"."""

    name: ClassVar[str] = "last_touch"


@dataclass(frozen=True, slots=True)
class LastNonDirect:
    """All to the last touchpoint that is no direct visit; where all are direct, to the last.

    Google Analytics' "last click": it ignores direct traffic unless the path has nothing else.
    `direct` is what direct visits are named in the paths.
    """

    name: ClassVar[str] = "last_non_direct"
    direct: str = DIRECT


@dataclass(frozen=True, slots=True)
class Linear:
    """The same to every touchpoint. Adobe's and Google's "linear"."""

    name: ClassVar[str] = "linear"


@dataclass(frozen=True, slots=True)
class PositionBased:
    """`first` of it to the first touchpoint, `last` to the last, the rest shared by those between.

    The defaults are Google's "position based" and Adobe's "U-shaped"; 0.2 and 0.6 is Adobe's
    "J-shaped". As with Adobe, where nothing is between, the two get all of it in the proportion of
    their weights (half each, where both are 0).
    """

    name: ClassVar[str] = "position_based"
    first: float = 0.4
    last: float = 0.4

    def __post_init__(self) -> None:
        """Check the weights.

        Raises:
            InvalidQueryError: a weight is not from 0 to 1, or together they are over 1.
        """
        for name, weight in (("first", self.first), ("last", self.last)):
            if not 0 <= weight <= 1:
                raise InvalidQueryError(
                    f"{name}: {weight} is no weight; it is a number from 0 to 1"
                )
        if self.first + self.last > 1 + 1e-12:
            raise InvalidQueryError(
                f"first, last: {self.first} and {self.last} are more than 1 together"
            )


@dataclass(frozen=True, slots=True)
class TimeDecay:
    """A touchpoint weighs half as much as one that is `half_life` nearer to the path's end.

    The weight is 2^(-t / half-life), and the weights of a path are brought to 1: Google's and
    Adobe's "time decay", both with a week.
    """

    name: ClassVar[str] = "time_decay"
    half_life: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        """Check the half-life.

        Raises:
            InvalidQueryError: it is not longer than nothing.
        """
        if self.half_life <= timedelta(0):
            raise InvalidQueryError(f"half_life: {self.half_life} is not longer than nothing")


@dataclass(frozen=True, slots=True)
class Markov:
    """In proportion to the removal effects in a Markov graph of the given order.

    Anderl, Becker, von Wangenheim and Schumann (2016), "Mapping the customer journey: Lessons
    learned from graph-based online attribution modeling", International Journal of Research in
    Marketing 33(3). A state is the last `order` touchpoints; a path goes from state to state and
    ends converted or lost. A name's removal effect is the part of all conversions that is lost when
    everybody who would meet it is lost there instead; for the value, the part of the value.

    A large graph is worked through once for each name: thirty names and order 3 take seconds, five
    hundred and order 2 minutes.
    """

    name: ClassVar[str] = "markov"
    order: int = 1

    def __post_init__(self) -> None:
        """Check the order.

        Raises:
            InvalidQueryError: it is not from 1 to 10.
        """
        _check_range("order", self.order, 1, _LONGEST_ORDER)


@dataclass(frozen=True, slots=True)
class Shapley:
    """Shapley values of the game whose worth is the conversion rate.

    Dalessandro, Perlich, Stitelman and Provost (2012), "Causally motivated attribution for online
    advertising", ADKDD; the value itself is Shapley's (1953), "A value for n-person games". The
    players are the names that a path touches. A set of names is worth the part of the paths that
    touched exactly these and converted; nothing, where no path did. So a name with which fewer
    convert than without has less than nothing.

    Exact for paths with up to `exact_up_to` different names. Of longer ones orders of arrival are
    drawn: `samples` in all, in proportion to the conversions, and two at least for each set of
    names; the result has the standard errors. The same `seed` draws the same.
    """

    name: ClassVar[str] = "shapley"
    exact_up_to: int = 12
    samples: int = 20_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InvalidQueryError: one of them is out of its range.
        """
        _check_range("exact_up_to", self.exact_up_to, 1, _MOST_EXACT)
        _check_range("samples", self.samples, 2, 10_000_000)
        _check_range("seed", self.seed, 0, 2**63)


@dataclass(frozen=True, slots=True)
class SimplifiedShapley:
    """Shapley values of the game whose worth is the number of conversions: exact, in one pass.

    Zhao, Mahboobi and Bagheri (2018), "Shapley value methods for attribution modeling in online
    advertising", arXiv:1804.05327. A set of names is worth the conversions of the paths that touch
    nothing else; then each name has the same part of the conversions of every path that touches it,
    however often.
    """

    name: ClassVar[str] = "simplified_shapley"


@dataclass(frozen=True, slots=True)
class OrderedShapley:
    """As `SimplifiedShapley`, and told by position in the path as well.

    The ordered form of Zhao, Mahboobi and Bagheri (2018): what a name has of a path is shared
    equally by the positions in which it stands there.
    """

    name: ClassVar[str] = "ordered_shapley"


Model: TypeAlias = (
    FirstTouch
    | LastTouch
    | LastNonDirect
    | Linear
    | PositionBased
    | TimeDecay
    | Markov
    | Shapley
    | SimplifiedShapley
    | OrderedShapley
)
MODELS: dict[str, type[Model]] = {model.name: model for model in get_args(Model)}


def _check_range(name: str, number: float, least: int, most: int) -> None:
    if not least <= number <= most or not math.isfinite(number) or number != int(number):
        raise InvalidQueryError(f"{name}: {number} is not a whole number from {least} to {most}")
