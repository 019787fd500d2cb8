"""Subscriptions: GraphQL over WebSocket, by the protocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, which Strawberry speaks. What is
ours is who is let in: by the header Authorization, or where a browser cannot send one, by a field
of that name in the payload of connection_init.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import orjson
from fastapi import APIRouter, WebSocket
from graphql import GraphQLError
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types.unset import UNSET

from service.api.graphql.callers import Callers
from service.api.origins import may_open
from service.errors import KnoopError, UnavailableError

_INIT_WITHIN = timedelta(seconds=10)
_MAX_SUBSCRIPTIONS = 100
_HEADER = "authorization"
_TRY_AGAIN_LATER, _FORBIDDEN, _NOT_ACCEPTABLE = 1013, 4403, 4406
_MAX_REASON = 120  # bytes; a closing frame has room for 123


@dataclass(slots=True)
class _Opening:
    """What a connection has before it is known whose it is."""

    connection_params: dict[str, Any] = field(default_factory=dict)


class _Handler(BaseGraphQLTransportWSHandler[Any, None]):
    view: Any

    async def handle_message(self, message: Any) -> None:
        """Hang up on what is JSON and no message, as on what is no JSON."""
        try:
            await super().handle_message(message)
        except (AttributeError, TypeError):
            await self.handle_invalid_message("Failed to parse message")

    async def handle_subscribe(self, message: Any) -> None:
        """Run nothing more for somebody whose key was taken back since they were let in.

        What is asked for by its id is run as its text.
        """
        try:
            if self.connection_acknowledged:
                await self.view.let_in()
                message = {**message, "payload": self.view.resolve(message["payload"])}
        except ConnectionRejectionError:
            await self.websocket.close(_FORBIDDEN, "Forbidden")
        except KnoopError as error:
            told = GraphQLError(str(error), extensions={"code": error.code}).formatted
            await self.send_message({"id": message["id"], "type": "error", "payload": [told]})
        else:
            await super().handle_subscribe(message)


class _Door:
    """What Strawberry's handler asks of those around it."""

    def __init__(self, callers: Callers, websocket: WebSocket) -> None:
        self._callers = callers
        self._websocket = websocket
        self._shown = ""
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
        self._shown = str(told.get(_HEADER) or self._websocket.headers.get(_HEADER, ""))
        await self.let_in()
        return UNSET

    async def let_in(self) -> None:
        """Find out who it is, and what they may see.

        Raises:
            ConnectionRejectionError: nobody who is known, or not any more.
            WebSocketDisconnected: it cannot be found out now, and they were told to come again.
        """
        try:
            admitted = await self._callers.admit(self._shown, self._websocket)
        except UnavailableError as error:
            await self._websocket.close(_TRY_AGAIN_LATER, str(error)[:_MAX_REASON])
            raise WebSocketDisconnected from error
        except KnoopError:
            raise ConnectionRejectionError from None
        self.handler.schema, self.handler.context = admitted

    def resolve(self, asked: dict[str, Any]) -> dict[str, Any]:
        """As `Documents.resolve`."""
        return self._callers.documents.resolve(asked)

    def decode_json(self, text: str | bytes) -> object:
        """As the handler wants it."""
        return orjson.loads(text)

    def encode_json(self, message: object) -> str:
        """As browsers want it: a text."""
        return orjson.dumps(message, default=str).decode()


def websocket_routes(callers: Callers, may_ask: Collection[str]) -> APIRouter:
    """`/graphql` for whoever comes by WebSocket; of pages elsewhere only those of these origins."""
    router = APIRouter()

    @router.websocket("/graphql")
    async def subscribe(websocket: WebSocket) -> None:
        if not may_open(websocket.headers, may_ask):
            await websocket.close()  # Not accepted yet: 403.
            return
        if GRAPHQL_TRANSPORT_WS_PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await websocket.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL)
        await _Door(callers, websocket).handler.handle()

    return router
