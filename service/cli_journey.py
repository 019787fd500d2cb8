"""`knoop journey` and `knoop attribution`: what people did, and what led them to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from service.command import Home, console, recorded, with_graph
from service.errors import InvalidQueryError, NotFoundError
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.journey.attributing import Attributed
    from service.journey.attribution.models import Model
    from service.journey.paths import Comparison, Condition

_DAY = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_TABLES = (".csv", ".parquet")


class By(StrEnum):
    """What a touchpoint is told by."""

    CHANNEL = "channel"
    SOURCE = "source"
    CAMPAIGN = "campaign"
    DEVICE = "device"


Since = Annotated[
    datetime | None, typer.Option(formats=_DAY, help="This time or later; UTC if not said.")
]
Until = Annotated[datetime | None, typer.Option(formats=_DAY, help="Before this time.")]


def attribution(
    conversion: Annotated[str, typer.Option(help='The name of an event, as in "Order Completed".')],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="One of several; with parameters, as in markov:order=2. Else the usual ones."
        ),
    ] = None,
    by: Annotated[By, typer.Option(help="What gets the credit.")] = By.CHANNEL,
    value: Annotated[
        str | None, typer.Option(metavar="PROPERTY", help="What holds a conversion's worth.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Only conversions in this one.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Of a conversion, as in total>=50 or plan=gold."),
    ] = None,
    since: Since = None,
    until: Until = None,
    lookback_days: Annotated[int, typer.Option(help="How long before a conversion.")] = 30,
    transform: Annotated[
        list[str] | None,
        typer.Option(help="without_direct, collapsed, first_occurrences or with_counts."),
    ] = None,
    consent: Annotated[
        str | None, typer.Option(metavar="PURPOSE", help="Only people who said yes to this.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to a .csv or .parquet file.")
    ] = None,
    home: Home = None,
) -> None:
    """Print what each channel, source, campaign or device has of the conversions, by each model."""
    from service.embedded.progress import count_bar  # noqa: PLC0415
    from service.journey.attributing import attribute_conversions  # noqa: PLC0415
    from service.journey.paths import Reading, Wanted  # noqa: PLC0415

    if output is not None and output.suffix not in _TABLES:
        raise InvalidQueryError(f"--output: {output} is neither .csv nor .parquet")
    models = _models(model or [])
    wanted = Wanted(
        conversion=conversion,
        by=by.value,
        since=_in_utc(since),
        until=_in_utc(until),
        lookback_days=lookback_days,
        value=value,
        currency=currency,
        conditions=tuple(_condition(one) for one in where or []),
        consent=consent,
        transforms=tuple(transform or ()),
    )

    async def work(graph: Graph) -> Attributed:
        with count_bar(console, "people") as tell:
            return await attribute_conversions(graph, wanted, models, Reading(tell=tell))

    found = with_graph(home, work)
    if output is None:
        _print(found, by.value, has_value=value is not None)
    else:
        _write(found, by.value, output)


def journey(
    person: Annotated[
        str, typer.Argument(help="An identifier, as in email:ann@example.com, or a profile's id.")
    ],
    since: Since = None,
    until: Until = None,
    home: Home = None,
) -> None:
    """Draw what one person did, over all devices and channels, one session after the other."""
    from service.journey.drawing import Happened, Session, draw_journey, read_journey  # noqa: PLC0415
    from service.profile.reading import read_profile  # noqa: PLC0415

    async def work(graph: Graph) -> list[tuple[Session, list[Happened]]]:
        profile = await read_profile(graph, person)
        if profile is None:
            raise NotFoundError(
                f"nobody is known by {person}; write an identifier as namespace:value"
            )
        profiles.append(profile.id)
        return await read_journey(graph, person, _in_utc(since), _in_utc(until))

    profiles: list[str] = []
    with recorded(home, "read", "journey", profiles=profiles):
        sessions = with_graph(home, work)
    Console().print(draw_journey(person, sessions))


def _in_utc(time: datetime | None) -> datetime | None:
    if time is None or time.tzinfo is None:
        return time and time.replace(tzinfo=UTC)
    return time.astimezone(UTC)


def _models(told: Sequence[str]) -> list[Model]:
    """Those that are named, each with its parameters; else the usual ones."""
    from service.journey.attribution.models import MODELS  # noqa: PLC0415

    models: list[Model] = []
    for one in told or _USUAL:
        name, _, parameters = one.partition(":")
        if name not in MODELS:
            raise InvalidQueryError(f"--model: {name} is none of {', '.join(MODELS)}")
        given = dict(part.partition("=")[::2] for part in parameters.split(",") if part)
        models.append(_with_parameters(MODELS[name], given))
    return models


def _with_parameters(model: type[Model], given: dict[str, str]) -> Model:
    known = {one.name: one.default for one in fields(model)}
    parameters: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            has = f"has {', '.join(known)}" if known else "has no parameters"
            raise InvalidQueryError(f"--model: {model.name} {has}, and not {name}")
        try:
            parameters[name] = _PARAMETERS[type(known[name])](text)
        except ValueError:
            raise InvalidQueryError(f"--model: {name} of {model.name} is no number") from None
    return model(**parameters)


_USUAL = ("first_touch", "last_touch", "last_non_direct", "linear", "time_decay", "markov")
_PARAMETERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    timedelta: lambda text: timedelta(days=float(text)),
}


def _condition(told: str) -> Condition:
    """What somebody wrote, as in total>=50. What is JSON is a number or so; all else is text."""
    from service.journey.paths import Condition  # noqa: PLC0415

    found = _CONDITION.fullmatch(told)
    if found is None:
        raise InvalidQueryError(f"--where: {told} is none of NAME=VALUE, NAME>=VALUE, NAME<VALUE")
    try:
        value: Any = orjson.loads(found["value"])
    except orjson.JSONDecodeError:
        value = found["value"]
    return Condition(found["name"], _COMPARISONS[found["is"]], value)


_CONDITION = re.compile(r"(?P<name>[^=<>]+)(?P<is>>=|<|=)(?P<value>.+)", re.DOTALL)
_COMPARISONS: dict[str, Comparison] = {"=": "equal", ">=": "at_least", "<": "below"}


def _print(found: Attributed, by: str, *, has_value: bool) -> None:
    """A table of conversions, and one of their value where somebody asked for it."""
    if not found.conversions:
        console.print(f"No conversions among {found.people:,} people.", highlight=False)
        return
    shown = Console()
    shown.print(_table(found, by, "conversions"))
    if has_value:
        shown.print(_table(found, by, "value"))
    said = f"{found.conversions:,} conversions of {found.people:,} people"
    console.print(said, highlight=False)


def _table(found: Attributed, by: str, column: str) -> Table:
    table = Table(title=column.capitalize())
    table.add_column(by, overflow="fold")
    for one in found.credits:
        # With spaces a heading can be broken.
        table.add_column(one.model.name.replace("_", " "), justify="right")
    given = [dict(zip(one.names, getattr(one, column), strict=True)) for one in found.credits]
    names = sorted({name for one in given for name in one}, key=lambda name: -given[0].get(name, 0))
    for name in names:
        table.add_row(name, *(f"{one.get(name, 0.0):,.1f}" for one in given))
    return table


def _write(found: Attributed, by: str, output: Path) -> None:
    """One row for each model and name."""
    import pyarrow as pa  # noqa: PLC0415

    rows = [
        {
            "model": one.model.name,
            by: name,
            "conversions": float(conversions),
            "value": float(value),
        }
        for one in found.credits
        for name, conversions, value in zip(one.names, one.conversions, one.value, strict=True)
    ]
    kinds = [("model", pa.string()), (by, pa.string()), ("conversions", pa.float64())]
    table = pa.Table.from_pylist(rows, schema=pa.schema([*kinds, ("value", pa.float64())]))
    if output.suffix == ".csv":
        from pyarrow import csv  # noqa: PLC0415

        csv.write_csv(table, output)
    else:
        from pyarrow import parquet  # noqa: PLC0415

        parquet.write_table(table, output)
