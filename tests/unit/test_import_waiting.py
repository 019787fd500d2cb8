"""A database that is away is waited for, with one sentence, and not for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from service.access import Source
from service.errors import UnavailableError
from service.identity.rules import load_rules
from service.ingest.files import importing
from service.ingest.files.checkpoint import Progress
from service.ingest.files.importing import Importer, ImportFile
from service.ingest.files.rejects import Rejects
from service.ingest.files.table import Format
from service.ingest.poison import Written
from service.store.graph import Graph

AWAY = UnavailableError("the database cannot be reached now; try again later")


def _importer(said: list[UnavailableError], patience: float) -> Importer:
    return Importer(
        cast("Graph", None),
        load_rules(),
        Source("web", None),
        lambda *_: None,
        said.append,
        patience,
        rows_at_once=1,
    )


async def test_a_database_that_is_away_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"type": "page", "userId": "a"}\n{"type": "page", "userId": "b"}\n')
    file, rejects = ImportFile(str(path), Format.JSONL), Rejects(tmp_path / "bad", "m")
    said: list[UnavailableError] = []
    answers: list[UnavailableError | None] = [None, AWAY, AWAY, None]

    async def record_each(*given: Any) -> Written:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return Written({one.message.message_id for one in given[2]})

    monkeypatch.setattr(importing, "record_each", record_each)
    noted: list[Progress] = []
    done = await _importer(said, 60).run(file, Progress(), rejects, noted.append)
    assert (done.done, done.totals.new, said) == (True, 2, [AWAY])
    assert [one.position.rows for one in noted] == [0, 1, 2, 2]
    answers[:] = [None, AWAY, AWAY]
    with pytest.raises(UnavailableError):
        await _importer(said, 0.5).run(file, Progress(), rejects, noted.append)
    assert noted[-1].position.rows == 1
