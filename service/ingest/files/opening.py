"""A file, packed or not, as a stream of bytes; and words for what can be wrong with it."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, cast

from service.errors import ImportFileError
from service.ingest.files.table import Format

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STDIN = "-"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PACKED = (".gz", ".zst", ".zstd")
_ENDINGS = {
    **dict.fromkeys((".jsonl", ".ndjson"), Format.JSONL),
    **dict.fromkeys((".csv", ".tsv"), Format.CSV),
    **dict.fromkeys((".parquet", ".pq"), Format.PARQUET),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream of what a file says, and how much of the file itself was read for it."""

    name: str
    stream: BinaryIO
    _packed: BinaryIO

    def bytes_read(self) -> int:
        """How far the file itself was read; 0 where that cannot be told."""
        return self._packed.tell() if self._packed.seekable() else 0


def format_of(name: str, told: Format | None) -> Format:
    """What a file is made of: as told, else by the end of its name.

    Raises:
        ImportFileError: neither says it.
    """
    if told is not None:
        return told
    if name == STDIN:
        return Format.JSONL
    found = _ENDINGS.get(Path(_unpacked(name)).suffix)
    if found is None:
        raise ImportFileError(
            f"{name}: its name does not say what is in it; say --format jsonl, csv or parquet"
        )
    return found


def delimiter_of(name: str) -> str:
    """What stands between the columns of a CSV, if the mapping does not say it."""
    return "\t" if _unpacked(name).endswith(".tsv") else ","


@contextmanager
def opened(name: str) -> Iterator[Opened]:
    """Open a file, or standard input; it is unpacked if it begins like gzip or Zstandard.

    Raises:
        ImportFileError: it cannot be opened.
    """
    with ExitStack() as closing:
        try:
            raw = _stdin() if name == STDIN else closing.enter_context(Path(name).open("rb"))
            head = raw.peek(len(_ZSTD))
        except OSError as error:
            raise ImportFileError(f"{name} cannot be opened: {error.strerror}") from error
        stream: BinaryIO = raw
        if head.startswith(_GZIP):
            stream = cast("BinaryIO", closing.enter_context(gzip.open(raw)))
        elif head.startswith(_ZSTD):
            stream = cast("BinaryIO", closing.enter_context(zstd.open(raw)))
        yield Opened(name, stream, raw)


@contextmanager
def told_if_damaged(name: str, where: str) -> Iterator[None]:
    """Say in plain words that a file cannot be read on.

    Raises:
        ImportFileError: it ends too early, is damaged, or its disk fails.
    """
    try:
        yield
    except EOFError as error:
        raise ImportFileError(
            f"{name}: ends too early, after {where}: its end is missing; get the whole "
            "file and begin again"
        ) from error
    except (zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
        raise ImportFileError(
            f"{name}: is damaged after {where} ({error}); get the file anew and begin again"
        ) from error
    except OSError as error:
        raise ImportFileError(f"{name}: cannot be read on after {where}: {error}") from error


def _stdin() -> BufferedReader:
    """Standard input, of which the first bytes can be seen without taking them."""
    stream: Any = sys.stdin.buffer
    return stream if isinstance(stream, BufferedReader) else BufferedReader(stream)


def _unpacked(name: str) -> str:
    lower = name.lower()
    return next((lower.removesuffix(end) for end in _PACKED if lower.endswith(end)), lower)
