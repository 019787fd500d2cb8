"""`knoop simulate` and `knoop dead-letters`: what is done with messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from service.command import Home, console, recorded, settings_of, with_graph
from service.errors import KnoopError
from service.settings import load_settings
from service.store.graph import Graph

if TYPE_CHECKING:
    from service.ingest.dead_letters import DeadLetter

dead_letters_app = typer.Typer(
    help="Messages that passed every check and that the database refused.", no_args_is_help=True
)


def simulate(
    messages: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="MESSAGES.jsonl", help="One message a line; -: standard input."),
    ],
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="Else KNOOP_RULES; else the built-in ones."),
    ] = None,
) -> None:
    """Print, without a database, what the rules make of messages: one JSON object.

    A line that the service would not take is named on standard error. The others count, and the
    exit status is 1.
    """
    from service.embedded.progress import reading  # noqa: PLC0415
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.ingest.simulate import lines_of, simulate  # noqa: PLC0415

    refused = 0

    def refuse(line: int, error: KnoopError) -> None:
        nonlocal refused
        refused += 1
        console.print(f"line {line}: {error}", markup=False, highlight=False, soft_wrap=True)

    chosen = load_rules(load_settings(rules=rules).rules)
    with reading(console, messages, "Reading the messages") as stream:
        outcome = simulate(lines_of(stream), chosen, refuse)
    typer.echo(orjson.dumps(outcome))
    if refused:
        raise typer.Exit(1)


@dead_letters_app.command("list")
def dead_letters_list(home: Home = None) -> None:
    """Print one line each: message id, source, when last tried, how often, and the error."""
    from service.ingest.dead_letters import dead_letters  # noqa: PLC0415

    async def work(graph: Graph) -> None:
        async for one in dead_letters(graph):
            tried = f"{one.last_at:%Y-%m-%dT%H:%M:%SZ}"
            error = " ".join(one.error.split())
            typer.echo("\t".join([one.message_id, one.source, tried, str(one.attempts), error]))

    with_graph(home, work)


@dead_letters_app.command("show")
def dead_letters_show(
    message_id: Annotated[str, typer.Argument(help="As the list has it.")], home: Home = None
) -> None:
    """Print one of them as JSON: what was sent, by whom, and what is wrong with it."""
    from service.ingest.dead_letters import find_dead_letter  # noqa: PLC0415

    with recorded(home, "read", "dead-letters show", node=message_id):
        letter = with_graph(home, lambda graph: find_dead_letter(graph, message_id))
    typer.echo(orjson.dumps(letter.shown(), option=orjson.OPT_INDENT_2))


@dead_letters_app.command("replay")
def dead_letters_replay(
    message_ids: Annotated[
        list[str] | None, typer.Argument(help="Which ones; without any, all of them.")
    ] = None,
    home: Home = None,
) -> None:
    """Try again to store them. Exit status 1 if some still cannot be: those are named."""
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.ingest.dead_letters import replay  # noqa: PLC0415

    rules = load_rules(settings_of(home).rules)

    async def work(graph: Graph) -> tuple[int, int]:
        stored = left = 0
        async for letter in _chosen(graph, message_ids):
            error = await replay(graph, rules, letter)
            if error is None:
                stored += 1
            else:
                left += 1
                said = f"{letter.message_id}: {error}"
                console.print(said, markup=False, highlight=False, soft_wrap=True)
        return stored, left

    stored, left = with_graph(home, work)
    typer.echo(f"{stored} stored, {left} left", err=True)
    if left:
        raise typer.Exit(1)


async def _chosen(graph: Graph, message_ids: list[str] | None) -> AsyncIterator[DeadLetter]:
    from service.ingest.dead_letters import dead_letters, find_dead_letter  # noqa: PLC0415

    if not message_ids:
        async for letter in dead_letters(graph):
            yield letter
    for message_id in message_ids or ():
        yield await find_dead_letter(graph, message_id)
