"""Profiles by what is known of them, as a Relay connection: two round trips a page."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from strawberry.relay import PageInfo

from service.access import Scope
from service.api.graphql.arguments import After, First, page_size
from service.api.graphql.caller import Context, record_read
from service.api.graphql.profile import Profile
from service.api.graphql.profile_filter import ProfileFilter, conditions_of
from service.profile.finding import Page, cursor_of, find_members, find_page


@strawberry.type
class ProfileEdge:
    cursor: str
    node: Profile


@strawberry.type(
    description="A page of profiles. It may be short, or empty, and yet have a next one: where "
    "what is wanted is rare among very many, only so many are looked at for a page."
)
class ProfileConnection:
    edges: list[ProfileEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, info: Context, page: Page, *, is_first: bool) -> Self:
        record_read(info, *(row.id for row in page.profiles))
        edges = [
            ProfileEdge(cursor=cursor_of(row.id), node=Profile.of(row)) for row in page.profiles
        ]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=not is_first,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=page.end_cursor,
            ),
        )

    @classmethod
    async def of_members(
        cls, info: Context, account: str, first: int | None, after: str | None
    ) -> Self:
        """A page of those who hold an account or belong to it, by its key."""
        together, size = info.context.together, page_size(first)
        page = await together.ask(find_members, account, first=size, after=after)
        return cls.of(info, page, is_first=after is None)


async def profiles(
    info: Context,
    filter: Annotated[  # noqa: A002
        ProfileFilter | None, strawberry.argument(description="Without it, all there are.")
    ] = None,
    first: First = None,
    after: After = None,
) -> ProfileConnection:
    """Resolve `profiles`."""
    info.context.require(Scope.PERSONAL_READ)
    size = page_size(first)
    conditions = conditions_of(filter, info.context.rules)
    page = await find_page(info.context.graph, conditions, first=size, after=after)
    return ProfileConnection.of(info, page, is_first=after is None)
