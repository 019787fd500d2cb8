"""One graph takes the place of another, wherever that is interrupted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from service.embedded.home import Home


def _home(folder: Path, graph: str) -> Home:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "graph").write_text(graph)
    return Home(folder)


def _graph(home: Home) -> str:
    with home.owned():
        return (home.data / "graph").read_text()


def test_a_graph_takes_the_place_of_another(tmp_path: Path) -> None:
    home, other = _home(tmp_path / "one", "old"), _home(tmp_path / "other", "new")
    with home.owned():
        home.take_over(other)
    assert _graph(home) == "new"
    assert not other.data.exists()
    assert sorted(path.name for path in home.folder.iterdir()) == ["data", "lock"]


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_whenever_it_is_interrupted_one_of_the_two_is_there(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, other = _home(tmp_path / "one", "old"), _home(tmp_path / "other", "new")
    replace, done = Path.replace, 0

    def replace_or_die(path: Path, target: Path) -> Path:
        nonlocal done
        if path.name.startswith("data"):
            if done == step:
                raise KeyboardInterrupt
            done += 1
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    try:
        with home.owned():
            home.take_over(other)
    except KeyboardInterrupt:
        pass
    monkeypatch.undo()
    # Only when the old one has left is there no way back.
    assert _graph(home) == ("new" if step > 1 else "old")
    assert sorted(path.name for path in home.folder.iterdir()) == ["data", "lock"]


@pytest.mark.parametrize("told", ["--home-dir={}", "@{}/import.args"])
def test_what_a_killed_load_left_running_ends_before_its_folder_is_taken_away(
    tmp_path: Path, told: str
) -> None:
    home = _home(tmp_path / "one", "old")
    loading = home.folder / "loading"
    loading.mkdir()
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        subprocess.Popen([*sleep, told.format(loading)]) as left,
        subprocess.Popen([*sleep, told.format(tmp_path / "two" / "loading")]) as other,
    ):
        try:
            with home.owned():
                assert not loading.exists()
                assert left.poll() is not None
                assert other.poll() is None
        finally:
            left.kill()
            other.kill()
