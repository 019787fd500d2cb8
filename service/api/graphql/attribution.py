"""What led to conversions: the paths, the flows between touchpoints, and the credit of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any, Self

import strawberry

from service.api.graphql.arguments import page_size
from service.api.graphql.caller import Context
from service.api.graphql.conversions import (
    ConversionInput,
    PathInput,
    Paths,
    transforms_of,
    wanted_by,
)
from service.api.graphql.profile_filter import conditions_of
from service.errors import InvalidQueryError
from service.journey import flows as flowing
from service.journey.attributing import attribute_conversions, gather_paths
from service.journey.attribution.models import MODELS, Model
from service.journey.paths import PEOPLE_AT_ONCE
from service.profile.finding import find_all

DEFAULT_PATHS = 20
DEFAULT_STEPS = 5
MAX_STEPS = 20
MAX_MODELS = 20


@strawberry.enum(description="How credit is given. The guide for analysts names each one's paper.")
class AttributionModel(Enum):
    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    LAST_NON_DIRECT = "last_non_direct"
    LINEAR = "linear"
    POSITION_BASED = "position_based"
    TIME_DECAY = "time_decay"
    MARKOV = "markov"
    SHAPLEY = "shapley"
    SIMPLIFIED_SHAPLEY = "simplified_shapley"
    ORDERED_SHAPLEY = "ordered_shapley"


@strawberry.input(description="A model, and its parameters; those of others are refused.")
class ModelInput:
    model: AttributionModel
    first: float | None = strawberry.field(
        default=None, description="Of POSITION_BASED: the first touchpoint's weight; 0.4."
    )
    last: float | None = strawberry.field(
        default=None, description="Of POSITION_BASED: the last touchpoint's weight; 0.4."
    )
    half_life_days: float | None = strawberry.field(default=None, description="Of TIME_DECAY; 7.")
    order: int | None = strawberry.field(default=None, description="Of MARKOV, 1 to 10; 1.")
    samples: int | None = strawberry.field(
        default=None, description="Of SHAPLEY, where a path has too many names; 20,000."
    )


@strawberry.type(description="What one model gives to one channel, source, campaign or device.")
class Credit:
    name: str
    conversions: float
    value: float
    conversions_error: float | None = strawberry.field(
        description="The standard error, where it was drawn by chance."
    )
    removal_effect: float | None = strawberry.field(
        description="The part of all conversions that would be lost without it, by a Markov model."
    )


@strawberry.type(description="What one model gives. It adds up to all conversions.")
class ModelCredits:
    model: AttributionModel
    credits: list[Credit]


@strawberry.type(description="Several models side by side, on the same paths.")
class Attribution:
    people: int = strawberry.field(description="At how many was looked.")
    conversions: int
    value: float
    models: list[ModelCredits]


@strawberry.type(description="Quantiles.")
class Quartiles:
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, quartiles: tuple[float, float, float] | None) -> Self | None:
        if quartiles is None:
            return None
        low, median, high = quartiles
        return cls(low=low, median=median, high=high)


@strawberry.type(description="A path, and what came of it.")
class TopPath:
    touchpoints: list[str] = strawberry.field(description="The oldest first.")
    conversions: int
    losses: int = strawberry.field(description="How often nothing came of it.")
    value: float


@strawberry.type(description="The paths to a conversion, and those that led to none.")
class ConversionPaths:
    people: int = strawberry.field(description="At how many was looked.")
    conversions: int
    losses: int = strawberry.field(description="Paths that did not convert.")
    value: float
    touchpoints: Quartiles | None = strawberry.field(
        description="How many touchpoints those have that converted."
    )
    days: Quartiles | None = strawberry.field(
        description="How many days lie between their first touchpoint and the conversion."
    )
    top: list[TopPath] = strawberry.field(description="Those with the most conversions first.")


@strawberry.type(description="A touchpoint in a diagram of flows: a name in a step.")
class FlowNode:
    id: int
    step: int = strawberry.field(description="1 is where paths begin.")
    name: str


@strawberry.type(description="How many paths go from one node to another.")
class FlowLink:
    source: int = strawberry.field(description="The id of a node.")
    target: int = strawberry.field(description="The id of a node.")
    paths: int


@strawberry.type(description="Nodes and links, ready for a Sankey diagram: none goes back.")
class Flows:
    nodes: list[FlowNode]
    links: list[FlowLink]


Conversion = Annotated[ConversionInput, strawberry.argument(description="What they lead to.")]


async def paths(
    info: Context,
    conversion: Conversion,
    paths: Paths | None = None,
    first: Annotated[
        int | None, strawberry.argument(description=f"How many of the top; {DEFAULT_PATHS}.")
    ] = None,
) -> ConversionPaths:
    """Resolve `paths`."""
    size = page_size(first, DEFAULT_PATHS)
    found, people = await _gather(info, conversion, paths or PathInput())
    typical = flowing.typical(found)
    days = typical.seconds and tuple(
        one / timedelta(days=1).total_seconds() for one in typical.seconds
    )
    return ConversionPaths(
        people=people,
        conversions=int(found.conversions.sum()),
        losses=int(found.losses.sum()),
        value=float(found.value.sum()),
        touchpoints=Quartiles.of(typical.touchpoints),
        days=Quartiles.of(days),  # type: ignore[arg-type]
        top=[
            TopPath(
                touchpoints=list(one.touches),
                conversions=one.conversions,
                losses=one.losses,
                value=one.value,
            )
            for one in flowing.top_paths(found, size)
        ],
    )


async def flows(
    info: Context,
    conversion: Conversion,
    paths: Paths | None = None,
    steps: Annotated[
        int, strawberry.argument(description=f"From the beginning of each path; 1 to {MAX_STEPS}.")
    ] = DEFAULT_STEPS,
) -> Flows:
    """Resolve `flows`."""
    if not 1 <= steps <= MAX_STEPS:
        raise InvalidQueryError(f"steps: is {steps}; ask for 1 to {MAX_STEPS}")
    found, _ = await _gather(info, conversion, paths or PathInput())
    told = flowing.flows(found, steps)
    nodes: dict[tuple[int, str], int] = {}
    links = [
        FlowLink(
            source=nodes.setdefault((one.step, one.from_), len(nodes)),
            target=nodes.setdefault((one.step + 1, one.to), len(nodes)),
            paths=one.paths,
        )
        for one in told
    ]
    return Flows(
        nodes=[FlowNode(id=id_, step=step, name=name) for (step, name), id_ in nodes.items()],
        links=links,
    )


async def attribution(
    info: Context,
    conversion: Conversion,
    models: Annotated[
        list[ModelInput], strawberry.argument(description=f"1 to {MAX_MODELS}, side by side.")
    ],
    paths: Paths | None = None,
) -> Attribution:
    """Resolve `attribution`."""
    if not 1 <= len(models) <= MAX_MODELS:
        raise InvalidQueryError(f"models: are {len(models)}; ask for 1 to {MAX_MODELS}")
    which = paths or PathInput()
    found = await attribute_conversions(
        info.context.graph,
        wanted_by(info.context, conversion, which),
        [_model(one) for one in models],
        transforms_of(which),
        _among(info, which),
    )
    return Attribution(
        people=found.people,
        conversions=found.conversions,
        value=found.value,
        models=[
            ModelCredits(
                model=AttributionModel(one.model.name),
                credits=[
                    Credit(
                        name=name,
                        conversions=float(one.conversions[n]),
                        value=float(one.value[n]),
                        conversions_error=_at(one.conversions_error, n),
                        removal_effect=_at(one.removal_effects, n),
                    )
                    for n, name in enumerate(one.names)
                ],
            )
            for one in found.credits
        ],
    )


async def _gather(info: Context, conversion: ConversionInput, which: PathInput) -> tuple[Any, int]:
    return await gather_paths(
        info.context.graph,
        wanted_by(info.context, conversion, which),
        transforms_of(which),
        _among(info, which),
    )


def _among(info: Context, which: PathInput) -> Any:
    if which.people is None:
        return None
    conditions = conditions_of(which.people, info.context.rules)
    return find_all(info.context.graph, conditions, at_once=PEOPLE_AT_ONCE)


def _at(column: Sequence[float] | Any, position: int) -> float | None:
    return None if column is None else float(column[position])


def _model(one: ModelInput) -> Model:
    """The model with its parameters.

    Raises:
        InvalidQueryError: it has no such parameter, or not with this value.
    """
    name = one.model.value
    days = one.half_life_days
    given: dict[str, Any] = {
        "first": one.first,
        "last": one.last,
        "half_life": None if days is None else timedelta(days=days),
        "order": one.order,
        "samples": one.samples,
    }
    given = {parameter: value for parameter, value in given.items() if value is not None}
    try:
        return MODELS[name](**given)
    except TypeError:
        raise InvalidQueryError(f"models: {name.upper()} has no {' and '.join(given)}") from None
