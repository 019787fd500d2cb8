"""A journey as a Relay connection (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Self

import strawberry
from strawberry.relay import PageInfo
from strawberry.scalars import JSON

from service.api.graphql.caller import Context
from service.api.graphql.cost import costs
from service.api.graphql.masking import if_property_is_closed, personal
from service.api.graphql.types import Device, Identifier, Node, Source
from service.journey.reading import Page, Selection, TouchpointRow, count_touchpoints
from service.store.properties import from_node

_PREFIX = "Touchpoint:"


@strawberry.type(
    description="One thing that a person did or met: an event, as the journey shows it."
)
class Touchpoint(Node):
    message_id: str
    type: str
    name: str | None
    at: datetime
    channel: str | None
    traffic_source: str | None = strawberry.field(
        description="From where somebody came, as in google; null where the event does not tell."
    )
    traffic_medium: str | None
    traffic_campaign: str | None
    source: Source | None
    device: Device | None
    identifier: Identifier = strawberry.field(
        description="The strongest one that the event names. Several people may have used it."
    )
    properties: JSON = personal(if_property_is_closed)

    @classmethod
    def of(cls, row: TouchpointRow, known: Mapping[str, Identifier]) -> Self | None:
        """The touchpoint, unless it names nobody; `known` are identifiers by their keys."""
        identifier = known.get(row.identifier or "")
        if row.stranger:
            identifier = Identifier.alone(row.stranger)
        if identifier is None:
            return None
        return cls(
            id=touchpoint_id(row.message_id),
            message_id=row.message_id,
            type=row.type,
            name=row.name,
            at=row.at,
            channel=row.channel,
            traffic_source=row.node.get("traffic_source"),
            traffic_medium=row.node.get("traffic_medium"),
            traffic_campaign=row.node.get("traffic_campaign"),
            source=Source(**row.source) if row.source else None,
            device=Device.of(row.device) if row.device else None,
            identifier=identifier,
            properties=JSON(from_node(row.node)),
        )


@strawberry.type
class TouchpointEdge:
    cursor: str
    node: Touchpoint


@strawberry.type(description="A page of touchpoints.")
class TouchpointConnection:
    edges: list[TouchpointEdge]
    page_info: PageInfo
    keys: strawberry.Private[list[str]]
    selection: strawberry.Private[Selection]

    @strawberry.field(
        description="How many there are on all pages. They are counted one by one: ask for it "
        "once.",
        metadata=costs(2),
    )
    async def total_count(self, info: Context) -> int:
        return await info.context.together.ask(
            count_touchpoints, self.keys, selection=self.selection
        )

    @classmethod
    def of(
        cls, page: Page, own: Mapping[str, Identifier], selection: Selection, *, is_first: bool
    ) -> Self:
        """A page of the person who has these identifiers, by their keys."""
        edges = [
            TouchpointEdge(cursor=row.cursor(), node=node)
            for row in page.touchpoints
            if (node := Touchpoint.of(row, own)) is not None
        ]
        return cls(
            keys=list(own),
            selection=selection,
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=not is_first,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


def touchpoint_id(message_id: str) -> strawberry.ID:
    """The global id of a touchpoint. A profile's id is its own, so the two never meet."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{_PREFIX}{message_id}".encode()).decode())


def message_id_of(id_: str) -> str | None:
    """The message id in a touchpoint's global id; None when it is the id of something else."""
    try:
        text = base64.urlsafe_b64decode(id_.encode()).decode()
    except (binascii.Error, ValueError):
        return None
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else None
