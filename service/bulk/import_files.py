"""Rows as files for Neo4j's importer: CSV, in which every text is quoted and what is null empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

MULTILINE = "-lines.csv"
"""How the names of files end in which a line break may be part of a value."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class ImportFiles:
    """The files that are being written into a folder, by several threads.

    The importer is told of them by their names in the folder that this one is in: a comma in the
    path of that would end a name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._data: dict[tuple[str, str, bytes], list[Path]] = defaultdict(list)
        self._lock = Lock()
        self.rows: dict[str, int] = defaultdict(int)
        """How many `nodes` and `relationships` there are."""

    def write(self, what: str, name: str, table: pa.Table) -> None:
        """Add rows: `what` is nodes or relationships, `name` their labels or type."""
        if not table.num_rows:
            return
        told = _told(table)
        head = _csv(told.slice(0, 0), header=True)
        body = _csv(told, header=False)
        # A break within a value is one more than there are rows.
        is_plain = body.count(b"\n") == table.num_rows and b"\r" not in body
        stem = f"{what}-{next(self._numbers)}"
        path = self._folder / (f"{stem}.csv" if is_plain else f"{stem}{MULTILINE}")
        path.write_bytes(body)
        with self._lock:
            self._data[what, name, head].append(path)
            self.rows[what] += table.num_rows

    def arguments(self) -> Iterator[str]:
        """What the importer is told of them."""
        for number, ((what, name, head), paths) in enumerate(self._data.items()):
            header = self._folder / f"head-{number}.csv"
            header.write_bytes(head)
            yield f"--{what}={name}={','.join(map(self._told, [header, *paths]))}"
        broken = [path for paths in self._data.values() for path in paths if _may_break(path)]
        if broken:
            yield f"--multiline-fields={','.join(map(self._told, broken))}"
            yield "--multiline-fields-format=v2"

    def _told(self, path: Path) -> str:
        return str(path.relative_to(self._folder.parent))


def _may_break(path: Path) -> bool:
    return path.name.endswith(MULTILINE)


def _told(table: pa.Table) -> pa.Table:
    """The table with its times as text."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            told = pc.strftime(table.column(place).cast(pa.timestamp("us", "UTC")), _TIME)
            table = table.set_column(place, field.name, told)
    return table


def _csv(table: pa.Table, *, header: bool) -> bytes:
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=header))
    written: bytes = sink.getvalue().to_pybytes()
    return written
