"""`scripts/bench [NAME]`: the benchmarks as commands."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from bench import beside as sharing
from bench import bulk as loading
from bench import concurrency as concurrent_writers
from bench import faults as killing
from bench import fuzz, score, whole
from bench import graphql as asking
from bench import identity as growing
from bench import latency as waiting
from bench import memory as resident
from bench import profiles as sizes
from bench.ingest import Plan, measure
from bench.report import as_json, show
from service.demo.generate import PEOPLE, SEED
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
    connections: Connections = 16,
    batch: BatchSize = 100,
    known: Annotated[
        bool, typer.Option("--known", help="Everybody is known already: only events are new.")
    ] = False,
    minutes: Minutes = 9.0,
    quick: Quick = False,
    json: Json = None,
) -> None:
    """Messages a second through /v1/batch to committed, beside the plainest Cypher writes."""
    plan = Plan(messages, rounds, connections, batch, known=known, minutes=minutes)
    if quick:
        plan = replace(plan, messages=min(messages, 2_000), rounds=min(rounds, 2), warm_ups=1)
    configure_log("text")
    found = asyncio.run(measure(plan, _console))
    show(found, Console())
    if json is not None:
        json.write_bytes(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2) + b"\n")


@app.command()
def bulk(
    messages: Annotated[int, typer.Option(min=1_000, help="How many to load.")] = 1_000_000,
    rounds: Rounds = 3,
) -> None:
    """`knoop load` of very many messages, beside the front door in the same run."""
    configure_log("text")
    plan = loading.Plan(messages, rounds=rounds)
    loading.show(asyncio.run(loading.measure(plan, _console)), Console())


@app.command(name="score")
def demo_score(
    seed: Annotated[int, typer.Option(help="Another company than the demo's.")] = SEED,
    people: Annotated[int, typer.Option(min=10, help="How many customers it has.")] = PEOPLE,
) -> None:
    """How near the default rules come to the demo's truth, and why not nearer."""
    score.show(score.judge(seed, people), Console())


@app.command()
def concurrency(
    messages: Annotated[int, typer.Option(min=100, help="How many to send.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Who sends what is drawn by it.")] = 1,
    minutes: Annotated[float, typer.Option(help="Give up after this time.")] = 60.0,
) -> None:
    """Writers in several processes on overlapping people, analysts among them, and the checks."""
    configure_log("text")
    plan = concurrent_writers.Plan(messages, seed=seed, minutes=minutes)
    concurrent_writers.show(asyncio.run(concurrent_writers.measure(plan, _console)), Console())


@app.command()
def identity(
    largest: Annotated[int, typer.Option(help="Stop at this size.")] = 1_000_000,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it into this SVG.")] = None,
) -> None:
    """What one message costs as the graph grows from 10,000 identifiers to a million."""
    configure_log("text")
    plan = growing.Plan()
    plan = replace(plan, sizes=tuple(size for size in plan.sizes if size <= largest))
    found = asyncio.run(growing.measure(plan, _console))
    growing.show(found, Console())
    if plot is not None:
        plot.write_text(growing.draw(found), encoding="utf-8")


@app.command()
def profiles(
    rounds: Rounds = 10,
    large: Annotated[int, typer.Option(min=10, help="The very large profile.")] = 5_000,
) -> None:
    """What merges, contested neighbourhoods and very large profiles cost."""
    configure_log("text")
    plan = sizes.Plan(rounds=rounds, large=(5, large))
    sizes.show(asyncio.run(sizes.measure(plan, _console)), Console())


@app.command()
def resolve(
    identifiers: Annotated[int, typer.Option(min=10_000, help="How large.")] = 1_000_000,
) -> None:
    """`knoop resolve` on a whole graph, beside SciPy's connected components."""
    configure_log("text")
    whole.show(asyncio.run(whole.measure(whole.Plan(identifiers), _console)), Console())


@app.command()
def postgres(
    rounds: Rounds = 5,
    largest: Annotated[int, typer.Option(help="Stop growing at this size.")] = 1_000_000,
    quick: Quick = False,
) -> None:
    """The same work beside what a team would otherwise build, on the machine's PostgreSQL."""
    # Not above: only this benchmark needs psycopg.
    from bench import postgres as beside  # noqa: PLC0415

    configure_log("text")
    plan = beside.Plan(rounds=rounds)
    plan = replace(plan, sizes=tuple(size for size in plan.sizes if size <= largest))
    if quick:
        plan = beside.QUICK
    beside.show(asyncio.run(beside.measure(plan, _console)), Console())


@app.command()
def latency(
    messages: Messages = 10_000,
    connections: Connections = 16,
    batch: BatchSize = 100,
    seconds: Annotated[float, typer.Option(min=1, help="How long half load is offered.")] = 60.0,
    quick: Quick = False,
) -> None:
    """How long requests take at half of full load, single ones and batches."""
    configure_log("text")
    plan = waiting.Plan(messages, batch, connections, seconds)
    if quick:
        plan = replace(plan, messages=min(messages, 1_000), seconds=6)
    waiting.show(asyncio.run(waiting.measure(plan, _console)), Console())


