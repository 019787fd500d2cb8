"""The page of the frontends' guide, in Chromium, on another origin than the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.async_api import Page, expect

from service.access import Scope, add_key, revoke_key
from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.end_to_end.chromium import opened, skip_without_chromium
from tests.integration.conftest import Reader, Sender
from tests.serving import Port

_PAGE = Path(__file__).parents[2] / "docs" / "guides" / "person"
_PATIENCE = 30_000  # ms
_ANN = "email:ann@example.com"


@pytest.fixture
async def page_url() -> AsyncIterator[str]:
    """The page, as any server of files has it."""
    files = FastAPI()
    files.mount("/", StaticFiles(directory=_PAGE, html=True))
    async with Port().serving(files) as url:
        yield url


@pytest.fixture
def app(graph: Graph, rules: Rules, page_url: str) -> FastAPI:
    return build_app(graph, rules, Settings(graphql_origins=(page_url,)))


@pytest.fixture
async def page(page_url: str) -> AsyncIterator[Page]:
    """The page, opened. Nothing may go wrong in it that it does not tell."""
    skip_without_chromium()
    wrong: list[str] = []
    async with opened() as page:
        page.set_default_timeout(_PATIENCE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(page_url)
        yield page
    assert wrong == []


@pytest.fixture
async def shop(url: str, write_key: str) -> AsyncIterator[Sender]:
    """What sends to the running service."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield Sender(client, write_key)


async def _ann_shops(shop: Sender, visits: int = 3) -> None:
    await shop.accept(
        "identify",
        {
            "userId": "7",
            "messageId": "first",
            "timestamp": "2025-01-02T10:00:00Z",
            "traits": {"name": "Ann de Vries", "email": "Ann@Example.com", "plan": "gold"},
            "context": {"consent": {"categoryPreferences": {"Advertising": False}}},
        },
    )
    batch = [
        {
            "type": "track",
            "userId": "7",
            "event": f"Visit {number}",
            "timestamp": f"2025-02-01T10:{number:02}:00Z",
            "properties": {"path": f"/{number}"},
        }
        for number in range(visits)
    ]
    assert (await shop.batch(*batch)).status_code == 200


async def _ask(page: Page, url: str, key: str, who: str) -> None:
    for label, text in (("Service", url), ("API key", key), ("Identifier, or profile id", who)):
        await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="Show").click()


async def _is_live(page: Page) -> None:
    await expect(page.locator("#line")).to_have_text("Live", timeout=_PATIENCE)


async def _journey(page: Page, *names: str) -> None:
    await expect(page.locator("#journey h3")).to_have_text(
        [*names], use_inner_text=True, timeout=_PATIENCE
    )


async def _has_trouble(page: Page, code: str, *texts: str) -> None:
    trouble = page.get_by_role("alert")
    await expect(trouble.locator("code")).to_have_text(code, timeout=_PATIENCE)
    for text in texts:
        await expect(trouble).to_contain_text(text)


def _counted(page: Page, name: str) -> Any:
    return page.locator(".counts div", has=page.get_by_text(name, exact=True)).locator("dd")


async def test_the_card_shows_who_it_is_and_where_each_value_came_from(
    page: Page, url: str, api_key: str, shop: Sender
) -> None:
    await _ann_shops(shop)
    crm = {"traits": {"name": "A. de Vries"}, "timestamp": "2025-01-01T10:00:00Z", "userId": "7"}
    await shop.accept("identify", crm)
    await shop.accept("group", {"userId": "7", "groupId": "acme", "traits": {"name": "Acme"}})
    await _ask(page, url, api_key, _ANN)
    await _is_live(page)
    card = page.get_by_role("article", name="Ann de Vries")
    await expect(card).to_contain_text("ann@example.com", ignore_case=True)
    await expect(card.get_by_role("row", name="plan")).to_contain_text("web")
    await expect(card).to_contain_text("organization acme")
    await expect(card).to_contain_text("No to Advertising")
    await expect(_counted(page, "Touchpoints")).to_have_text("6")
    await expect(_counted(page, "First seen")).to_contain_text("Jan 1, 2025")
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_what_is_sent_while_the_page_is_open_appears_and_a_merge_changes_the_card(
    page: Page, url: str, api_key: str, shop: Sender
) -> None:
    await _ann_shops(shop)
    past = {"anonymousId": "cookie-1", "event": "Product Viewed"}
    await shop.accept("track", {**past, "timestamp": "2025-02-01T10:01:30Z"})
    await _ask(page, url, api_key, _ANN)
    await _is_live(page)
    visits = ["Visit 2track", "Visit 1track", "Visit 0track", "identify"]
    await _journey(page, *visits)
    order = {"userId": "7", "event": "Order Completed", "properties": {"total": 29.9}}
    await shop.accept("track", order)
    await _journey(page, "Order Completedtrack", *visits)
    await expect(page.get_by_role("status")).to_have_text("New: Order Completed")
    await expect(_counted(page, "Touchpoints")).to_have_text("5")
    await expect(page.locator("#card")).not_to_contain_text("cookie-1")

    login = {"userId": "7", "anonymousId": "cookie-1", "timestamp": "2025-06-02T12:00:00Z"}
    await shop.accept("identify", login)
    await expect(page.locator("#card")).to_contain_text("cookie-1", timeout=_PATIENCE)
    # What the cookie did before is hers, in its place in time, and nothing is there twice.
    before = [visits[0], "Product Viewedtrack", *visits[1:]]
    await _journey(page, "identify", "Order Completedtrack", *before)
    await expect(_counted(page, "Touchpoints")).to_have_text("7")
    await expect(_counted(page, "Identifiers")).to_have_text("3")


