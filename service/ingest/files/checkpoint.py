"""How far a file has been imported: a note in the home, written after each commit.

It saves time and is not needed to be right: what is imported twice changes nothing. So whenever
it may not fit, it does not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from service.connection import write_private
from service.errors import ImportFileError
from service.ingest.files.table import Position

_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of the rows of a file."""

    read: int = 0
    new: int = 0
    repeated: int = 0
    rejected: int = 0
    dead: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, one) + getattr(other, one) for one in Totals.__slots__))


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to where a file was imported, and what is needed to go on as if nothing had happened."""

    position: Position = field(default_factory=Position)
    totals: Totals = field(default_factory=Totals)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The time of arrival of what does not say when it happened: the same on every try."""
    last_message: str | None = None
    """The id of a message that is in the graph, unless it is another graph by now."""
    last_line: int = 0
    done: bool = False


class Checkpoint:
    """The note of one file, from one source, by one mapping."""

    def __init__(self, home: Path, file: Path, *about: str) -> None:
        digest = blake2b(repr((str(file.resolve()), about)).encode(), digest_size=16).hexdigest()
        self._path = home / "imports" / f"{digest}.json"
        self._content = _content(file)

    def find(self) -> Progress | None:
        """What was noted of the file as it is now; None if nothing was, or it has changed."""
        try:
            told: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            if told.pop("content") != self._content:
                return None
            return replace(
                Progress(**told),
                position=Position(*told["position"]),
                totals=Totals(**told["totals"]),
                began_at=datetime.fromisoformat(told["began_at"]),
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, progress: Progress) -> None:
        """Note how far it is."""
        noted = asdict(progress) | {
            "began_at": progress.began_at.isoformat(),
            "content": self._content,
        }
        write_private(self._path, json.dumps(noted) + "\n")

    def forget(self) -> None:
        """Let the next import begin at the beginning."""
        self._path.unlink(missing_ok=True)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the only process that imports the file.

        Raises:
            ImportFileError: another one does.
        """
        lock = FileLock(self._path.with_suffix(".lock"), thread_local=False)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ImportFileError(
                "the file is being imported by another process; wait for it, or stop it"
            ) from error
        try:
            yield
        finally:
            lock.release()


def _content(file: Path) -> list[str | int]:
    """What changes when a file does: its size, its time, and how it begins."""
    try:
        with file.open("rb") as stream:
            head = blake2b(stream.read(_HEAD), digest_size=16).hexdigest()
            return [file.stat().st_size, file.stat().st_mtime_ns, head]
    except OSError as error:
        raise ImportFileError(f"{file} cannot be opened: {error.strerror}") from error