@app.command()
def graphql(
    identifiers: Annotated[
        int, typer.Option(min=1_000, help="How large the graph is.")
    ] = 1_000_000,
    rounds: Rounds = 8,
    connections: Connections = 16,
    quick: Quick = False,
) -> None:
    """A person by GraphQL, beside the driver by hand and npm's @neo4j/graphql."""
    configure_log("text")
    plan = asking.Plan(identifiers, rounds=rounds, connections=connections)
    if quick:
        plan = replace(plan, rounds=min(rounds, 2), warm_ups=1, alone=20, busy=64, people=20)
    asking.show(asyncio.run(asking.measure(plan, _console)), Console())


@app.command()
def beside(
    rounds: Rounds = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long each turn is.")] = 20.0,
    quick: Quick = False,
) -> None:
    """Messages a second beside jobs, and beside a lesson of the next step."""
    configure_log("text")
    plan = sharing.Plan(rounds=rounds, seconds=seconds)
    if quick:
        plan = replace(plan, messages=5_000, rounds=min(rounds, 2), seconds=min(seconds, 5))
    sharing.show(asyncio.run(sharing.measure(plan, _console)), Console())


@app.command()
def journeys(
    rounds: Rounds = 3,
    largest: Annotated[int, typer.Option(help="Stop growing at this size.")] = 1_000_000,
    quick: Quick = False,
) -> None:
    """Journeys as the graph grows: pages of one person's, and everybody's paths."""
    # Not above: only this benchmark needs polars and DuckDB for it.
    from bench import journeys as travelling  # noqa: PLC0415

    configure_log("text")
    plan = travelling.Plan(rounds=rounds)
    plan = replace(plan, sizes=tuple(size for size in plan.sizes if size <= largest))
    if quick:
        plan = replace(plan, sizes=plan.sizes[:1], long=(100, 5_000), rounds=1, warm_ups=1)
    travelling.show(asyncio.run(travelling.measure(plan, _console)), Console())


@app.command(name="attribution-truth")
def attribution_truth(
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it into this SVG.")] = None,
    quick: Quick = False,
) -> None:
    """How far each model of attribution is from what caused the demo's orders."""
    from bench import attribution_truth as truth  # noqa: PLC0415

    configure_log("text")
    found = asyncio.run(truth.measure(_console, people=PEOPLE // 10 if quick else PEOPLE))
    truth.show(found, Console())
    if plot is not None:
        plot.write_text(truth.draw(found), encoding="utf-8")


@app.command()
def attribution(
    rounds: Rounds = 5,
    largest: Annotated[int, typer.Option(help="Stop at this size.")] = 1_000_000,
) -> None:
    """Every model of attribution, beside three libraries and DuckDB's last touch."""
    # Not above: the libraries take seconds to import.
    from bench import attribution as crediting  # noqa: PLC0415

    plan = crediting.Plan(rounds=rounds)
    plan = replace(plan, sizes=tuple(size for size in plan.sizes if size <= largest))
    crediting.show(crediting.measure(plan, _console), Console())


@app.command(name="next-step")
def next_step(
    people: Annotated[int, typer.Option(min=50, help="People of the demo.")] = PEOPLE,
    largest: Annotated[int, typer.Option(help="Costs: stop at this size.")] = 1_000_000,
) -> None:
    """How well the next step is told on later data, beside other ways; needs no Neo4j."""
    from bench import next_step as telling  # noqa: PLC0415  (heavy)

    plans = telling.Plans(people)
    plans = replace(plans, sizes=tuple(size for size in plans.sizes if size <= largest))
    telling.show(telling.measure(plans, _console), Console())


@app.command()
def memory(
    messages: Annotated[int, typer.Option(min=1_000, help="How many to send.")] = 1_000_000,
    connections: Connections = 16,
    batch: BatchSize = 100,
) -> None:
    """What memory the service has as messages come in."""
    configure_log("text")
    plan = resident.Plan(messages, connections, batch)
    resident.show(asyncio.run(resident.measure(plan, _console)), Console())


@app.command(name="fuzz")
def hostile_bodies(
    bodies: Annotated[int, typer.Option(min=100, help="How many to send.")] = 300_000,
    seed: Annotated[int, typer.Option(help="What is wrong with them is drawn by it.")] = 1,
) -> None:
    """Malformed and hostile bodies at every door, and what became of the good ones among them."""
    configure_log("text")
    fuzz.show(asyncio.run(fuzz.measure(fuzz.Plan(bodies, seed=seed), _console)), Console())


@app.command()
def faults(
    kills: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 300,
    minutes: Annotated[float, typer.Option(help="Break nothing more after this time.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Who sends what, and when, is drawn by it.")] = 1,
) -> None:
    """Neo4j and the service killed in turn during a flood, and what became of it."""
    configure_log("text")
    plan = killing.Plan(kills, minutes, seed=seed)
    killing.show(asyncio.run(killing.measure(plan, _console)), Console())


if __name__ == "__main__":
    # Ended from outside, it stops its Neo4j all the same.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except KnoopError as error:
        _console.print(f"scripts/bench: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
