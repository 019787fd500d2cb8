"""What was read is added up wherever it is, and refused where two things go by one number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from service.access import Source
from service.bulk.adding_up import Machine, opened_tables
from service.bulk.columns import Columns
from service.bulk.import_files import ImportFiles
from service.bulk.pieces import LoadFile, cut
from service.bulk.reading import Reader
from service.errors import BulkLoadError
from service.identity.rules import load_rules
from service.ingest.files.importing import ImportFile
from service.ingest.files.table import Format

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = load_rules()
_TRACK = '{"type": "track", "event": "Seen", "userId": "u", "messageId": "m"}\n'
_GROUP = '{"type": "group", "userId": "u", "groupId": "%s"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a name that is a pattern, a list and the end of a text."""
    folder = tmp_path / "it's [1], *"
    folder.mkdir()
    return folder


def _read(folder: Path, lines: str) -> None:
    path = folder / "m.jsonl"
    path.write_text(lines)
    file = LoadFile(ImportFile(str(path), Format.JSONL), Source("web", "web"))
    reader = Reader(folder, RULES, [file], b"salt")
    for piece in cut([file], NOW):
        reader.read(piece)


def test_files_are_found_in_a_folder_of_any_name(folder: Path) -> None:
    _read(folder, _TRACK * 3)
    with opened_tables(folder, Machine(1, 2**28)) as tables:
        assert tables.add_up({0: ("web", 0)}, RULES) == 2
        [batch] = tables.read("SELECT current_setting('TimeZone') AS zone")
        assert batch.to_pylist() == [{"zone": "UTC"}]


def test_two_accounts_of_one_number_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number_of = Columns._id  # noqa: SLF001  (no two keys are known that come to one number)

    def one_for_all_accounts(columns: Columns, key: str) -> int:
        return number_of(columns, key) if key.startswith("user_id:") else 7

    monkeypatch.setattr(Columns, "_id", one_for_all_accounts)
    _read(folder, _GROUP % "a" + _GROUP % "b")
    with (
        opened_tables(folder, Machine(1, 2**28)) as tables,
        pytest.raises(BulkLoadError, match="by chance"),
    ):
        tables.add_up({0: ("web", 0)}, RULES)


def test_the_importer_is_told_names_of_files_without_what_their_folder_is_called(
    folder: Path,
) -> None:
    within = folder / "files"
    within.mkdir()
    written = ImportFiles(within)
    written.write("nodes", "Event", pa.table({":ID(Event)": [1], "said:string": ["two\nlines"]}))
    names = "files/nodes-0-lines.csv"
    assert list(written.arguments()) == [
        f"--nodes=Event=files/head-0.csv,{names}",
        f"--multiline-fields={names}",
        "--multiline-fields-format=v2",
    ]
    assert written.rows == {"nodes": 1}
