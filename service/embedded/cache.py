"""The folder of what was fetched: shared by every checkout and version of this user.

`jars/` has the layout of a Maven repository, so versions stand side by side; `java/` has runtimes;
`verified/` has stamps; `staging/` is for what is on its way, and is gone afterwards.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from service.embedded.lock import Jar
from service.embedded.progress import spinner
from service.errors import EmbeddedError

FULL = {errno.ENOSPC, errno.EDQUOT}


def location(cache: Path, jar: Jar) -> Path:
    """Tell where `cache` keeps `jar`."""
    return cache / "jars" / jar.path


@contextmanager
def changing(cache: Path, console: Console) -> Iterator[Path]:
    """Be the only process that changes `cache`; yields a folder for what is on its way.

    Raises:
        EmbeddedError: the cache cannot be written; says why and what to do.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache, console):
            staging = cache / "staging"
            shutil.rmtree(staging, ignore_errors=True)  # of a fetch that was killed
            staging.mkdir()
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise explain(error, cache) from error


def check_room(cache: Path, size: int) -> None:
    """See that `size` more bytes fit.

    Raises:
        EmbeddedError: they do not.
    """
    if shutil.disk_usage(cache).free < size:
        raise EmbeddedError(
            f"The disk of {cache} has no room for the {size / 1e6:.0f} MB that are to be fetched: "
            "make room, or set KNOOP_CACHE to a folder on another disk."
        )


def explain(error: OSError, cache: Path) -> EmbeddedError:
    """Say in one sentence why `cache` cannot be written, and what to do."""
    if error.errno in FULL:
        problem = f"The disk of {cache} is full: make room"
    else:
        problem = f"{cache} cannot be written ({error.strerror}): make it writable"
    return EmbeddedError(f"{problem}, or set KNOOP_CACHE to another folder.")


@contextmanager
def _locked(cache: Path, console: Console) -> Iterator[None]:
    lock = FileLock(cache / "fetch.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with spinner(console, "Waiting for another knoop that is fetching"):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
