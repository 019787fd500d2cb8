"""Choose where a server listens."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from service.embedded.configuration import LOOPBACK, Ports
from service.errors import EmbeddedError
from service.settings import Settings


def choose_ports(settings: Settings) -> Ports:
    """Take the ports that the settings name, and a free one for 0.

    Raises:
        EmbeddedError: a port is taken; names it and the setting.
    """
    # Both are held until both are known, so that they differ.
    with ExitStack() as held:
        return Ports(
            bolt=_claim(held, settings.neo4j_bolt_port, "KNOOP_NEO4J_BOLT_PORT"),
            http=_claim(held, settings.neo4j_http_port, "KNOOP_NEO4J_HTTP_PORT"),
        )


def _claim(held: ExitStack, wanted: int, setting: str) -> int:
    claim = held.enter_context(socket.socket())
    # As Java does: a port that a server has just left is free.
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claim.bind((LOOPBACK, wanted))
    except OSError as error:
        raise EmbeddedError(
            f"Port {wanted}, which Neo4j is to listen on, cannot be had ({error.strerror}): stop "
            f"the program that uses it, or set {setting} to another port (0 takes a free one)."
        ) from error
    port: int = claim.getsockname()[1]
    return port
