"""What others wrote for GraphQL, at the service's door."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.node import install, run

_PROGRAMS = Path(__file__).parent / "graphql"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs in `graphql/`, ready to run."""
    return install(_PROGRAMS, tmp_path_factory.mktemp("graphql"))


async def test_every_check_of_the_specification_passes(
    programs: Path, url: str, api_key: str
) -> None:
    assert await run(programs / "audit.mjs", url, api_key) == "61 checks\n"
