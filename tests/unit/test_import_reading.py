"""Files as rows: formats, packing, and what is wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from service.errors import ImportFileError
from service.ingest.files.csv_table import csv_rows
from service.ingest.files.json_lines import json_rows
from service.ingest.files.opening import delimiter_of, format_of, opened
from service.ingest.files.parquet_table import parquet_rows
from service.ingest.files.table import Format, Position, Row

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": 2}\nnonsense\n"\xff"\n[1]\n{"a": 3}'
TABLE = (
    b'\xef\xbb\xbf"a", b\r\n1,x\r\n\r\n2,"y\nz, and ""w"""\n3\n4,5,6\n5,"x"y\n6,\xff\n7,"open\n'
    b'8,"x"\n9,"y"\n'
)


def _json(path: Path, start: Position = Position()) -> list[Row]:  # noqa: B008
    with opened(str(path)) as file:
        return list(json_rows(file, start))


def _csv(
    path: Path,
    start: Position = Position(),  # noqa: B008
    needed: Sequence[str] = ("a", "b"),
) -> list[Row]:
    with opened(str(path)) as file:
        return list(csv_rows(file, start, ",", needed)[1])


def _parquet(path: Path, start: Position = Position()) -> list[Row]:  # noqa: B008
    return list(parquet_rows(str(path), start, ["a"])[2])


def _packed(path: Path, content: bytes) -> list[Path]:
    """The same three times: as it is, and packed by each."""
    made = [path, path.with_name(f"{path.name}.gz"), path.with_name(f"{path.name}.zst")]
    half = len(content) // 2
    # In two parts, as when packed files are joined.
    packers: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zstd.compress]
    for one, pack in zip(made, packers, strict=True):
        one.write_bytes(pack(content[:half]) + pack(content[half:]))
    return made


def test_json_lines_are_messages_and_a_bad_one_is_told_with_its_line(tmp_path: Path) -> None:
    for path in _packed(tmp_path / "m.jsonl", LINES):
        rows = _json(path)
        assert [(row.number, row.values) for row in rows if row.values] == [
            *((1, {"a": 1}), (3, {"a": 2}), (7, {"a": 3})),
        ]
        assert [(row.number, str(row.problem)[:16], row.told) for row in rows if row.problem] == [
            (4, "is not JSON: inv", "nonsense"),
            (5, "is not UTF-8", '"\ufffd"'),
            (6, "is not a JSON ob", "[1]"),
        ]


def test_csv_is_rows_and_a_bad_one_is_told_with_its_line(tmp_path: Path) -> None:
    for path in _packed(tmp_path / "t.csv", TABLE):
        rows = _csv(path)
        assert [(row.number, row.values) for row in rows if row.values] == [
            (2, {"a": "1", "b": "x"}),
            (4, {"a": "2", "b": 'y\nz, and "w"'}),
            (11, {"a": "8", "b": "x"}),
            (12, {"a": "9", "b": "y"}),
        ]
        assert [(row.number, str(row.problem)[:35], row.told) for row in rows if row.problem] == [
            (6, "has 1 fields, and the header has 2", "3"),
            (7, "has 3 fields, and the header has 2", "4,5,6"),
            (8, "is not CSV: ',' expected after '\"'", '5,"x"y'),
            (9, "is not UTF-8", "6,\ufffd"),
            (10, "is not CSV: a quote is opened and n", '7,"open'),
        ]


def test_a_table_is_read_on_from_any_row(tmp_path: Path) -> None:
    for path in _packed(tmp_path / "t.csv", TABLE):
        rows = _csv(path)
        for number, row in enumerate(rows):
            assert list(map(repr, _csv(path, row.after))) == list(map(repr, rows[number + 1 :]))
    for path in _packed(tmp_path / "m.jsonl", LINES):
        rows = _json(path)
        for number, row in enumerate(rows):
            assert list(map(repr, _json(path, row.after))) == list(map(repr, rows[number + 1 :]))


