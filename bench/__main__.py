"""`scripts/bench [NAME]`: the benchmarks as commands."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from bench import score
from bench.ingest import Plan, measure
from bench.report import as_json, show
from service.errors import KnoopError
from service.log import configure_log

app = typer.Typer(
    help="The benchmarks. Each starts a Neo4j of its own, and throws it away.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
_console = Console(stderr=True)

Messages = Annotated[int, typer.Option(min=100, help="How many of the demo's messages to send.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each way is measured.")]
Connections = Annotated[int, typer.Option(min=1, help="How many send to the service at once.")]
Minutes = Annotated[float, typer.Option(help="Begin no round after this time.")]
BatchSize = Annotated[int, typer.Option(min=1, max=500, help="Messages in one request.")]
Quick = Annotated[bool, typer.Option("--quick", help="Few messages and rounds: does it run?")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")]


@app.callback(invoke_without_command=True)
def _all(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(ingest)


@app.command()
def ingest(
    messages: Messages = 10_000,
    rounds: Rounds = 5,
    connections: Connections = 4,
    batch: BatchSize = 100,
    minutes: Minutes = 6.0,
    quick: Quick = False,
    json: Json = None,
) -> None:
    """Messages a second through /v1/batch to committed, beside the plainest Cypher writes."""
    plan = Plan(messages, rounds, connections, batch, minutes=minutes)
    if quick:
        plan = replace(plan, messages=min(messages, 2_000), rounds=min(rounds, 2), warm_ups=1)
    configure_log("text")
    found = asyncio.run(measure(plan, _console))
    show(found, Console())
    if json is not None:
        json.write_bytes(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2) + b"\n")


@app.command(name="score")
def demo_score(
    seed: Annotated[int | None, typer.Option(help="Another company than the demo's.")] = None,
) -> None:
    """How near the default rules come to the demo's truth, and why not nearer."""
    score.show(score.judge(seed), Console())


if __name__ == "__main__":
    try:
        app()
    except KnoopError as error:
        _console.print(f"scripts/bench: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
