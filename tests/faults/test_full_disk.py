"""No room on the disk of Neo4j, on a small file system of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.embedded.home import NEEDED_ROOM
from tests.faults.conftest import flood_with
from tests.faults.flood import Flood, Watch
from tests.faults.processes import Knoop, graph_of, knoop

pytestmark = pytest.mark.timeout(900)

_SIZE = NEEDED_ROOM + 200_000_000
_LEFT = 1_000_000


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system in memory, which takes as much as is written to it."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, timeout=20, check=False)
        why_not = done.stderr.strip() if done.returncode else None
    except OSError as error:
        why_not = str(error)
    if why_not is not None:
        pytest.skip(f"a file system of the test's own cannot be mounted here: {why_not}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], timeout=20, check=True)


@pytest.fixture(scope="module")
async def up(small_disk: Path) -> AsyncIterator[Knoop]:
    """`knoop up`, whose graph is on the small disk."""
    async with knoop("up", small_disk / "home") as one:
        yield one


async def test_a_full_disk_blames_no_message_and_with_room_all_goes_on(
    up: Knoop, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"

    async def fault(flood: Flood, watch: Watch) -> None:
        before = up.neo4j().pid
        _fill(ballast)
        await up.says("took no transactions any more")
        assert flood.heard["503"]
        assert not watch.is_ready
        await up.says("Make room")
        ballast.unlink()
        await flood.accepts()
        await watch.ready(60)
        assert up.neo4j().pid != before

    async with graph_of(up) as graph:
        await flood_with(fault, up.url, graph)


def _fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(ballast.parent).free - _LEFT)
