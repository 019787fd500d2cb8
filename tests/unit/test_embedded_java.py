"""Which Java is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.embedded.java import parse_major, system_java


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('openjdk version "21" 2023-09-19 LTS', 21),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "21.0.8" 2025-07-15', 21),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_the_version_is_read(text: str, major: int | None) -> None:
    assert parse_major(text) == major


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    home, path = java(tmp_path / "home" / "bin", "17.0.1"), java(tmp_path / "path", "21.0.1")
    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}
    assert system_java(environ) == home
    assert system_java({"PATH": environ["PATH"]}) == path


def test_a_java_that_neo4j_does_not_support_is_passed_over(tmp_path: Path) -> None:
    java(tmp_path / "home" / "bin", "25.0.1")
    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}
    assert system_java(environ) is None
    assert system_java(environ | {"JAVA_HOME": str(tmp_path / "nowhere")}) is None
    path = java(tmp_path / "path", "17.0.1")
    assert system_java(environ) == path


def java(folder: Path, version: str) -> Path:
    """Put a program there that says what a Java of this version says."""
    folder.mkdir(parents=True)
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program
