"""One visit, sent by each SDK that people have, unmodified: only host and key are set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from rudderstack import analytics as rudderstack  # type: ignore[import-untyped]
from segment import analytics as segment  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Receive, Scope, Send

from service.client import AsyncKnoop, Profile, Touchpoint
from tests.end_to_end.chromium import opened, skip_without_chromium
from tests.end_to_end.node import install, run
from tests.serving import Port

_SDK = Path(__file__).parent / "sdk"
_PATIENCE = 90

Send_ = Callable[[str, str], Awaitable[object]]


# --- The SDKs ---


def _send_by_segment_python(url: str, write_key: str) -> None:
    _visit(segment.Client(write_key, host=url))


def _send_by_rudder_python(url: str, write_key: str) -> None:
    _visit(rudderstack.Client(write_key, host=url))


def _visit(analytics: segment.Client | rudderstack.Client) -> None:
    """The two have the same methods."""
    analytics.page(anonymous_id="cookie-1", name="Home", properties={"path": "/"})
    analytics.identify(
        "ann-7", {"email": "Ann@Example.com", "plan": "gold"}, anonymous_id="cookie-1"
    )
    analytics.track(
        "ann-7", "Order Completed", {"order_id": "W-1", "total": 29.9}, anonymous_id="cookie-1"
    )
    analytics.group("ann-7", "acme", {"name": "Acme"}, anonymous_id="cookie-1")
    analytics.alias("cookie-0", "ann-7")
    analytics.shutdown()


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDKs for Node and browsers in the versions of the lock file, in a folder of their own."""
    return install(_SDK, tmp_path_factory.mktemp("sdk"))


async def _browse(sdk: Path, url: str, write_key: str) -> None:
    """Open a shop's page, on another port than the service, until its messages are sent."""
    shop = FastAPI()
    umd = sdk / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
    shop.get("/")(lambda: FileResponse(sdk / "segment.html"))
    shop.mount("/", StaticFiles(directory=umd))
    protocol, _, host = url.partition("://")
    taken = 0
    all_taken = asyncio.Event()

    def count(status: int) -> None:
        nonlocal taken
        taken += status == 200
        if taken == 5:
            all_taken.set()

    async with Port().serving(shop) as shop_url, opened() as page:
        page.on(
            "response",
            lambda answer: (
                count(answer.status)
                if answer.url.startswith(url) and answer.request.method == "POST"
                else None
            ),
        )
        await page.goto(f"{shop_url}/#{protocol},{host},{write_key}")
        async with asyncio.timeout(_PATIENCE):
            await all_taken.wait()


@pytest.fixture(
    params=[
        "segment-analytics-python",
        "rudder-sdk-python",
        "@segment/analytics-node",
        "@rudderstack/rudder-sdk-node",
        "@segment/analytics-next",
    ]
)
def send(request: pytest.FixtureRequest) -> Send_:
    """Send the visit with this SDK, to a host with a key, and wait until it is sent."""
    name: str = request.param
    if name == "segment-analytics-python":
        return lambda *where: asyncio.to_thread(_send_by_segment_python, *where)
    if name == "rudder-sdk-python":
        return lambda *where: asyncio.to_thread(_send_by_rudder_python, *where)
    if name == "@segment/analytics-next":
        skip_without_chromium()
    folder: Path = request.getfixturevalue("node_modules")
    if name == "@segment/analytics-node":
        return lambda *where: run(folder / "segment.mjs", *where)
    if name == "@rudderstack/rudder-sdk-node":
        return lambda *where: run(folder / "rudder.mjs", *where)
    return lambda *where: _browse(folder, *where)


# --- What arrives ---


async def _read(url: str, api_key: str) -> tuple[Profile, list[Touchpoint]]:
    async with AsyncKnoop(url, api_key=api_key) as knoop:
        profile = await knoop.profile("email:ann@example.com")
        assert profile is not None
        for identifier in profile.identifiers:
            assert await knoop.profile(str(identifier)) == profile
        return profile, [one async for one in knoop.journey(profile.id)]


async def _is_the_visit(url: str, api_key: str) -> None:
    """One person did all of it, each thing once."""
    profile, journey = await _read(url, api_key)
    assert set(map(str, profile.identifiers)) == {
        "user_id:ann-7",
        "email:ann@example.com",
        "anonymous_id:cookie-1",
        "anonymous_id:cookie-0",
    }
    assert {one.name: one.value for one in profile.traits} == {
        "email": "Ann@Example.com",
        "plan": "gold",
    }
    assert {one.key for one in profile.accounts} == {"login:ann-7", "organization:acme"}
    [acme] = [one for one in profile.accounts if one.shared]
    assert [(one.name, one.value) for one in acme.traits] == [("name", "Acme")]
    # What is sent within a millisecond has no order. A page that waits until the browser's SDK is
    # loaded is sent with the user of the identify that waits behind it.
    assert sorted((one.type, one.name) for one in journey if one.name) == [
        ("page", "Home"),
        ("track", "Order Completed"),
    ]
    assert sorted((one.type, str(one.identifier)) for one in journey if one.type != "page") == [
        ("alias", "user_id:ann-7"),
        ("group", "user_id:ann-7"),
        ("identify", "user_id:ann-7"),
        ("track", "user_id:ann-7"),
    ]
    [order] = [one for one in journey if one.type == "track"]
    assert order.properties == {"order_id": "W-1", "total": 29.9}
    assert (order.source, order.channel) == ("web", "web")


async def test_a_visit_sent_by_an_unmodified_sdk_is_one_person(
    send: Send_, url: str, write_key: str, api_key: str
) -> None:
    await send(url, write_key)
    await _is_the_visit(url, api_key)


class _Counting:
    """Tells when somebody has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.answered = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "POST":
            self.answered.set()


async def test_a_visit_sent_while_the_database_is_away_arrives_once(
    send: Send_, app: FastAPI, away: FastAPI, write_key: str, api_key: str
) -> None:
    port = Port()
    counting = _Counting(away)
    sending = asyncio.ensure_future(send(port.url, write_key))
    async with asyncio.timeout(_PATIENCE):
        async with port.serving(counting):
            await counting.answered.wait()
        async with port.serving(app) as url:
            await sending
            await _is_the_visit(url, api_key)
