"""The service on a port, as SDKs and clients reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.serving import Port


@pytest.fixture
async def url(app: FastAPI) -> AsyncIterator[str]:
    """The service on a port of this machine."""
    async with Port().serving(app) as url:
        yield url
