"""What an import leaves behind for the next one: checkpoints and rejected rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.errors import ImportFileError
from service.ingest.files.checkpoint import Checkpoint, Progress, Totals
from service.ingest.files.rejects import Reject, Rejects
from service.ingest.files.table import Position

PROGRESS = Progress(Position(3, 4, 50), Totals(3, 1, 1, 1), last_message="m", last_line=4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b"{}\n" * 100)
    return path


def test_a_checkpoint_is_of_one_file_as_it_is_one_source_and_one_mapping(
    file: Path, tmp_path: Path
) -> None:
    Checkpoint(tmp_path, file, "web", "").write(PROGRESS)
    assert Checkpoint(tmp_path, file, "web", "").find() == PROGRESS
    for other in (
        Checkpoint(tmp_path, file, "till", ""),
        Checkpoint(tmp_path, file, "web", "another mapping"),
        Checkpoint(tmp_path / "another home", file, "web", ""),
    ):
        assert other.find() is None
    was = file.stat()
    file.write_bytes(b"[]\n" * 100)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert Checkpoint(tmp_path, file, "web", "").find() is None
    file.write_bytes(b"{}\n" * 100)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert Checkpoint(tmp_path, file, "web", "").find() == PROGRESS
    os.utime(file, ns=(0, 0))
    assert Checkpoint(tmp_path, file, "web", "").find() is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"content": 1}'])
def test_a_checkpoint_that_cannot_be_read_is_none(
    file: Path, tmp_path: Path, content: bytes
) -> None:
    checkpoint = Checkpoint(tmp_path, file, "web", "")
    checkpoint.write(PROGRESS)
    [note] = (tmp_path / "imports").glob("*.json")
    note.write_bytes(content)
    assert checkpoint.find() is None
    checkpoint.forget()
    checkpoint.forget()


def test_a_file_is_imported_by_one_process_at_a_time(file: Path, tmp_path: Path) -> None:
    with Checkpoint(tmp_path, file, "web").owned():
        with (
            pytest.raises(ImportFileError, match="by another process"),
            Checkpoint(tmp_path, file, "web").owned(),
        ):
            pass
        with Checkpoint(tmp_path, file, "till").owned():
            pass
    with Checkpoint(tmp_path, file, "web").owned():
        pass


def _kept(path: Path, name: str, *numbers: int) -> None:
    rejects = Rejects(path, name)
    rejects.keep([Reject(number, "because", {"a": number}) for number in numbers])
    rejects.close()


def test_rejected_rows_of_what_is_read_again_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    Rejects(path, "a").take_back(0)
    _kept(path, "a", 1, 2)
    _kept(path, "b", 1)
    _kept(path, "a", 3)
    with path.open("ab") as stream:
        stream.write(b'{"file": "a", "li')  # It was killed here.
    Rejects(path, "a").take_back(2)
    lines = path.read_text().splitlines()
    assert [line[:20] for line in lines] == [
        '{"file":"a","line":1',
        '{"file":"a","line":2',
        '{"file":"b","line":1',
    ]
    assert path.stat().st_mode & 0o077 == 0
    Rejects(path, "b").take_back(0)
    Rejects(path, "a").take_back(0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    for content in ("a,b\n1,2\n", '{"type": "page"}\n'):
        path.write_text(content)
        with pytest.raises(ImportFileError, match="no file of rejected rows"):
            Rejects(path, "a").take_back(0)
        assert path.read_text() == content
    with pytest.raises(ImportFileError, match="cannot be written"):
        Rejects(tmp_path / "nowhere" / "bad", "a").keep([Reject(1, "x", "y")])
    assert [one.name for one in tmp_path.iterdir()] == ["orders.csv"]
