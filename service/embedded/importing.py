"""Neo4j's offline importer, and a home made beside another that can take its place."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from service.embedded.configuration import DATABASE, Ports, environment, import_command
from service.embedded.home import LOADING, Home
from service.embedded.installation import Installation
from service.embedded.process import end, ended, spawn
from service.embedded.readiness import telling_line
from service.errors import EmbeddedError

_NO_PORTS = Ports(0, 0)


async def import_graph(
    installation: Installation,
    home: Home,
    arguments: Iterable[str],
    log: Path,
    heap: str,
    memory: int,
) -> None:
    """Have the offline importer write the graph of `home`, in which no server runs.

    `arguments` say what is imported, with files by their names in `home`; `log` is where it writes
    what it does, with its report beside it; `memory` is how many bytes it may use beside its heap.

    Raises:
        EmbeddedError: it failed; says why.
    """
    home.prepare(_NO_PORTS, "64m", installation.plugins, installation.procedures)
    told = home.folder / "import.args"
    _tell(told, arguments)
    process = spawn(
        import_command(installation, told, log.with_suffix(".report"), heap, memory),
        environment(installation, home.folder, home.conf, home.plugins),
        home.folder,
        log,
    )
    try:
        code = await ended(process)
    except BaseException:
        await end(process)
        raise
    if code:
        reason = telling_line(_read(log)) or f"exit status {code}"
        raise EmbeddedError(f"Neo4j's importer failed: {reason}. More is in {log}.")


@asynccontextmanager
async def beside(home: Home) -> AsyncIterator[Home]:
    """Have a home beside another, which has all of that but its graph, until the block is left.

    The first is owned. What is said in the other stays when it goes, in a folder among the logs of
    the first.

    Raises:
        OSError: it cannot be made.
    """
    other = Home(home.folder / LOADING)

    def graph(folder: str, names: list[str]) -> list[str]:
        is_of_graphs = Path(folder).name in ("databases", "transactions")
        return [name for name in names if is_of_graphs and name == DATABASE]

    try:
        other.folder.mkdir(mode=0o700)
        logs = home.logs / "load"
        logs.mkdir(parents=True, exist_ok=True)
        (other.folder / "logs").symlink_to(logs)
        shutil.copytree(home.data, other.data, ignore=graph)
        shutil.copy2(home.password_file, other.password_file)
        yield other
    finally:
        shutil.rmtree(other.folder, ignore_errors=True)


def _tell(file: Path, arguments: Iterable[str]) -> None:
    """Write arguments as the command reads them from a file."""
    file.write_text("".join(f'"{_escaped(one)}"\n' for one in arguments), encoding="utf-8")


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