async def test_the_journey_is_loaded_a_page_at_a_time(
    page: Page, url: str, api_key: str, shop: Sender
) -> None:
    await _ann_shops(shop, visits=45)
    await _ask(page, url, api_key, "user_id:7")
    await _is_live(page)
    points = page.locator("#journey > li")
    more = page.get_by_role("button", name="Load more")
    await expect(points).to_have_count(20)
    # Of long ago: it is on a page that is not shown yet.
    await shop.accept("track", {"userId": "7", "event": "Born", "timestamp": "1990-01-01T00:00Z"})
    await expect(_counted(page, "Touchpoints")).to_have_text("47", timeout=_PATIENCE)
    await expect(points).to_have_count(20)
    for count in (40, 47):
        await more.click()
        await expect(points).to_have_count(count, timeout=_PATIENCE)
    await expect(more).to_be_hidden()
    await expect(points.last).to_contain_text("Born")


async def test_without_personal_read_people_are_found_by_their_ids_and_shown_masked(
    page: Page, url: str, api_key: str, graph: Graph, shop: Sender
) -> None:
    await _ann_shops(shop)
    query = '{ profile(identifier: {namespace: "user_id", value: "7"}) { id } }'
    id_ = (await Reader(shop.client, api_key).ask(query))["profile"]["id"]
    narrow = await add_key(graph, "narrow", [Scope.PROFILES_READ])
    await _ask(page, url, narrow, _ANN)
    await _has_trouble(page, "forbidden", "personal:read", "profile's id")
    await _ask(page, url, narrow, id_)
    await _is_live(page)
    await expect(page.locator("#card")).to_contain_text("This key lacks personal:read")
    for hidden in ("Ann", "ann@example.com", "/2"):
        await expect(page.locator("main")).not_to_contain_text(hidden, ignore_case=True)
    await expect(page.get_by_role("row", name="name")).to_contain_text("hidden")
    await expect(page.get_by_role("row", name="plan")).to_contain_text("gold")  # The rules open it.


@pytest.mark.parametrize(
    ("key", "who", "code", "texts"),
    [
        ("nonsense", _ANN, "unauthorized", ["knoop key add"]),
        (None, "email:nobody@example.com", "nobody", ["Check the spelling"]),
    ],
)
async def test_what_goes_wrong_is_told_with_what_to_do(
    page: Page, url: str, api_key: str, key: str | None, who: str, code: str, texts: list[str]
) -> None:
    await _ask(page, url, key or api_key, who)
    await _has_trouble(page, code, *texts)
    await expect(page.locator("main")).to_be_hidden()


async def test_a_page_that_may_not_ask_says_how_it_might(
    page: Page, page_url: str, graph: Graph, rules: Rules, api_key: str
) -> None:
    async with Port().serving(build_app(graph, rules, Settings())) as url:
        await _ask(page, url, api_key, _ANN)
        await _has_trouble(page, "no_answer", f"KNOOP_GRAPHQL_ORIGINS={page_url}")


async def test_a_line_that_breaks_is_opened_again_and_what_was_missed_is_read(
    page: Page, app: FastAPI, write_key: str, api_key: str
) -> None:
    port = Port()
    async with port.serving(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
        await _ann_shops(Sender(client, write_key), visits=1)
        await _ask(page, url, api_key, _ANN)
        await _is_live(page)
    await expect(page.locator("#line")).to_contain_text("Not live", timeout=_PATIENCE)
    # While this one is away, another process takes what is sent.
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://knoop") as client:
        await Sender(client, write_key).accept("track", {"userId": "7", "event": "Missed"})
    async with port.serving(app):
        await _is_live(page)
        await _journey(page, "Missedtrack", "Visit 0track", "identify")


async def test_a_key_that_is_taken_back_ends_the_line(
    page: Page, url: str, graph: Graph, shop: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.access._TRUST_SECONDS", 0.1)
    await _ann_shops(shop)
    key = await add_key(graph, "brief", [Scope.PERSONAL_READ])
    await _ask(page, url, key, _ANN)
    await _is_live(page)
    await revoke_key(graph, "brief")
    await shop.accept("track", {"userId": "7", "event": "Unseen"})
    await _has_trouble(page, "unauthorized", "knoop key add")
    await expect(page.locator("#line")).to_have_text("Not live")
