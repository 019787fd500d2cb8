"""Bring locked jars from their Maven repository: the only place that uses jgo."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver

from service.embedded.cache import FULL, location
from service.embedded.lock import Jar
from service.errors import EmbeddedError

ATTEMPTS = 2
THREADS = 8
TIMEOUT = 60  # seconds without a byte


def download_all(
    jars: Sequence[Jar], cache: Path, staging: Path, advance: Callable[[int], None]
) -> None:
    """Put `jars` into `cache`, several at a time; calls `advance` with the bytes that came.

    Raises:
        EmbeddedError: one cannot be had; those that came are kept.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for _ in pool.map(partial(_download, cache, staging, advance), jars):
                pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def is_intact(cache: Path, jar: Jar) -> bool:
    """Tell whether `jar` is in `cache` to the last bit."""
    file = location(cache, jar)
    try:
        return file.stat().st_size == jar.size and _sha256(file) == jar.sha256
    except FileNotFoundError:
        return False


def _download(cache: Path, staging: Path, advance: Callable[[int], None], jar: Jar) -> None:
    """Put `jar` into `cache`, whole or not at all. What fails is tried once more."""
    for left in reversed(range(ATTEMPTS)):
        came = _Bytes(advance)
        # jgo trusts whatever it finds in its folder, so each attempt has one of its own.
        with tempfile.TemporaryDirectory(dir=staging) as folder:
            try:
                file = _request(jar, Path(folder), came)
            except (OSError, RuntimeError) as error:
                if isinstance(error, OSError) and error.errno in FULL:
                    raise  # the cache says what to do
                if not left:
                    raise EmbeddedError(
                        f"{jar.name} cannot be fetched from the Maven repository: check the "
                        "network (or HTTPS_PROXY) and start again; what came is kept."
                    ) from error
            else:
                if _sha256(file) == jar.sha256:
                    came.settle(jar.size)
                    target = location(cache, jar)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
                    return
                if not left:
                    raise EmbeddedError(
                        f"{jar.name} arrives with another checksum than the locked one: check "
                        "the proxy or mirror on the way, and start again."
                    )
        came.settle(0)


def _request(jar: Jar, folder: Path, came: _Bytes) -> Path:
    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield came.add

    context = MavenContext(
        resolver=PythonResolver(progress_callback=progress), repo_cache=folder, timeout=TIMEOUT
    )
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return component.artifact(classifier=jar.classifier).resolve()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Bytes:
    """What came of one jar, so that a failed attempt's progress can be taken back."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._count = 0

    def add(self, size: int) -> None:
        self._count += size
        self._advance(size)

    def settle(self, size: int) -> None:
        self.add(size - self._count)
