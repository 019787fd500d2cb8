"""A page in the system's Chromium, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def skip_without_chromium() -> None:
    """Skip the test where there is none."""
    if _CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")


@asynccontextmanager
async def opened(**more: Any) -> AsyncIterator[Page]:
    """An empty page, while the block runs."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        try:
            yield await browser.new_page(**more)
        finally:
            await browser.close()
