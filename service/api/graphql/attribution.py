"""What led to conversions: the paths, the flows between touchpoints, and the credit of each."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from enum import Enum
from typing import Annotated, Self

import strawberry

from service.analysis import asking
from service.analysis.asking import (
    MAX_MODELS,
    AttributionAsked,
    AttributionTold,
    FlowsAsked,
    FlowsTold,
    ModelAsked,
    PathsAsked,
    PathsTold,
)
from service.api.graphql.arguments import page_size
from service.api.graphql.caller import Caller, Context
from service.api.graphql.conversions import (
    ConversionInput,
    PathInput,
    Paths,
    audience_of,
    wanted_by,
)
from service.journey.flows import MAX_STEPS

EVERYBODY = 100
"""What it costs to read everybody: in round trips, as many as 50,000 people take."""
DEFAULT_PATHS = 20
DEFAULT_STEPS = 5
_DAY = timedelta(days=1).total_seconds()


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

    def asked(self) -> ModelAsked:
        """The model, with the parameters that are given."""
        given = {
            "first": self.first,
            "last": self.last,
            "half_life": self.half_life_days,
            "order": self.order,
            "samples": self.samples,
        }
        return ModelAsked(
            self.model.value, {name: one for name, one in given.items() if one is not None}
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

    @classmethod
    def of(cls, told: AttributionTold) -> Self:
        return cls(
            people=told.people,
            conversions=told.conversions,
            value=told.value,
            models=[
                ModelCredits(
                    model=AttributionModel(given.model),
                    credits=[Credit(**asdict(one)) for one in given.credits],
                )
                for given in told.models
            ],
        )


@strawberry.type(description="Quantiles.")
class Quartiles:
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, quartiles: asking.Quartiles | None, unit: float = 1.0) -> Self | None:
        if quartiles is None:
            return None
        low, median, high = (one / unit for one in quartiles)
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

    @classmethod
    def of(cls, told: PathsTold) -> Self:
        return cls(
            people=told.people,
            conversions=told.conversions,
            losses=told.losses,
            value=told.value,
            touchpoints=Quartiles.of(told.touchpoints),
            days=Quartiles.of(told.seconds, _DAY),
            top=[
                TopPath(
                    touchpoints=list(one.touches),
                    conversions=one.conversions,
                    losses=one.losses,
                    value=one.value,
                )
                for one in told.top
            ],
        )


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

    @classmethod
    def of(cls, told: FlowsTold) -> Self:
        return cls(
            nodes=[FlowNode(**asdict(one)) for one in told.flows.nodes],
            links=[FlowLink(**asdict(one)) for one in told.flows.links],
        )


Conversion = Annotated[ConversionInput, strawberry.argument(description="What they lead to.")]
FirstOfTop = Annotated[
    int | None, strawberry.argument(description=f"How many of the top; {DEFAULT_PATHS}.")
]
Steps = Annotated[
    int, strawberry.argument(description=f"From the beginning of each path; 1 to {MAX_STEPS}.")
]
Models = Annotated[
    list[ModelInput], strawberry.argument(description=f"1 to {MAX_MODELS}, side by side.")
]


async def paths(
    info: Context,
    conversion: Conversion,
    paths: Paths | None = None,
    first: FirstOfTop = None,
) -> ConversionPaths:
    """Resolve `paths`."""
    asked = paths_asked(info.context, conversion, paths, first)
    return ConversionPaths.of(await asking.paths(info.context.graph, asked))


async def flows(
    info: Context, conversion: Conversion, paths: Paths | None = None, steps: Steps = DEFAULT_STEPS
) -> Flows:
    """Resolve `flows`."""
    asked = flows_asked(info.context, conversion, paths, steps)
    return Flows.of(await asking.flows(info.context.graph, asked))


async def attribution(
    info: Context, conversion: Conversion, models: Models, paths: Paths | None = None
) -> Attribution:
    """Resolve `attribution`."""
    asked = attribution_asked(info.context, conversion, models, paths)
    return Attribution.of(await asking.attribution(info.context.graph, asked))


def paths_asked(
    caller: Caller, conversion: ConversionInput, paths: PathInput | None, first: int | None
) -> PathsAsked:
    """What is asked of paths; refused as `wanted_by` and `page_size` refuse."""
    which = paths or PathInput()
    return PathsAsked(
        wanted=wanted_by(caller, conversion, which),
        audience=audience_of(caller, which),
        top=page_size(first, DEFAULT_PATHS),
    )


def flows_asked(
    caller: Caller, conversion: ConversionInput, paths: PathInput | None, steps: int
) -> FlowsAsked:
    """What is asked of flows; refused as `wanted_by` refuses."""
    which = paths or PathInput()
    return FlowsAsked(
        wanted=wanted_by(caller, conversion, which),
        audience=audience_of(caller, which),
        steps=steps,
    )


def attribution_asked(
    caller: Caller,
    conversion: ConversionInput,
    models: list[ModelInput],
    paths: PathInput | None,
) -> AttributionAsked:
    """What is asked of attribution; refused as `wanted_by` refuses."""
    which = paths or PathInput()
    return AttributionAsked(
        wanted=wanted_by(caller, conversion, which),
        audience=audience_of(caller, which),
        models=tuple(one.asked() for one in models),
    )
