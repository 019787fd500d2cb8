"""What others wrote for GraphQL, at the service's door."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.node import install, run
from tests.integration.conftest import Reader, Sender

_PROGRAMS = Path(__file__).parent / "graphql"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs in `graphql/`, ready to run."""
    return install(_PROGRAMS, tmp_path_factory.mktemp("graphql"))


async def test_every_check_of_the_specification_passes(
    programs: Path, url: str, api_key: str
) -> None:
    assert await run(programs / "audit.mjs", url, api_key) == "61 checks\n"


async def test_the_reference_client_of_subscriptions_is_told(
    programs: Path, url: str, api_key: str, write_key: str
) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        sender = Sender(client, write_key)
        await sender.accept("identify", {"userId": "7"})
        query = '{ profile(identifier: {namespace: "user_id", value: "7"}) { id } }'
        id_ = (await Reader(client, api_key).ask(query))["profile"]["id"]
    told = await run(programs / "subscribe.mjs", url, api_key, write_key, id_)
    assert told.splitlines() == [
        "200",
        '{"name":"Order Completed","properties":{"total":3}}',
        "7 c",
    ]


async def test_relays_compiler_takes_the_schema_and_its_pagination(programs: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "schema.graphql", programs)
    await run(programs / "relay.mjs", "relay.config.json")
    made = {path.name for path in (programs / "relay" / "__generated__").iterdir()}
    assert made == {
        "JourneyPageQuery.graphql.js",
        "JourneyQuery.graphql.js",
        "Journey_profile.graphql.js",
    }


async def test_apollos_client_asks_and_finds_it_again(
    programs: Path, url: str, api_key: str, write_key: str
) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        await Sender(client, write_key).accept("track", {"userId": "7", "event": "Seen"})
        query = '{ profile(identifier: {namespace: "user_id", value: "7"}) { id } }'
        id_ = (await Reader(client, api_key).ask(query))["profile"]["id"]
    told = await run(programs / "apollo.mjs", url, api_key, id_)
    assert told == "Profile Touchpoint Seen\n" * 2
