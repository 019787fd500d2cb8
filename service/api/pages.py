"""What a person sees in a browser: where to go, and a page on which to type queries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from service.embedded import page_asset

_STATIC = Path(__file__).parent / "static"


def page_routes(cache: Path) -> APIRouter:
    """`GET /`, and the files of the query page, which `cache` holds."""
    router = APIRouter(include_in_schema=False)
    welcome_page = (_STATIC / "welcome.html").read_text(encoding="utf-8")

    @router.get("/")
    async def welcome() -> HTMLResponse:
        return HTMLResponse(welcome_page)

    @router.get("/graphql/assets/{name}")
    def asset(name: str) -> Response:
        found = page_asset(cache, name)
        return Response(
            found.content,
            media_type=found.media_type,
            headers={"Cache-Control": "public, max-age=86400"},
        )

    return router


def query_page(headers: Mapping[str, str]) -> HTMLResponse:
    """The page on which to type queries."""
    return HTMLResponse(_query_page(), headers=dict(headers))


@lru_cache(maxsize=1)
def _query_page() -> str:
    return (_STATIC / "graphiql.html").read_text(encoding="utf-8")
