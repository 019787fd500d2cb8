"""What may be asked of everybody's journeys, and what is told: attribution, paths and flows.

Both are plain values, which can be kept as JSON: so the same is asked, and told, at once or by a
job.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from service.errors import InvalidQueryError
from service.journey.attributing import attribute_conversions, gather_paths
from service.journey.attribution.credit import Credits
from service.journey.attribution.models import MODELS, Model
from service.journey.flows import MAX_STEPS, Flows, read_flows
from service.journey.paths import PEOPLE_AT_ONCE, Reading, Tell, Wanted, tell_nobody
from service.journey.typical import TopPath, top_paths, typical
from service.profile.finding import Conditions, find_all
from service.store.graph import Graph

MAX_MODELS = 20
Quartiles: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Audience:
    """Some people, by what is known of them; None where nobody can fit."""

    conditions: Conditions | None


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A model by its name, and its parameters; a half-life is in days."""

    name: str
    parameters: dict[str, int | float] = field(default_factory=dict)

    def model(self) -> Model:
        """The model itself.

        Raises:
            InvalidQueryError: it has no such parameter, or not with this value.
        """
        given: dict[str, Any] = dict(self.parameters)
        if "half_life" in given:
            given["half_life"] = timedelta(days=given["half_life"])
        try:
            return MODELS[self.name](**given)
        except TypeError:
            raise InvalidQueryError(
                f"models: {self.name.upper()} has no {' and '.join(given)}"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionAsked:
    """Who has how much of the conversions, by several models. Without an audience, of everybody."""

    wanted: Wanted
    audience: Audience | None = None
    models: tuple[ModelAsked, ...]
    kind: Literal["attribution"] = "attribution"

    def __post_init__(self) -> None:
        """Check the models.

        Raises:
            InvalidQueryError: there are too many or none, or one of them is none.
        """
        if not 1 <= len(self.models) <= MAX_MODELS:
            raise InvalidQueryError(f"models: are {len(self.models)}; ask for 1 to {MAX_MODELS}")
        for one in self.models:
            one.model()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsAsked:
    """Which paths led to most conversions, `top` of them, and how long they typically are."""

    wanted: Wanted
    audience: Audience | None = None
    top: int
    kind: Literal["paths"] = "paths"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsAsked:
    """How many paths go from which touchpoint to which, so many steps from their beginning."""

    wanted: Wanted
    audience: Audience | None = None
    steps: int
    kind: Literal["flows"] = "flows"

    def __post_init__(self) -> None:
        """Check the steps.

        Raises:
            InvalidQueryError: there are too many, or none.
        """
        if not 1 <= self.steps <= MAX_STEPS:
            raise InvalidQueryError(f"steps: is {self.steps}; ask for 1 to {MAX_STEPS}")


@dataclass(frozen=True, slots=True)
class Credit:
    """What one model gives to one name; the rest is there where the model has it."""

    name: str
    conversions: float
    value: float
    conversions_error: float | None
    removal_effect: float | None


@dataclass(frozen=True, slots=True)
class ModelCredits:
    """What one model gives; it adds up to all conversions."""

    model: str
    credits: list[Credit]


@dataclass(frozen=True, slots=True)
class AttributionTold:
    """What the models give, on the same paths of so many people."""

    people: int
    conversions: int
    value: float
    models: list[ModelCredits]
    kind: Literal["attribution"] = "attribution"


@dataclass(frozen=True, slots=True)
class PathsTold:
    """What became of the paths of so many people; `touchpoints` and `seconds` as in `Typical`."""

    people: int
    conversions: int
    losses: int
    value: float
    touchpoints: Quartiles | None
    seconds: Quartiles | None
    top: list[TopPath]
    kind: Literal["paths"] = "paths"


@dataclass(frozen=True, slots=True)
class FlowsTold:
    """The nodes and links of a diagram."""

    flows: Flows
    kind: Literal["flows"] = "flows"


Asked: TypeAlias = AttributionAsked | PathsAsked | FlowsAsked
Told: TypeAlias = AttributionTold | PathsTold | FlowsTold


async def attribution(
    graph: Graph, asked: AttributionAsked, tell: Tell = tell_nobody, at_once: int = 2
) -> AttributionTold:
    """Credit the conversions; as `read_paths` reads them."""
    models = [one.model() for one in asked.models]
    reading = Reading(_among(graph, asked.audience), tell, at_once)
    found = await attribute_conversions(graph, asked.wanted, models, reading)
    return AttributionTold(
        found.people, found.conversions, found.value, [_credits(one) for one in found.credits]
    )


async def paths(
    graph: Graph, asked: PathsAsked, tell: Tell = tell_nobody, at_once: int = 2
) -> PathsTold:
    """Tell the paths; as `read_paths` reads them."""
    reading = Reading(_among(graph, asked.audience), tell, at_once)
    found, people = await gather_paths(graph, asked.wanted, reading)
    lengths = typical(found)
    return PathsTold(
        people,
        int(found.conversions.sum()),
        int(found.losses.sum()),
        float(found.value.sum()),
        lengths.touchpoints,
        lengths.seconds,
        top_paths(found, asked.top),
    )


async def flows(
    graph: Graph, asked: FlowsAsked, tell: Tell = tell_nobody, at_once: int = 2
) -> FlowsTold:
    """Tell the flows; as `read_flows` reads them."""
    reading = Reading(_among(graph, asked.audience), tell, at_once)
    return FlowsTold(await read_flows(graph, asked.wanted, asked.steps, reading))


async def analyse_gently(graph: Graph, asked: Asked, tell: Tell) -> Told:
    """Tell what is asked, and keep one core of the database busy and no more.

    Raises:
        InvalidQueryError: something in it cannot be, as the data is.
    """
    match asked:
        case AttributionAsked():
            return await attribution(graph, asked, tell, at_once=1)
        case PathsAsked():
            return await paths(graph, asked, tell, at_once=1)
        case FlowsAsked():
            return await flows(graph, asked, tell, at_once=1)


def _among(graph: Graph, audience: Audience | None) -> AsyncIterator[Sequence[str]] | None:
    if audience is None:
        return None
    return find_all(graph, audience.conditions, at_once=PEOPLE_AT_ONCE)


def _credits(given: Credits) -> ModelCredits:
    return ModelCredits(
        given.model.name,
        [
            Credit(
                name,
                float(given.conversions[n]),
                float(given.value[n]),
                None if given.conversions_error is None else float(given.conversions_error[n]),
                None if given.removal_effects is None else float(given.removal_effects[n]),
            )
            for n, name in enumerate(given.names)
        ],
    )
