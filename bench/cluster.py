"""A PostgreSQL of one's own, from the machine's package, and thrown away afterwards."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow, dict_row

from bench.scratch import BenchmarkError
from bench.statements import sql

_DEBIAN = Path("/usr/lib/postgresql")
# It refuses to run as root. This is the user that Debian's package makes.
_USER = "postgres"
_PATIENCE = 60.0
# As its guides have it for a machine with as much memory for it as Neo4j gets here. What a commit
# promises is left as it comes.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "2GB",
    "effective_cache_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "min_wal_size": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
}

Connection: TypeAlias = psycopg.AsyncConnection[DictRow]


@asynccontextmanager
async def cluster() -> AsyncIterator[Connection]:
    """Have one run while the block does, with the schema of `bench/sql`.

    It listens on a socket in a folder that only its user can enter.

    Raises:
        BenchmarkError: there is none on this machine, or it does not start.
    """
    programs, user = _programs(), _user()
    with tempfile.TemporaryDirectory(prefix="knoop-pg-") as name:
        folder = Path(name)
        if user:
            os.chown(folder, user["user"], user["group"])
        await _make(programs / "initdb", folder, user)
        given = _SETTINGS | {"unix_socket_directories": name}
        settings = [part for one in given.items() for part in ("-c", "=".join(one))]
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                programs / "postgres",
                "-D",
                folder / "data",
                *settings,
                stdout=log,
                stderr=log,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for the benchmark, which ends it in order.
                **user,
            )
        try:
            async with await _connect(folder, process) as connection:
                await connection.execute(sql("schema"), prepare=False)
                yield connection
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await process.wait()


def _programs() -> Path:
    """The folder of initdb and postgres: Debian does not put it on the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise BenchmarkError("there is no PostgreSQL here; install it (postgresql on Debian)")
    return versions[-1].parent


def _user() -> dict[str, Any]:
    """As whom it runs, for a new process: as ourselves, unless we are root."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam(_USER)
    except KeyError:
        raise BenchmarkError(f"PostgreSQL does not run as root, and there is no {_USER}") from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


async def _make(initdb: Path, folder: Path, user: dict[str, Any]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(initdb, "-D", folder / "data", "-U", "knoop", "-A", "trust", "-E", "UTF8"),
        *("--locale=C", "--no-sync"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        **user,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise BenchmarkError(f"initdb failed: {said.decode(errors='replace')}")


async def _connect(folder: Path, process: asyncio.subprocess.Process) -> Connection:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection: Connection = await psycopg.AsyncConnection.connect(
                host=str(folder),
                user="knoop",
                dbname="postgres",
                autocommit=True,
                row_factory=dict_row,
                prepare_threshold=0,
            )
            return connection  # noqa: TRY300  (mypy does not know psycopg here)
        except psycopg.OperationalError as error:
            if process.returncode is not None or time.monotonic() > until:
                said = (folder / "log").read_text(encoding="utf-8", errors="replace")
                raise BenchmarkError(f"PostgreSQL does not start: {error} {said}") from error
            await asyncio.sleep(0.1)
