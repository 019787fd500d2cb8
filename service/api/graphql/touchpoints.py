"""A journey as a Relay connection (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry.relay import PageInfo
from strawberry.scalars import JSON

from service.api.graphql.arguments import in_utc, page_size
from service.api.graphql.caller import Context
from service.api.graphql.cost import costs
from service.api.graphql.masking import if_property_is_closed, personal
from service.api.graphql.types import Device, Identifier, Node, Order, Source
from service.journey.reading import (
    Page,
    PageWanted,
    Part,
    Selection,
    TouchpointRow,
    count_touchpoints,
)
from service.store.properties import from_node

_PREFIX = "Touchpoint:"
# The parts of a touchpoint, by the fields that need them.
_PARTS = {
    "source": Part.SOURCE,
    "device": Part.DEVICE,
    "properties": Part.PROPERTIES,
    "trafficSource": Part.PROPERTIES,
    "trafficMedium": Part.PROPERTIES,
    "trafficCampaign": Part.PROPERTIES,
}


def page_wanted(
    fields: Iterable[str],
    first: int | None = None,
    after: str | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
    names: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    order: Order = Order.ASC,
) -> PageWanted:
    """What is asked for by the arguments of `touchpoints`, and by the fields selected below it.

    Raises:
        InvalidQueryError: an argument is not possible; names it.
    """
    return PageWanted(
        selection=Selection(
            since=in_utc("from", from_),
            until=in_utc("to", to),
            names=None if names is None else tuple(names),
            channels=None if channels is None else tuple(channels),
        ),
        first=page_size(first),
        after=after,
        newest_first=order is Order.DESC,
        parts=frozenset(_PARTS[name] for name in fields if name in _PARTS),
    )


def _id(root: Touchpoint) -> strawberry.ID:
    return touchpoint_id(root.message_id)


def _node(root: Touchpoint) -> dict[str, Any]:
    if root.node is None:
        raise TypeError("what a touchpoint brought along was not read; see page_wanted")
    return root.node


def _properties(root: Touchpoint) -> JSON:
    return JSON(from_node(_node(root)))


def _cursor(root: TouchpointEdge) -> str:
    return root.row.cursor()


def _traffic(what: str) -> Callable[[Touchpoint], str | None]:
    def read(root: Touchpoint) -> str | None:
        return _node(root).get(f"traffic_{what}")

    return read


@strawberry.type(
    description="One thing that a person did or met: an event, as the journey shows it."
)
class Touchpoint(Node):
    id: strawberry.ID = strawberry.field(resolver=_id)
    message_id: str
    type: str
    name: str | None
    at: datetime
    channel: str | None
    traffic_source: str | None = strawberry.field(
        resolver=_traffic("source"),
        description="From where somebody came, as in google; null where the event does not tell.",
    )
    traffic_medium: str | None = strawberry.field(resolver=_traffic("medium"))
    traffic_campaign: str | None = strawberry.field(resolver=_traffic("campaign"))
    source: Source | None
    device: Device | None
    identifier: Identifier = strawberry.field(
        description="The strongest one that the event names. Several people may have used it."
    )
    properties: JSON = personal(if_property_is_closed, resolver=_properties)
    node: strawberry.Private[dict[str, Any] | None]

    @classmethod
    def of(cls, row: TouchpointRow, known: Mapping[str, Identifier]) -> Self | None:
        """The touchpoint, unless it names nobody; `known` are identifiers by their keys."""
        identifier = known.get(row.identifier or "")
        if row.stranger:
            identifier = Identifier.alone(row.stranger)
        if identifier is None:
            return None
        return cls(
            message_id=row.message_id,
            type=row.type,
            name=row.name,
            at=row.at,
            channel=row.channel,
            source=Source(**row.source) if row.source else None,
            device=Device.of(row.device) if row.device else None,
            identifier=identifier,
            node=row.node,
        )


@strawberry.type
class TouchpointEdge:
    cursor: str = strawberry.field(resolver=_cursor)
    node: Touchpoint
    row: strawberry.Private[TouchpointRow]


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
    def of(cls, page: Page, own: Mapping[str, Identifier], wanted: PageWanted) -> Self:
        """A page of the person who has these identifiers, by their keys."""
        edges = [
            TouchpointEdge(node=node, row=row)
            for row in page.touchpoints
            if (node := Touchpoint.of(row, own)) is not None
        ]
        return cls(
            keys=list(own),
            selection=wanted.selection,
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=wanted.after is not None,
                start_cursor=edges[0].row.cursor() if edges else None,
                end_cursor=edges[-1].row.cursor() if edges else None,
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
