"""The lock file is read exactly, or not at all."""

from __future__ import annotations

import pytest

from service.embedded.lock import Part, digest, locked_jars, parse_lock
from service.errors import EmbeddedError

SUM = "ab" * 32


def test_a_line_is_a_jar_in_the_layout_of_a_repository() -> None:
    (jar,) = parse_lock(f"# comment\n\nlib io.netty:epoll:4.1:linux-x86_64 12 {SUM}\n")
    assert (jar.part, jar.size, jar.sha256) == (Part.LIB, 12, SUM)
    assert str(jar.path) == "io/netty/epoll/4.1/epoll-4.1-linux-x86_64.jar"


@pytest.mark.parametrize(
    "line",
    [
        "lib g:a 1",
        f"library g:a:1 1 {SUM}",
        f"lib g:a 1 {SUM}",
        f"lib g:a:1:c:d 1 {SUM}",
        f"lib g:a:1 big {SUM}",
        "lib g:a:1 1 sum",
        "lib g:a:1 1 ab",
    ],
)
def test_a_damaged_line_is_named(line: str) -> None:
    with pytest.raises(EmbeddedError, match=r"line 2: .*scripts/lock-jars"):
        parse_lock(f"lib g:a:1 1 {SUM}\n{line}")


def test_the_digest_changes_with_the_content_and_not_with_the_order() -> None:
    one, two = parse_lock(f"lib g:a:1 1 {SUM}\nlib g:b:1 1 {SUM}")
    (other,) = parse_lock(f"lib g:b:1 1 {SUM[::-1]}")
    assert digest([one, two]) == digest([two, one])
    assert digest([one, two]) != digest([one, other])


def test_the_lock_holds_each_artifact_once() -> None:
    jars = locked_jars()
    assert {jar.part for jar in jars} == set(Part)
    assert len({jar.path for jar in jars}) == len(jars)
    by_artifact = {(jar.group, jar.artifact, jar.classifier) for jar in jars}
    assert len(by_artifact) == len(jars)
