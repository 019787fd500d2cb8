"""Where the graph is: the settings say it, or what runs in the home."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from service import embedded
from service.errors import SettingsError
from service.settings import Settings
from service.store.graph import Graph, connect

_FILE = "connection.json"


@dataclass(frozen=True, slots=True)
class Connection:
    """How scripts and notebooks reach the service and its graph."""

    url: str | None
    neo4j_uri: str
    neo4j_user: str
    neo4j_password: str = field(repr=False)


def write_connection(home: Path, connection: Connection) -> Path:
    """Write `connection.json`, for its owner's eyes only."""
    path = home / _FILE
    write_private(path, json.dumps(asdict(connection), indent=2) + "\n")
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that is whole or not there, and that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def find_connection(settings: Settings) -> Connection:
    """Where the graph is.

    Raises:
        SettingsError: nothing says it.
    """
    if settings.neo4j_uri is not None:
        password = settings.neo4j_password
        return Connection(
            None,
            settings.neo4j_uri,
            settings.neo4j_user,
            password.get_secret_value() if password else "",
        )
    path = settings.home / _FILE
    try:
        return Connection(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        server = embedded.status(settings)
        if server is not None:
            return Connection(None, server.bolt_uri, server.user, server.password)
        raise SettingsError(
            f"there is no {path}: start `knoop up` or `knoop neo4j start`, or say where Neo4j "
            "is in KNOOP_NEO4J_URI"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; restart `knoop up`") from error


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Graph]:
    """The graph that the settings or a running `knoop up` lead to."""
    found = find_connection(settings)
    async with connect(
        found.neo4j_uri, found.neo4j_user, found.neo4j_password, settings.neo4j_database
    ) as graph:
        await graph.check()
        yield graph
