"""`knoop next` and `knoop learn`: what somebody may do next, and what that is told by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.command import Home, console, recorded, settings_of, with_graph
from service.errors import ConflictError, InvalidQueryError, NotFoundError
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.journey.foretelling import Foretold, Unlearned
    from service.journey.learning import Lesson

_MOST = 500
_SHOWN = 5


def next_step(
    person: Annotated[
        str, typer.Argument(help="An identifier, as in email:ann@example.com, or a profile's id.")
    ],
    within_days: Annotated[int, typer.Option(help="For a conversion to come; 1 to 90.")] = 7,
    conversion: Annotated[
        list[str] | None, typer.Option(help='An event, as in "Order Completed"; else all.')
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="On which one may reach them; else as the rules say.")
    ] = None,
    first: Annotated[int, typer.Option(help=f"How many touchpoints; 1 to {_MOST}.")] = _SHOWN,
    home: Home = None,
) -> None:
    """Tell what one person may do next, and when and where to reach them."""
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.journey.foretelling import Asked, Foreteller, Unlearned  # noqa: PLC0415
    from service.learner import subject_of  # noqa: PLC0415
    from service.profile.reading import read_profile  # noqa: PLC0415

    if not 1 <= first <= _MOST:
        raise InvalidQueryError(f"--first: is {first}; ask for 1 to {_MOST}")
    rules = load_rules(settings_of(home).rules)
    asked = Asked(
        channels=tuple(channel) if channel else rules.next_step.reachable,
        days=within_days,
        conversions=tuple(conversion) if conversion else None,
    )

    async def work(graph: Graph) -> Foretold | Unlearned:
        profile = await read_profile(graph, person)
        if profile is None:
            raise NotFoundError(
                f"nobody is known by {person}; write an identifier as namespace:value"
            )
        profiles.append(profile.id)
        [told] = await Foreteller(graph, subject_of(rules)).foretell(
            graph, [profile.id], asked=asked
        )
        return told

    profiles: list[str] = []
    with recorded(home, "read", "next", profiles=profiles):
        told = with_graph(home, work)
    if isinstance(told, Unlearned):
        console.print("Nothing was learned yet; run: knoop learn", highlight=False)
    else:
        _print(told, first)


def learn(
    anew: Annotated[
        bool, typer.Option("--anew", help="All months, also those that were counted before.")
    ] = False,
    home: Home = None,
) -> None:
    """Learn from all journeys what the next step is told by; services do so by themselves."""
    from service.embedded.progress import count_bar  # noqa: PLC0415
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.journey.learning import learn_journeys  # noqa: PLC0415
    from service.learner import subject_of  # noqa: PLC0415

    subject = subject_of(load_rules(settings_of(home).rules))

    async def work(graph: Graph) -> Lesson | None:
        with count_bar(console, "people") as tell:
            return await learn_journeys(graph, subject, datetime.now(UTC), anew=anew, tell=tell)

    lesson = with_graph(home, work)
    if lesson is None:
        raise ConflictError("somebody else is learning at this moment; wait until they are done")
    months = "1 month" if len(lesson.months) == 1 else f"{len(lesson.months)} months"
    console.print(f"Learned from {lesson.people:,} people, over {months}.", highlight=False)


def _print(told: Foretold, first: int) -> None:
    shown = Console()
    shown.print(_touchpoints(told, first))
    shown.print(_conversions(told))
    if told.moments:
        shown.print(_moments(told))
    model = told.learned.model
    for what, basis in (
        ("next touchpoint", told.prediction.next_basis),
        ("conversions", told.prediction.conversion_basis),
    ):
        did = " ← ".join(basis.context[1:])
        silent = f"{did} {basis.context[0]}" if basis.context else "whatever anybody did"
        console.print(f"{what}: {silent}, seen {basis.times:,} times", highlight=False)
    since, until = (datetime.fromtimestamp(one, UTC) for one in (model.since, model.until))
    console.print(
        f"Learned from {model.followed:,} touchpoints, {since:%Y-%m-%d} to "
        f"{until:%Y-%m-%d %H:%M}; of this person {told.own_touchpoints:,} are known.",
        highlight=False,
    )


def _touchpoints(told: Foretold, first: int) -> Table:
    table = Table(title="Next touchpoint")
    table.add_column("channel", overflow="fold")
    table.add_column("probability", justify="right")
    table.add_column("seen", justify="right")
    for one in told.prediction.next_touches[:first]:
        table.add_row(one.name, f"{one.probability:.1%}", f"{one.times:,}")
    return table


def _conversions(told: Foretold) -> Table:
    table = Table(title="Conversions")
    table.add_column("event", overflow="fold")
    for heading in ("within", "probability", "base rate"):
        table.add_column(heading, justify="right")
    for one in told.chances:
        rates = (one.probability, one.base_rate)
        days = "1 day" if one.days == 1 else f"{one.days} days"
        table.add_row(one.name, days, *(_rate(rate) for rate in rates))
    return table


def _rate(rate: float | None) -> str:
    return "not known yet" if rate is None else f"{rate:.1%}"


def _moments(told: Foretold) -> Table:
    table = Table(title=f"When to reach them ({told.zone or 'UTC'})")
    table.add_column("channel", overflow="fold")
    for heading in ("from", "of their responses", "lift", "own", "everybody's"):
        table.add_column(heading, justify="right")
    for one in told.moments:
        table.add_row(
            one.channel,
            f"{one.at:%a %Y-%m-%d %H:%M}",
            f"{one.probability:.2%}",
            f"{one.lift:.1f}",
            f"{one.own:,}",
            f"{one.others:,}",
        )
    return table
