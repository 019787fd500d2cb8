"""`knoop source` and `knoop key`: who may send, and who may read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.access import (
    Scope,
    add_key,
    add_source,
    list_keys,
    list_sources,
    revoke_key,
    revoke_source,
)
from service.command import Home, recorded, with_graph

source_app = typer.Typer(help="Where data comes from.", no_args_is_help=True)
key_app = typer.Typer(help="API keys, for reading and writing profiles.", no_args_is_help=True)


@source_app.command("add")
def source_add(
    name: Annotated[str, typer.Argument(help="As in web_shop.")],
    home: Home = None,
    channel: Annotated[
        str | None, typer.Option(help="Its messages' channel, as in web, app, store, email.")
    ] = None,
) -> None:
    """Make a source, or give it one more key, and print the write key. It is shown only once."""
    with recorded(home, "write", "source add", node=name):
        key = with_graph(home, lambda graph: add_source(graph, name, channel=channel))
    typer.echo(key)


@source_app.command("list")
def source_list(home: Home = None) -> None:
    """Print one line each: name, channel, and how many write keys it has."""
    for one in with_graph(home, list_sources):
        typer.echo("\t".join([one.name, one.channel or "", str(one.keys)]))


@source_app.command("revoke")
def source_revoke(
    name: Annotated[str, typer.Argument(help="As the list has it.")], home: Home = None
) -> None:
    """Take all write keys of a source back, within seconds. What it sent stays."""
    with recorded(home, "write", "source revoke", node=name):
        taken = with_graph(home, lambda graph: revoke_source(graph, name))
    typer.echo(f"{taken} keys of {name} open nothing any more.", err=True)


@key_app.command("add")
def key_add(
    name: Annotated[str, typer.Argument(help="Whose key this is.")],
    scope: Annotated[
        list[Scope], typer.Option(help="What it allows; may be given more than once.")
    ],
    expires: Annotated[
        datetime | None,
        typer.Option(help="From this time on, in UTC, nobody is answered with it."),
    ] = None,
    home: Home = None,
) -> None:
    """Make an API key and print it. It is shown only once."""
    expires_at = None if expires is None else expires.replace(tzinfo=UTC)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise typer.BadParameter("--expires is over already; give a time to come")
    if Scope.MESSAGES_WRITE in scope:
        raise typer.BadParameter("messages are sent with a source's key: knoop source add NAME")
    with recorded(home, "write", "key add", node=name):
        key = with_graph(home, lambda graph: add_key(graph, name, scope, expires_at=expires_at))
    typer.echo(key)


@key_app.command("list")
def key_list(home: Home = None) -> None:
    """Print one line each: name, scopes, when made, and when it expires or was taken back."""
    for one in with_graph(home, list_keys):
        end = ""
        if one.revoked_at is not None:
            end = f"revoked {one.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
        elif one.expires_at is not None:
            end = f"expires {one.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        made = f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}"
        typer.echo("\t".join([one.name, ",".join(one.scopes), made, end]).rstrip())


@key_app.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Argument(help="As the list has it.")], home: Home = None
) -> None:
    """Take an API key back, within seconds and for good. Its name is not given again."""
    with recorded(home, "write", "key revoke", node=name):
        with_graph(home, lambda graph: revoke_key(graph, name))
    typer.echo(f"The key {name} opens nothing any more.", err=True)
