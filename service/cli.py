"""The `knoop` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from service import __version__
from service.cli_access import key_app, source_app
from service.cli_import import import_files
from service.cli_journey import attribution, journey
from service.cli_load import load
from service.cli_messages import dead_letters_app, simulate
from service.cli_next_step import learn, next_step
from service.command import Home, Port, Workers, console, run, settings_of, with_graph
from service.errors import EmbeddedError, KnoopError
from service.settings import Settings
from service.tracing import exporting

app = typer.Typer(
    name="knoop",
    help="Which identifiers are one person, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
neo4j_app = typer.Typer(help="The Neo4j that knoop keeps for itself.", no_args_is_help=True)
app.add_typer(neo4j_app, name="neo4j")
app.add_typer(source_app, name="source")
app.add_typer(key_app, name="key")
app.command("import")(import_files)
app.command()(load)
app.command()(simulate)
app.command()(journey)
app.command()(attribution)
app.command("next")(next_step)
app.command()(learn)
app.add_typer(dead_letters_app, name="dead-letters")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which this is.")
    ] = False,
) -> None:
    pass


@app.command()
def up(
    home: Home = None,
    port: Port = None,
    workers: Workers = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load a believable company.")] = False,
) -> None:
    """Start a Neo4j of one's own (or use KNOOP_NEO4J_URI), migrate and serve, until Ctrl-C."""
    from service import embedded  # noqa: PLC0415

    settings = settings_of(home, port, workers)
    if settings.neo4j_uri is None:
        installation = embedded.fetch(settings.cache, console=console)
    else:
        installation = None
        _fetch_pages(settings)
    with _metrics_of_all(settings), exporting():
        from service.serving import until_stopped  # noqa: PLC0415
        from service.up import run_up  # noqa: PLC0415

        run(
            lambda: until_stopped(
                run_up(settings, installation, with_demo=demo, console=console), console
            ),
            settings,
        )


@app.command()
def serve(home: Home = None, port: Port = None, workers: Workers = None) -> None:
    """Serve against KNOOP_NEO4J_URI, or the Neo4j of a running `knoop up` or `knoop neo4j`."""
    settings = settings_of(home, port, workers)
    _fetch_pages(settings)
    with _metrics_of_all(settings), exporting():
        from service.serving import until_stopped  # noqa: PLC0415
        from service.up import run_serve  # noqa: PLC0415

        run(lambda: until_stopped(run_serve(settings, console=console), console), settings)


@app.command()
def migrate(home: Home = None) -> None:
    """Bring the graph's schema and procedures up to date."""
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.up import bring_up_to_date  # noqa: PLC0415

    rules = load_rules(settings_of(home).rules)
    with_graph(home, lambda graph: bring_up_to_date(graph, rules))
    typer.echo("The graph is up to date.", err=True)


@app.command()
def resolve(
    home: Home = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; say what would change.")
    ] = False,
) -> None:
    """Bring every profile and channel in line with changed rules, while messages keep coming.

    What is interrupted goes on where it was. Start the service with the new rules first: one that
    still has the old ones goes on deciding by them.
    """
    from service.embedded.progress import count_bar  # noqa: PLC0415
    from service.identity.realignment import realign  # noqa: PLC0415
    from service.identity.rules import load_rules  # noqa: PLC0415
    from service.ingest.rechannelling import rechannel  # noqa: PLC0415
    from service.tables import (  # noqa: PLC0415
        channels_in_words,
        channels_table,
        differences_in_words,
        differences_table,
    )

    rules = load_rules(settings_of(home).rules)
    with count_bar(console, "profiles") as on_page:
        report = with_graph(
            home, lambda graph: realign(graph, rules, dry_run=dry_run, on_page=on_page)
        )
    typer.echo(differences_in_words(report, dry_run=dry_run))
    if report.largest:
        Console().print(differences_table(report))
    with count_bar(console, "events") as on_page:
        channels = with_graph(
            home, lambda graph: rechannel(graph, rules, dry_run=dry_run, on_page=on_page)
        )
    typer.echo(channels_in_words(channels, dry_run=dry_run))
    if channels.moves:
        Console().print(channels_table(channels))


@app.command()
def demo(
    home: Home = None,
    score: Annotated[
        bool, typer.Option("--score", help="Compare the profiles with the truth.")
    ] = False,
) -> None:
    """The believable company that `knoop up --demo` loads."""
    from service.demo.report import score_of_graph  # noqa: PLC0415
    from service.tables import scores_table  # noqa: PLC0415

    if not score:
        raise typer.BadParameter("say --score; the demo is loaded by: knoop up --demo")
    ours, plain = with_graph(home, score_of_graph)
    Console().print(scores_table({"knoop's rule": ours, "plain connected components": plain}))


@neo4j_app.command("start")
def neo4j_start(home: Home = None) -> None:
    """Start it, and leave it running."""
    from service import embedded  # noqa: PLC0415

    settings = settings_of(home)
    server = run(
        lambda: embedded.start(settings, embedded.fetch(settings.cache, console=console)), settings
    )
    typer.echo(f"Neo4j runs at {server.bolt_uri}; its Browser is {server.browser_url}", err=True)


@neo4j_app.command("stop")
def neo4j_stop(home: Home = None) -> None:
    """Stop it."""
    from service import embedded  # noqa: PLC0415

    settings = settings_of(home)
    stopped = run(lambda: embedded.stop(settings), settings)
    typer.echo("Neo4j is stopped." if stopped else "No Neo4j was running.", err=True)


@neo4j_app.command("status")
def neo4j_status(home: Home = None) -> None:
    """Say whether it runs, and where. Exit status 3 when it does not."""
    from service import embedded  # noqa: PLC0415

    server = embedded.status(settings_of(home))
    if server is None:
        typer.echo("stopped")
        raise typer.Exit(3)
    typer.echo(f"running at {server.bolt_uri}, process {server.pid}, Browser {server.browser_url}")


@contextmanager
def _metrics_of_all(settings: Settings) -> Iterator[None]:
    """Have the metrics of several processes added up; they are told where before they count."""
    if settings.workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="knoop-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _fetch_pages(settings: Settings) -> None:
    """The query page is a comfort: without a network the service still serves."""
    from service import embedded  # noqa: PLC0415

    try:
        embedded.fetch_pages(settings.cache, console=console)
    except EmbeddedError as error:
        console.print(f"The page at /graphql will be empty: {error}", markup=False)


def main() -> None:
    """Run the command; an error that knoop knows is one sentence and exit status 1."""
    try:
        app()
    except KnoopError as error:
        console.print(Text(f"knoop: {error}", style="red"), soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
