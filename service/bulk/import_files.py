"""Rows as files for Neo4j's importer: CSV, in which every text is quoted and what is null empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

MULTILINE = "-lines.csv"
"""How the names of files end in which a line break may be part of a value."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class ImportFiles:
    """The files that are being written into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._data: dict[tuple[str, str, bytes], list[Path]] = defaultdict(list)
        self.rows: dict[tuple[str, str], int] = defaultdict(int)
        """How many rows there are of each: `nodes` or `relationships`, and labels or type."""

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
        self._data[what, name, head].append(path)
        self.rows[what, name] += table.num_rows

    def write_all(self, what: str, name: str, tables: Iterable[pa.Table], threads: int) -> None:
        """Add tables, several at a time."""
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda table: self.write(what, name, table), tables):
                pass

    def arguments(self) -> Iterator[str]:
        """What the importer is told of them."""
        for number, ((what, name, head), paths) in enumerate(self._data.items()):
            header = self._folder / f"head-{number}.csv"
            header.write_bytes(head)
            yield f"--{what}={name}={','.join(map(str, [header, *paths]))}"
        broken = [path for paths in self._data.values() for path in paths if _may_break(path)]
        if broken:
            yield f"--multiline-fields={','.join(map(str, broken))}"
            yield "--multiline-fields-format=v2"


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
