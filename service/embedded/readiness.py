"""Wait until a server answers, and be sure that it is the one that was meant."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import psutil
from neo4j import AsyncGraphDatabase
from neo4j.exceptions import AuthError, DatabaseError, DriverError, TransientError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from service.embedded.home import Home, Server
from service.embedded.process import exit_code
from service.errors import EmbeddedError

PATIENCE = 180  # seconds; a slow disk with a large graph to recover takes its time
PAUSE = 0.2
OUT_OF_MEMORY = 3  # how Java ends by -XX:+ExitOnOutOfMemoryError
ATTEMPT = 10  # seconds; something else on the port may take a connection and say nothing
NOT_YET = (DriverError, TransientError, TimeoutError)
WHICH_HOME = "SHOW SETTINGS 'server.directories.neo4j_home' YIELD value"

_TELLING = re.compile(r"^Caused by: |\bERROR\b|^Error|Exception\b|^Invalid|OutOfMemory")
_EMPTY = re.compile(r"^Error: (Could not create the Java Virtual|A fatal exception has occurred)")
_NOISE = re.compile(r"^(Caused by: )?([\w$]+\.)+[\w$]*(Exception|Error): |^[\d-]+ [\d:.+]+ ERROR ")


async def wait_until_ready(server: Server, process: psutil.Process, home: Home) -> None:
    """Return when `server` answers a query.

    Raises:
        EmbeddedError: it ended, is another one than that of `home`, or takes too long.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(NOT_YET),
        wait=wait_fixed(PAUSE),
        stop=stop_after_delay(PATIENCE),
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                if (code := exit_code(process)) is not None:
                    raise died(home, code)
                async with asyncio.timeout(ATTEMPT):
                    answering = await _home_of(server)
    except AuthError as error:
        raise EmbeddedError(
            f"The Neo4j at {server.bolt_uri} does not take the password in {home.password_file}: "
            "if somebody changed it, write the new one into that file."
        ) from error
    except NOT_YET as error:
        raise EmbeddedError(
            f"Neo4j runs but does not answer after {PATIENCE} s: look into "
            f"{home.log}, and start again."
        ) from error
    if answering != home.folder:
        raise EmbeddedError(
            f"At {server.bolt_uri} answers another Neo4j, that of {answering}: stop it, or set "
            "KNOOP_NEO4J_BOLT_PORT to another port (0 takes a free one)."
        )


async def is_broken(server: Server) -> bool:
    """Whether a server runs and takes no transaction any more: its disk was full, say.

    Then Neo4j wants to be started anew. One that is only busy, or paused, is not broken.
    """
    try:
        async with asyncio.timeout(ATTEMPT):
            await _home_of(server)
    except DatabaseError as error:
        return error.code == "Neo.DatabaseError.Transaction.TransactionStartFailed"
    except (*NOT_YET, AuthError):
        return False
    return False


def died(home: Home, code: int = 0) -> EmbeddedError:
    """Say why a server ended, in its own words."""
    logs = [home.logs / "console.log", home.log]
    text = "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
    reason = telling_line(text) or (f"signal {-code}" if code < 0 else "it does not say why")
    if code == OUT_OF_MEMORY:
        reason = "OutOfMemory: raise KNOOP_NEO4J_HEAP if it happens often"
    return EmbeddedError(f"Neo4j ended by itself: {reason}. More is in {home.logs}.")


def telling_line(text: str) -> str | None:
    """Pick the line of a server's output that says what went wrong: the last cause, bare."""
    lines = [line.strip() for line in text.splitlines()]
    causes = [line for line in lines if _TELLING.search(line) and not _EMPTY.search(line)]
    return _NOISE.sub("", causes[-1]).rstrip(".") if causes else None


async def _home_of(server: Server) -> Path:
    driver = AsyncGraphDatabase.driver(server.bolt_uri, auth=(server.user, server.password))
    async with driver, driver.session(database="neo4j") as session:
        record = await (await session.run(WHICH_HOME)).single(strict=True)
        return Path(record["value"])
