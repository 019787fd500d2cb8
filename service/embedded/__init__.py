"""A Neo4j of one's own, without Docker: fetch, start, wait, stop."""

from service.embedded.home import Server
from service.embedded.installation import Installation, fetch, fetch_pages
from service.embedded.keeping import keep_running
from service.embedded.pages import PageAsset, page_asset
from service.embedded.server import running_neo4j, start, status, stop

__all__ = [
    "Installation",
    "PageAsset",
    "Server",
    "fetch",
    "fetch_pages",
    "keep_running",
    "page_asset",
    "running_neo4j",
    "start",
    "status",
    "stop",
]