def test_a_long_line_does_not_fill_the_memory_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b'"' + b"x\n" * 80_000 + b"1,2\n" + b"y" * 2_000_000 + b"\n3,4\n")
    rows = _csv(path)
    assert [row.values for row in rows if row.values] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]
    assert "a quote is opened" in str(rows[0].problem)
    assert max(len(row.told) for row in rows) <= 600_000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,c\n", "has no column b, which the mapping names; it has a, c"),
        (b"a,b,b\n", "more than one column b"),
        (b"a,\xff\n", "line 1 is not UTF-8"),
        (b'a,"b\n1,2\n', "line 1 is not CSV"),
    ],
)
def test_a_table_without_the_columns_is_told_before_it_is_read(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match=why):
        _csv(path)


@pytest.mark.parametrize("ending", ["gz", "zst"])
@pytest.mark.parametrize("damage", ["short", "wrong"])
def test_a_damaged_file_gives_what_is_before_and_is_told(
    tmp_path: Path, ending: str, damage: str
) -> None:
    lines = b"".join(b'{"a": "%032x"}\n' % (7919**40 * n % 2**128) for n in range(20_000))
    if ending == "gz":
        packed = bytearray(gzip.compress(lines))
    else:
        packed = bytearray(
            zstd.compress(lines, options={zstd.CompressionParameter.checksum_flag: 1})
        )
    if damage == "short":
        del packed[-len(packed) // 3 :]
    else:
        packed[len(packed) // 2 : len(packed) // 2 + 100] = b"\xa5" * 100
    path = tmp_path / f"m.jsonl.{ending}"
    path.write_bytes(packed)
    good = 0
    why = r"(ends too early|is damaged),? after line \d\d+"
    with opened(str(path)) as file, pytest.raises(ImportFileError, match=why):  # noqa: PT012
        for row in json_rows(file, Position()):
            good += row.problem is None
    assert good > 1_000


def test_parquet_is_rows_of_python_values_from_any_row(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    at = datetime(2026, 1, 31, tzinfo=UTC)
    columns: dict[str, list[Any]] = {"a": list(range(7)), "b": [Decimal("1.50"), None] * 3 + [None]}
    parquet.write_table(pa.table(columns | {"t": [at] * 7}), path, row_group_size=3)
    names, total, rows = parquet_rows(str(path), Position(), None)
    assert (names, total) == (["a", "b", "t"], 7)
    assert next(rows).values == {"a": 0, "b": Decimal("1.50"), "t": at}
    for start in range(8):
        rest = _parquet(path, Position(start))
        assert [(row.number, row.values) for row in rest] == [
            (number + 1, {"a": number}) for number in range(start, 7)
        ]


def test_parquet_times_that_python_does_not_know_are_told_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    good = pa.array([0, 1_700_000_000_123_456_789], pa.timestamp("ns", "UTC"))
    parquet.write_table(pa.table({"a": good}), path)
    assert [row.values for row in _parquet(path)][1] == {
        "a": datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)
    }
    wide = pa.array([0, 10**12], pa.timestamp("s"))
    parquet.write_table(pa.table({"a": wide.cast(pa.timestamp("ms"))}), path)
    first, second = _parquet(path)
    assert first.values is not None
    assert str(second.problem) == "column a: holds no text or no possible time"


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"a,b\n")
    with pytest.raises(ImportFileError, match="cannot be read after its beginning"):
        _parquet(path)
    parquet.write_table(pa.table({"b": [1]}), path)
    with pytest.raises(ImportFileError, match="has no column a"):
        _parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ImportFileError, match="cannot be read"):
        _parquet(path)


def test_the_end_of_a_name_says_the_format() -> None:
    told = {
        "m.jsonl": Format.JSONL,
        "M.NDJSON.GZ": Format.JSONL,
        "t.csv.zst": Format.CSV,
        "a.b/t.tsv": Format.CSV,
        "t.parquet": Format.PARQUET,
        "-": Format.JSONL,
    }
    assert {name: format_of(name, None) for name in told} == told
    assert format_of("-", Format.CSV) is Format.CSV
    assert [delimiter_of(name) for name in ("t.csv", "T.TSV.gz")] == [",", "\t"]
    with pytest.raises(ImportFileError, match="say --format"):
        format_of("t.xlsx", None)


def test_standard_input_is_unpacked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class _Stdin:
        buffer = io.BufferedReader(io.BytesIO(gzip.compress(LINES)))

    monkeypatch.setattr("sys.stdin", _Stdin)
    with opened("-") as file:
        assert json.loads(json.dumps(next(json_rows(file, Position())).values)) == {"a": 1}
