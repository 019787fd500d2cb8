"""The rows that were not taken, in a file of their own: JSON Lines, for its owner's eyes only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from service.errors import ImportFileError

_FIELDS = {"file", "line", "reason", "row"}


class Reject(NamedTuple):
    """A row that was not taken: its line, or in Parquet its row, and why."""

    number: int
    reason: str
    row: Any


class Rejects:
    """Where they go. The file is made when there is something to put into it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self._name = name
        self._file: BinaryIO | None = None

    def keep(self, rejects: Iterable[Reject]) -> None:
        """Put some into the file, so that they are there if this process dies.

        Raises:
            ImportFileError: it cannot be written.
        """
        lines = [
            orjson.dumps(
                {"file": self._name, "line": one.number, "reason": one.reason, "row": one.row},
                default=str,
            )
            for one in rejects
        ]
        if not lines:
            return
        with _told(self.path):
            if self._file is None:
                self._file = _private(self.path, os.O_APPEND)
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Nothing more will come."""
        if self._file is not None:
            self._file.close()

    def take_back(self, after: int) -> None:
        """Take out what is after line or row `after` of this file, since that is read again.

        Raises:
            ImportFileError: there is a file of this name that is something else.
        """
        part = self.path.with_name(f"{self.path.name}.part")
        with _told(self.path):
            try:
                old = self.path.open("rb")
            except FileNotFoundError:
                return
            kept = False
            with old, _private(part, os.O_TRUNC) as new:
                for line in self._others(old, after):
                    kept = True
                    new.write(line)
            if kept:
                part.replace(self.path)
            else:
                part.unlink()
                self.path.unlink()

    def _others(self, old: BinaryIO, after: int) -> Iterator[bytes]:
        for line in old:
            try:
                told = orjson.loads(line)
            except orjson.JSONDecodeError:
                told = None
                if not line.endswith(b"\n"):
                    continue  # A process died while it wrote this.
            if not isinstance(told, dict) or told.keys() != _FIELDS:
                self.path.with_name(f"{self.path.name}.part").unlink(missing_ok=True)
                raise ImportFileError(
                    f"{self.path} is there, and is no file of rejected rows, which would go there; "
                    "move it away"
                )
            if told["file"] != self._name or told["line"] <= after:
                yield line


def _private(path: Path, flag: int) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | flag, 0o600), "wb")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImportFileError(
            f"{path}, for the rejected rows, cannot be written ({error.strerror})"
        ) from error
