"""Which conversions, and which paths to them: the inputs, checked and made into what is read."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from service.access import Scope
from service.analysis.asking import Audience
from service.api.graphql.arguments import in_utc
from service.api.graphql.caller import Caller
from service.api.graphql.profile_filter import ProfileFilter, conditions_of
from service.errors import InvalidQueryError
from service.journey.paths import MAX_DAYS, MAX_TOUCHPOINTS, By, Comparison, Condition, Wanted

# Properties that say nothing of a person, whatever the rules open.
_NOBODYS = ("source", "channel", "traffic_source", "traffic_medium", "traffic_campaign")


@strawberry.enum(description="What a touchpoint is told by.")
class TouchpointBy(Enum):
    CHANNEL = strawberry.enum_value("channel", description="How somebody came, as in paid_search.")
    SOURCE = strawberry.enum_value("source", description="From where, as in google; else our own.")
    CAMPAIGN = strawberry.enum_value("campaign", description="By which campaign.")
    DEVICE = strawberry.enum_value("device", description="The kind of the device, as in phone.")


@strawberry.enum(description="What is done to paths before anything is made of them.")
class PathTransform(Enum):
    WITHOUT_DIRECT = strawberry.enum_value(
        "without_direct", description="No direct visits, unless a path has nothing else."
    )
    COLLAPSED = strawberry.enum_value(
        "collapsed", description="A touchpoint like the one before it is left out."
    )
    FIRST_OCCURRENCES = strawberry.enum_value(
        "first_occurrences", description="Each touchpoint once, where it stood first."
    )
    WITH_COUNTS = strawberry.enum_value(
        "with_counts", description="Each once, where it stood first, with how often it is there."
    )


@strawberry.input(
    description="What has to hold of a property of a conversion. Give one of equals, in, atLeast "
    "and below."
)
class PropertyCondition:
    name: str = strawberry.field(description="As it was sent, as in total.")
    equals: JSON | None = strawberry.UNSET
    in_: list[JSON] | None = strawberry.field(default=strawberry.UNSET, name="in")
    at_least: JSON | None = strawberry.UNSET
    below: JSON | None = strawberry.UNSET


@strawberry.input(
    description="Which events are conversions. By a property that the rules do not open "
    "(open_properties) it needs personal:read."
)
class ConversionInput:
    event: str = strawberry.field(description='Their name, as in "Order Completed".')
    where: list[PropertyCondition] = strawberry.field(default_factory=list)
    value: str | None = strawberry.field(
        default=None, description="The property that holds what one is worth, as in total."
    )
    currency: str | None = strawberry.field(
        default=None, description="Only those in this one. Needed where there are several."
    )
    from_: datetime | None = strawberry.field(
        default=None, name="from", description="This time or later."
    )
    to: datetime | None = strawberry.field(default=None, description="Before this time.")


@strawberry.input(description="Which paths: what is a touchpoint of one, and whose they are.")
class PathInput:
    by: TouchpointBy = TouchpointBy.CHANNEL
    lookback_days: int = strawberry.field(
        default=30, description=f"How long before a conversion. 1 to {MAX_DAYS}."
    )
    most: int = strawberry.field(
        default=100, description=f"The last so many touchpoints. 1 to {MAX_TOUCHPOINTS}."
    )
    transforms: list[PathTransform] = strawberry.field(
        default_factory=list, description="Done in this order."
    )
    consent: str | None = strawberry.field(
        default=None, description="Only people whose last word on this purpose is yes."
    )
    people: ProfileFilter | None = strawberry.field(
        default=None, description="Only these people. It needs personal:read."
    )


Paths = Annotated[PathInput, strawberry.argument(description="Without it, as the defaults say.")]


def wanted_by(caller: Caller, conversion: ConversionInput, paths: PathInput) -> Wanted:
    """What to read.

    Raises:
        ForbiddenError: it asks for what the caller may not see.
        InvalidQueryError: names the field, and says what to do.
    """
    caller.require(Scope.PROFILES_READ)
    if is_personal(caller, conversion, paths):
        caller.require(Scope.PERSONAL_READ)
    return Wanted(
        conversion=conversion.event,
        by=cast("By", paths.by.value),
        since=in_utc("conversion.from", conversion.from_),
        until=in_utc("conversion.to", conversion.to),
        lookback_days=paths.lookback_days,
        most=paths.most,
        value=conversion.value,
        currency=conversion.currency,
        conditions=tuple(_condition(one) for one in conversion.where),
        consent=paths.consent,
        transforms=tuple(str(one.value) for one in paths.transforms),
    )


def is_personal(caller: Caller, conversion: ConversionInput, paths: PathInput | None) -> bool:
    """Whether it asks for what only those may know who may see personal data.

    Who may ask for people with a certain property, one after the other, can find it out.
    """
    asked = [one.name for one in conversion.where]
    asked += [conversion.value] if conversion.value is not None else []
    opened = (*caller.rules.privacy.open_properties, *_NOBODYS)
    has_audience = paths is not None and paths.people is not None
    return has_audience or any(name not in opened for name in asked)


def audience_of(caller: Caller, paths: PathInput) -> Audience | None:
    """Whose paths; None where they are everybody's."""
    if paths.people is None:
        return None
    return Audience(conditions_of(paths.people, caller.rules))


def _condition(one: PropertyCondition) -> Condition:
    comparisons: dict[Comparison, object] = {
        "equal": one.equals,
        "in": one.in_,
        "at_least": one.at_least,
        "below": one.below,
    }
    given = [
        Condition(one.name, comparison, value)
        for comparison, value in comparisons.items()
        if value is not strawberry.UNSET
    ]
    if len(given) != 1:
        raise InvalidQueryError(
            f"conversion.where: give one of equals, in, atLeast and below for {one.name}"
        )
    return given[0]
