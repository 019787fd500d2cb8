"""The files of the query page, read from the fetched jars, so that it works offline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from service.embedded.cache import location
from service.embedded.lock import Part, locked_jars
from service.errors import EmbeddedError, NotFoundError

JAVASCRIPT = "text/javascript; charset=utf-8"
CSS = "text/css; charset=utf-8"

# name: the jar's artifact, the file within its web folder, the media type
ASSETS = {
    "graphiql.min.js": ("graphiql", "graphiql.min.js", JAVASCRIPT),
    "graphiql.min.css": ("graphiql", "graphiql.min.css", CSS),
    "react.production.min.js": ("react", "umd/react.production.min.js", JAVASCRIPT),
    "react-dom.production.min.js": ("react-dom", "umd/react-dom.production.min.js", JAVASCRIPT),
}


@dataclass(frozen=True, slots=True)
class PageAsset:
    """One file, ready to be served."""

    content: bytes
    media_type: str


@lru_cache(maxsize=len(ASSETS))
def page_asset(cache: Path, name: str) -> PageAsset:
    """Read one of the ASSETS from `cache`, where `fetch` or `fetch_pages` put it.

    Raises:
        NotFoundError: there is no asset of this name.
        EmbeddedError: it was not fetched.
    """
    if name not in ASSETS:
        raise NotFoundError(f"There is no page asset {name}.")
    artifact, file, media_type = ASSETS[name]
    jar = next(jar for jar in locked_jars() if jar.part is Part.PAGES and jar.artifact == artifact)
    entry = f"META-INF/resources/webjars/{artifact}/{jar.version}/{file}"
    try:
        with ZipFile(location(cache, jar)) as archive:
            return PageAsset(archive.read(entry), media_type)
    except (OSError, KeyError, BadZipFile) as error:
        raise EmbeddedError(
            f"The query page is not in {cache}: start knoop once with a network."
        ) from error
