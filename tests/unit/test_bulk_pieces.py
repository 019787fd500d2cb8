"""Files cut into pieces hold the same rows as the files read whole."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import Source
from service.bulk.pieces import LoadFile, cut
from service.errors import ImportFileError
from service.ingest.files.importing import ImportFile, opened_rows
from service.ingest.files.mapping import ColumnMapping
from service.ingest.files.mapping_file import load_mapping
from service.ingest.files.table import Format
from service.ingest.wire import MAX_BATCH_BYTES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
_MAPPING = '[constants]\ntype = "track"\nevent = "Seen"\n[columns]\nWho = "userId"\n'

lines = st.lists(
    st.sampled_from([b'{"a": 1}', b"", b"nonsense", b'{"b": "' + b"x" * 90 + b'"}', b"\xff"])
)


def _file(
    path: Path, format_: Format = Format.JSONL, mapping: ColumnMapping | None = None
) -> LoadFile:
    return LoadFile(ImportFile(str(path), format_, mapping), Source("web", "web"))


def _rows(files: Sequence[LoadFile], at_once: int) -> list[tuple[int, int, object, str]]:
    return [
        (piece.file, row.number, row.values, str(row.problem))
        for piece in cut(files, NOW, at_once)
        for row in piece.each()
    ]


@given(told=lines, ends=st.booleans())
def test_lines_are_those_of_the_file_with_their_numbers(
    tmp_path_factory: pytest.TempPathFactory, told: list[bytes], ends: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "m.jsonl"
    path.write_bytes(b"\n".join(told) + (b"\n" if ends else b""))
    found = _rows([_file(path), _file(path)], 64)
    with opened_rows(ImportFile(str(path), Format.JSONL)) as (rows, _):
        whole = [(row.number, row.values, str(row.problem)) for row in rows]
    assert found == [(place, *row) for place in (0, 1) for row in whole]


def test_rows_of_a_table_are_read_whole_and_the_bad_ones_kept_apart(tmp_path: Path) -> None:
    path, mapping = tmp_path / "t.csv", tmp_path / "m.toml"
    path.write_text('Who,What\na,"two\nlines"\nb\nc,d\n')
    mapping.write_text(_MAPPING)
    [piece] = cut([_file(path, Format.CSV, load_mapping(mapping))], NOW)
    assert [(row.number, row.values) for row in piece.each()] == [
        (2, {"Who": "a", "What": "two\nlines"}),
        (5, {"Who": "c", "What": "d"}),
    ]
    assert [(one.number, one.reason) for one in piece.rejects] == [
        (4, "has 1 fields, and the header has 2")
    ]


@pytest.mark.parametrize("ends", [True, False])
def test_of_a_line_without_end_only_the_head_is_kept(tmp_path: Path, ends: bool) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"a": 1}\n' + b"[" * 5_000_000 + (b'\n{"b": 2}' if ends else b""))
    at_once = 65_536
    cuts = list(cut([_file(path)], NOW, at_once))
    assert max(len(piece.text) for piece in cuts) <= MAX_BATCH_BYTES + 1 + at_once
    with opened_rows(ImportFile(str(path), Format.JSONL)) as (rows, _):
        whole = [(0, row.number, row.values, str(row.problem)) for row in rows]
    assert _rows([_file(path)], at_once) == whole
    assert len(whole) == 2 + ends


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1_000)[:-20])
    with pytest.raises(ImportFileError, match="its end is missing") as told:
        list(cut([_file(path)], NOW))
    assert "imported" not in str(told.value)
