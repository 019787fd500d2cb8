"""Programs for Node that test the service from outside, with the packages of their lock file."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

_NODE, _NPM = shutil.which("node"), shutil.which("npm")


def install(programs: Path, into: Path) -> Path:
    """Copy a folder of programs, and install its packages there. Skips the test without Node."""
    if _NODE is None or _NPM is None:
        pytest.skip("there is no node and npm on this machine")
    shutil.copytree(programs, into, dirs_exist_ok=True)
    # Not `npm ci`: it wants what other systems need of optional packages, which no lock file has
    # that was made without them.
    command = "install --no-save --omit=optional --ignore-scripts --no-audit --no-fund"
    done = subprocess.run(
        [_NPM, *command.split()], cwd=into, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return into


async def run(script: Path, *arguments: str) -> str:
    """What the program prints. It must end well."""
    assert _NODE is not None
    running = await asyncio.create_subprocess_exec(
        _NODE,
        script.name,
        *arguments,
        cwd=script.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await running.communicate()
    assert running.returncode == 0, told.decode()
    return told.decode()
