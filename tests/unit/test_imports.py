"""The rules between the packages, read from the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_SERVICE = Path(__file__).parents[2] / "service"

# What each package may import of the others: the data flows one way.
_MAY_IMPORT = {
    "store": set[str](),
    "identity": {"store"},
    "ingest": {"identity", "store"},
    "profile": {"store"},
    "journey": {"profile", "store"},
    "analysis": {"profile", "journey", "store"},
    "embedded": set[str](),
    "bulk": {"ingest", "identity", "store", "embedded"},
    "client": {"ingest"},  # the limits of a message, and nothing else
    "api": {"ingest", "identity", "profile", "journey", "analysis", "store", "embedded"},
}
_ONLY_IN = {
    "neo4j": {"store", "embedded"},
    "fastapi": {"api"},
    "strawberry": {"api"},
}


def _imports(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield tuple(node.module.split("."))


def _modules(package: str) -> list[Path]:
    return sorted((_SERVICE / package).rglob("*.py"))


@pytest.mark.parametrize("package", _MAY_IMPORT)
def test_a_package_imports_only_what_comes_before_it(package: str) -> None:
    wrong = [
        f"{path.relative_to(_SERVICE)} imports {'.'.join(name)}"
        for path in _modules(package)
        for name in _imports(path)
        if name[0] == "service"
        and len(name) > 1
        and name[1] in _MAY_IMPORT
        and name[1] not in _MAY_IMPORT[package] | {package}
    ]
    assert not wrong


@pytest.mark.parametrize("library", _ONLY_IN)
def test_a_library_is_known_in_its_own_package_alone(library: str) -> None:
    wrong = [
        str(path.relative_to(_SERVICE))
        for path in sorted(_SERVICE.rglob("*.py"))
        for name in _imports(path)
        if name[0] == library and path.relative_to(_SERVICE).parts[0] not in _ONLY_IN[library]
    ]
    assert not wrong


def test_what_sends_traces_is_an_extra_and_imported_when_it_is_wanted() -> None:
    """The command runs without it, and starts no later for it."""
    look = "import sys, service.cli; sys.exit('opentelemetry.sdk' in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)


def test_figures_are_not_counted_before_the_command_line_was_read() -> None:
    """It says whether several processes add them up, which the client asks when it is imported."""
    look = "import sys, service.cli; sys.exit('prometheus_client' in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)
