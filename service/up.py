"""Start everything, say where it is, and stop it cleanly: `knoop up` and `knoop serve`."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import structlog
from rich.console import Console

from service import embedded
from service.access import Keys, Scope, add_key, add_source
from service.api.app import build_app
from service.connection import Connection, find_connection, write_connection, write_private
from service.demo.loading import load_demo
from service.demo.truth import SOURCES, DemoSource
from service.errors import KnoopError, NotFoundError
from service.identity import by_hand, explaining
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.ingest.record import warm_up
from service.job_processes import jobs_done
from service.journey import flows, paths, people, reading, sessions
from service.learner import learner, subject_of
from service.profile import finding
from service.profile.watching import Watcher
from service.serving import collect_less_often, listen, serving
from service.settings import Settings
from service.store.graph import Graph, connect
from service.store.installation import install
from service.store.migrations import migrate
from service.workers import workers

_log = structlog.get_logger()

_FIRST_SOURCE = DemoSource("web", "web", "web")


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The keys that `knoop up` made for whoever started it. Kept in the home, mode 0600."""

    api: str
    write: dict[str, str]


async def bring_up_to_date(graph: Graph, rules: Rules) -> None:
    """The schema, the rules, and the procedures that analysts call."""
    await _prepare(graph, rules)
    await install(graph)


async def _prepare(graph: Graph, rules: Rules) -> None:
    await migrate(graph)
    if not await publish(graph, rules):
        _log.warning(
            "profiles_not_in_line",
            problem="the rules changed, and profiles may still be as the old ones made them",
            remedy="knoop resolve --dry-run, then knoop resolve",
        )


async def run_up(
    settings: Settings,
    installation: embedded.Installation | None,
    *,
    with_demo: bool,
    console: Console,
) -> None:
    """Serve over a Neo4j of one's own; without `installation`, over KNOOP_NEO4J_URI's."""
    rules = load_rules(settings.rules)
    listening = listen(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        server = None
        if installation is None:
            found = find_connection(settings)
        else:
            server = await stack.enter_async_context(
                embedded.running_neo4j(settings, installation, console=console)
            )
            found = Connection(None, server.bolt_uri, server.user, server.password)
        is_own = server is not None
        graph, url = await _serve_graph(stack, settings, rules, found, listening, is_own=is_own)
        own = await _own_keys(graph, settings, SOURCES if with_demo else [_FIRST_SOURCE])
        connection = replace(found, url=url)
        path = write_connection(settings.home, connection)
        stack.callback(path.unlink, missing_ok=True)
        person = (
            await load_demo(settings.home, graph, url, own.write, console) if with_demo else None
        )
        browser = server.browser_url if server else None
        _say_where(console, connection, path, browser, own, person)
        if server is None or installation is None:
            await asyncio.Event().wait()
        else:
            await embedded.keep_running(server, settings, installation, console)


async def run_serve(settings: Settings, *, console: Console) -> None:
    """Serve over a Neo4j that is already there."""
    rules = load_rules(settings.rules)
    found = find_connection(settings)
    listening = listen(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        _, url = await _serve_graph(stack, settings, rules, found, listening, is_own=False)
        console.print(f"knoop serves at {url}", markup=False)
        await asyncio.Event().wait()


async def _serve_graph(
    stack: AsyncExitStack,
    settings: Settings,
    rules: Rules,
    found: Connection,
    listening: socket.socket,
    *,
    is_own: bool,
) -> tuple[Graph, str]:
    graph = await stack.enter_async_context(
        connect(found.neo4j_uri, found.neo4j_user, found.neo4j_password, settings.neo4j_database)
    )
    await _prepare(graph, rules)
    if is_own:
        await install(graph)
    else:
        # Somebody else's Neo4j may show what is installed only after minutes, or not allow it.
        task = asyncio.create_task(_install_when_possible(graph))
        stack.callback(task.cancel)
    await warm_up(graph, rules)
    collect_less_often()
    # Few readers need it, and those who send wait for nothing that is only read.
    planning = asyncio.create_task(_plan_ahead(graph, rules))
    stack.callback(planning.cancel)
    app = build_app(graph, rules, settings)
    url = await stack.enter_async_context(serving(app, listening))
    await stack.enter_async_context(workers(settings.workers - 1, found, listening))
    await stack.enter_async_context(learner(graph, rules, settings, found))
    await stack.enter_async_context(jobs_done(graph, found, settings))
    return graph, url


async def _install_when_possible(graph: Graph) -> None:
    try:
        await install(graph)
    except KnoopError as error:
        _log.warning("procedures_not_installed", problem=str(error))


async def _plan_ahead(graph: Graph, rules: Rules) -> None:
    with suppress(KnoopError):
        await reading.warm_up(graph)
        await Watcher(graph).warm_up()
        await finding.warm_up(graph)
        await sessions.warm_up(graph)
        await people.warm_up(graph, subject_of(rules))
        await explaining.warm_up(graph)
        await by_hand.warm_up(graph)
        await paths.warm_up(graph)
        await flows.warm_up(graph)


async def _own_keys(graph: Graph, settings: Settings, sources: Iterable[DemoSource]) -> OwnKeys:
    """The keys that are printed: made once, and again when the graph does not know them."""
    path = settings.home / "keys.json"
    kept: dict[str, str] = {}
    with suppress(FileNotFoundError):
        kept = json.loads(path.read_text(encoding="utf-8"))
    known = Keys(graph)
    if not await _is_known(known, kept.get("api")):
        kept["api"] = await add_key(graph, f"up-{secrets.token_hex(4)}", [Scope.ADMIN])
    write = {}
    for source in sources:
        if not await _is_known(known, kept.get(source.id)):
            kept[source.id] = await add_source(graph, source.id, channel=source.channel)
        write[source.id] = kept[source.id]
    write_private(path, json.dumps(kept, indent=2) + "\n")
    return OwnKeys(kept["api"], write)


async def _is_known(keys: Keys, key: str | None) -> bool:
    if key is None:
        return False
    try:
        await keys.find(key)
    except NotFoundError:
        return False
    return True


def _say_where(
    console: Console,
    connection: Connection,
    path: Path,
    browser: str | None,
    own: OwnKeys,
    person: str | None,
) -> None:
    """Where to look, and with which keys."""
    namespace, _, value = (person or "email:ann@example.com").partition(":")
    variables = quote(json.dumps({"namespace": namespace, "value": value}))
    source, write_key = next(iter(own.write.items()))
    lines = [
        ("GraphiQL", f"{connection.url}/graphql?variables={variables}#key={own.api}"),
        ("", "a query is there already: press the play button"),
        ("API key", own.api),
        ("Write key", f"{write_key}  (source {source})"),
        ("Messages to", f"{connection.url}/v1/batch, with any Segment SDK"),
        ("Neo4j", f"{connection.neo4j_uri}, user {connection.neo4j_user}"),
        ("", f"its password is in {path}"),
        ("Guides", "README.md and docs/ in knoop's source"),
    ]
    if browser:
        try_this = f"try  CALL custom.knoop.journey('{namespace}:{value}')"
        lines[5:5] = [("Neo4j Browser", browser), ("", try_this)]
    console.print()
    for name, text in lines:
        console.print(f"{name:<15}{text}", markup=False, highlight=False, soft_wrap=True)
    console.print("\nCtrl-C stops everything; the data stays.")
