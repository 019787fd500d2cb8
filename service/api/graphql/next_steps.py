"""What a person may do next, and on how much that stands. Each outcome is a type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

import strawberry

from service.api.graphql.arguments import page_size
from service.api.graphql.caller import Context
from service.journey.foretelling import MAX_DAYS, Asked, Foretold, Unlearned
from service.journey.learned import Gain, Measured
from service.journey.next_step.predict import Basis

DEFAULT_STEPS = 5
_ZONE = "timezone"

WithinDays = Annotated[
    int,
    strawberry.argument(
        description=f"Within how many days a conversion has to come; 1 to {MAX_DAYS}."
    ),
]
Conversions = Annotated[
    list[str] | None,
    strawberry.argument(
        description='The names of the events, as in "Order Completed", of those under [next_step] '
        "in the rules; all of these, if not said."
    ),
]
Channels = Annotated[
    list[str] | None,
    strawberry.argument(
        description="On which channels one may reach the person; else as under [next_step]."
    ),
]
Steps = Annotated[
    int | None,
    strawberry.argument(description=f"How many next touchpoints; {DEFAULT_STEPS} if not said."),
]


strawberry.enum(
    Unlearned,
    name="NothingLearnedReason",
    description="NOT_YET: nobody has learned from journeys. TOO_LITTLE: somebody has, and nobody "
    "was seen to go on, or to wait, for long enough.",
)


@strawberry.interface(description="What a person may do next.")
class NextSteps:
    at: datetime = strawberry.field(description="From which moment on.")


@strawberry.type(
    description="Nothing can be told yet: the service learns in the background, some time after "
    "the first messages came. Ask again."
)
class NothingLearned(NextSteps):
    reason: Unlearned = strawberry.field(description="Why.")


@strawberry.type(description="A touchpoint that may be the next one.")
class NextTouchpoint:
    channel: str = strawberry.field(
        description="As that of a session, as in paid_search; (other) is whatever is rare."
    )
    probability: float = strawberry.field(description="That it is the next, if there is a next.")
    times: int = strawberry.field(
        description="How often it came next where standsOn.nextTouchpoint was seen."
    )


@strawberry.type(description="A conversion that may come.")
class NextConversion:
    name: str = strawberry.field(description='The name of the event, as in "Order Completed".')
    within_days: int = strawberry.field(description="As was asked.")
    probability: float | None = strawberry.field(
        description="That it comes within these days; null where there are no data of so many days "
        "yet."
    )
    base_rate: float | None = strawberry.field(
        description="The same of anybody who was there in the last months, whatever they did."
    )


@strawberry.type(
    description="When to reach the person on a channel: the hour of the coming week in which most "
    "of their responses there are to be expected."
)
class ReachMoment:
    at: datetime = strawberry.field(description="The beginning of the hour, in their time zone.")
    channel: str = strawberry.field(description="On which they may be reached, as in email.")
    probability: float = strawberry.field(
        description="Of their responses of a week, the part that is expected then and there."
    )
    lift: float = strawberry.field(
        description="How many times as many as in the mean hour of the week."
    )
    own_responses: int = strawberry.field(description="Of the person, on any channel.")
    responses: int = strawberry.field(description="Of everybody, on this channel.")


@strawberry.type(description="What a person did last, as far as it was seen often enough.")
class StepBasis:
    silence: str | None = strawberry.field(
        description='How long ago they came, as in "a week ago"; null where the base rate speaks.'
    )
    touchpoints: list[str] = strawberry.field(
        description="Their channels, the newest first; with → and a conversion where one followed."
    )
    times: int = strawberry.field(description="How often that was seen, and what came of it.")

    @classmethod
    def of(cls, basis: Basis) -> Self:
        silence, touchpoints = (basis.context[:1], basis.context[1:])
        return cls(
            silence=silence[0] if silence else None,
            touchpoints=list(touchpoints),
            times=basis.times,
        )


@strawberry.type(
    description="How good predictions were of what they had not seen, beside the best that one "
    "answer to all could do, which is chosen afterwards."
)
class PredictionGain:
    conversion: str | None = strawberry.field(description="Null for next touchpoints.")
    questions: int = strawberry.field(description="How many predictions were looked at.")
    skill: float = strawberry.field(
        description="How much less the Brier score is: 1 is perfect, 0 no better than that."
    )
    skill_error: float = strawberry.field(description="Its standard error.")
    calibration_error: float = strawberry.field(
        description="How far, in the mean, what was told is from what part of it came true."
    )

    @classmethod
    def of(cls, gain: Gain | None, conversion: str | None = None) -> list[Self]:
        """Of what was asked; nothing where it was not."""
        if gain is None:
            return []
        return [
            cls(
                conversion=conversion,
                questions=gain.questions,
                skill=gain.skill,
                skill_error=gain.skill_error,
                calibration_error=gain.calibration_error,
            )
        ]


@strawberry.type(
    description="What came of predictions from all that was known at a time, in the time after."
)
class PredictionMeasured:
    from_: datetime = strawberry.field(name="from", description="Until then it was learned.")
    to: datetime = strawberry.field(description="Until then it was looked at what came.")
    within_days: float = strawberry.field(description="For a conversion to come.")
    gains: list[PredictionGain] = strawberry.field(
        description="Of next touchpoints, and of each conversion; what never came is left out."
    )

    @classmethod
    def of(cls, measured: Measured) -> Self:
        gains = PredictionGain.of(measured.next_touch)
        for name, gain in measured.conversions.items():
            gains += PredictionGain.of(gain, name)
        return cls(
            from_=_time(measured.since),
            to=_time(measured.until),
            within_days=measured.days,
            gains=gains,
        )


@strawberry.type(description="On how much data a prediction stands.")
class StandsOn:
    learned_at: datetime = strawberry.field(description="When that was done last.")
    from_: datetime = strawberry.field(
        name="from", description="What came to be known from then on was counted."
    )
    to: datetime = strawberry.field(description="And until then.")
    counted: int = strawberry.field(description="How many touchpoints another one followed on.")
    missed: int = strawberry.field(
        description="No count told here is short by more: rare paths are told by less of them."
    )
    own_touchpoints: int = strawberry.field(
        description="Of the person, in the last thousand of their events."
    )
    next_touchpoint: StepBasis = strawberry.field(description="What touchpoints are told by.")
    conversions: StepBasis = strawberry.field(description="What conversions are told by.")
    measured: PredictionMeasured | None = strawberry.field(
        description="How good it is; null while there is too little to measure with."
    )

    @classmethod
    def of(cls, told: Foretold) -> Self:
        model, prediction = told.learned.model, told.prediction
        measured = told.learned.measured
        return cls(
            learned_at=told.learned.learned_at,
            from_=_time(model.since),
            to=_time(model.until),
            counted=model.followed,
            missed=prediction.missed,
            own_touchpoints=told.own_touchpoints,
            next_touchpoint=StepBasis.of(prediction.next_basis),
            conversions=StepBasis.of(prediction.conversion_basis),
            measured=None if measured is None else PredictionMeasured.of(measured),
        )


@strawberry.type(description="What a person may do next, told by everybody's journeys.")
class Foreseen(NextSteps):
    touchpoints: list[NextTouchpoint] = strawberry.field(description="The most likely first.")
    conversions: list[NextConversion] = strawberry.field(
        description="Each that was asked for; they do not exclude each other."
    )
    reach: list[ReachMoment] = strawberry.field(
        description="Of each channel the best hour of the coming week, the best first."
    )
    time_zone: str | None = strawberry.field(
        description="The person's, as they said it last; null where nobody knows it, or it is not "
        "for the caller: then times are in UTC."
    )
    stands_on: StandsOn = strawberry.field(description="On how much data.")

    @classmethod
    def of(cls, told: Foretold, first: int) -> Self:
        return cls(
            at=told.at,
            touchpoints=[
                NextTouchpoint(channel=one.name, probability=one.probability, times=one.times)
                for one in told.prediction.next_touches[:first]
            ],
            conversions=[
                NextConversion(
                    name=one.name,
                    within_days=one.days,
                    probability=one.probability,
                    base_rate=one.base_rate,
                )
                for one in told.chances
            ],
            reach=[
                ReachMoment(
                    at=one.at,
                    channel=one.channel,
                    probability=one.probability,
                    lift=one.lift,
                    own_responses=one.own,
                    responses=one.others,
                )
                for one in told.moments
            ],
            time_zone=told.zone,
            stands_on=StandsOn.of(told),
        )


OUTCOMES = (Foreseen, NothingLearned)


async def next_steps_of(
    info: Context,
    profile: str,
    within_days: int,
    conversions: list[str] | None,
    channels: list[str] | None,
    first: int | None,
) -> NextSteps:
    """Resolve `nextSteps` of a profile."""
    caller = info.context
    size = page_size(first, DEFAULT_STEPS)
    reachable = caller.rules.next_step.reachable
    asked = Asked(
        channels=reachable if channels is None else tuple(dict.fromkeys(channels)),
        days=within_days,
        conversions=None if conversions is None else tuple(dict.fromkeys(conversions)),
        # Also the hours of everybody's habits, in somebody's own time, would tell it.
        with_zone=caller.sees_personal_data or _ZONE in caller.rules.privacy.open_traits,
    )
    told = await caller.together.ask(caller.foreteller.foretell, profile, asked=asked)
    if isinstance(told, Unlearned):
        return NothingLearned(at=datetime.now(UTC), reason=told)
    return Foreseen.of(told, size)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
