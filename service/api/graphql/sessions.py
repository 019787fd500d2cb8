"""A person's sessions as a Relay connection (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry
from strawberry.relay import PageInfo

from service.api.graphql.masking import hidden, personal
from service.api.graphql.types import Device
from service.journey.sessions import SessionPage, SessionRow


@strawberry.type(
    description="What a person did without a long pause, on any of their devices. A new campaign "
    "begins a new one; and what no visit is (a purchase at a till, a mail) is in one of its own."
)
class Session:
    started_at: datetime
    ended_at: datetime = strawberry.field(description="When the last of it happened.")
    channel: str | None = strawberry.field(
        description="How the person came, as in paid_search; direct where nothing tells."
    )
    traffic_source: str | None = strawberry.field(
        description="From where they came, as in google; null where nothing tells."
    )
    traffic_medium: str | None
    traffic_campaign: str | None
    source: strawberry.ID = strawberry.field(description="The id of the source of its first event.")
    touchpoint_count: int = strawberry.field(
        description="How many touchpoints it has. Ask for those from startedAt to endedAt."
    )
    devices: list[Device]
    landing_page: str | None = personal(hidden, "The address of the first page.")
    exit_page: str | None = personal(hidden, "The address of the last page.")

    @classmethod
    def of(cls, row: SessionRow) -> Self:
        return cls(
            started_at=row.started_at,
            ended_at=row.ended_at,
            channel=row.channel,
            traffic_source=row.traffic_source,
            traffic_medium=row.traffic_medium,
            traffic_campaign=row.traffic_campaign,
            source=strawberry.ID(row.source),
            touchpoint_count=row.touchpoints,
            devices=[Device.of(one) for one in row.devices],
            landing_page=row.landing_page,
            exit_page=row.exit_page,
        )


@strawberry.type
class SessionEdge:
    cursor: str
    node: Session


@strawberry.type(description="A page of sessions, the newest first.")
class SessionConnection:
    edges: list[SessionEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: SessionPage, *, is_first: bool) -> Self:
        edges = [
            SessionEdge(cursor=str(cursor), node=Session.of(row)) for row, cursor in page.sessions
        ]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=not is_first,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )
