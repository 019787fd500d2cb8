"""Subscriptions: GraphQL over WebSocket, by the protocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, which Strawberry speaks. What is
ours is who is let in: by the header Authorization, or where a browser cannot send one, by a field
of that name in the payload of connection_init.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import orjson
from fastapi import APIRouter, WebSocket
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types.unset import UNSET

from service.api.graphql.callers import Callers
from service.errors import KnoopError

_INIT_WITHIN = timedelta(seconds=10)
_MAX_SUBSCRIPTIONS = 100
_HEADER = "authorization"
_NOT_ACCEPTABLE = 4406


@dataclass(slots=True)
class _Opening:
    """What a connection has before it is known whose it is."""

    connection_params: dict[str, Any] = field(default_factory=dict)


class _Handler(BaseGraphQLTransportWSHandler[Any, None]):
    async def handle_message(self, message: Any) -> None:
        """Hang up on what is JSON and no message, as on what is no JSON."""
        try:
            await super().handle_message(message)
        except (AttributeError, TypeError):
            await self.handle_invalid_message("Failed to parse message")


class _Door:
    """What Strawberry's handler asks of those around it."""

    def __init__(self, callers: Callers, websocket: WebSocket) -> None:
        self._callers = callers
        self._websocket = websocket
        # Which schema it is, is known when it is known who asks; nothing is run before.
        self.handler = _Handler(
            view=cast("Any", self),
            websocket=ASGIWebSocketAdapter(cast("Any", self), websocket, websocket),
            context=_Opening(),
            root_value=None,
            schema=cast("Any", None),
            connection_init_wait_timeout=_INIT_WITHIN,
            max_subscriptions_per_connection=_MAX_SUBSCRIPTIONS,
        )

    async def on_ws_connect(self, opening: _Opening) -> object:
        """Let somebody in, or not."""
        told = {name.lower(): value for name, value in opening.connection_params.items()}
        shown = told.get(_HEADER) or self._websocket.headers.get(_HEADER, "")
        try:
            admitted = await self._callers.admit(str(shown))
        except KnoopError:
            raise ConnectionRejectionError from None
        self.handler.schema, self.handler.context = admitted
        return UNSET

    def decode_json(self, text: str | bytes) -> object:
        """As the handler wants it."""
        return orjson.loads(text)

    def encode_json(self, message: object) -> str:
        """As browsers want it: a text."""
        return orjson.dumps(message, default=str).decode()


def websocket_routes(callers: Callers) -> APIRouter:
    """`/graphql` for whoever comes by WebSocket."""
    router = APIRouter()

    @router.websocket("/graphql")
    async def subscribe(websocket: WebSocket) -> None:
        if GRAPHQL_TRANSPORT_WS_PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await websocket.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL)
        await _Door(callers, websocket).handler.handle()

    return router
