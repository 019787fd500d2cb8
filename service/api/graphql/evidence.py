"""Evidence in GraphQL: links between identifiers, and what keeps them from counting."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="What keeps a link from making two identifiers one person.")
class Obstacle(Enum):
    SEPARATED = strawberry.enum_value("separated", description="Somebody said: they are two.")
    MAX_PER_PROFILE = strawberry.enum_value(
        "max_per_profile", description="One person may hold only so many values of a namespace."
    )
    MAX_IDENTIFIERS = strawberry.enum_value(
        "max_identifiers", description="One person may hold only so many identifiers."
    )
    DEVICE_JOINS = strawberry.enum_value(
        "device_joins", description="More people use the device than it may join."
    )
    SHARED = strawberry.enum_value(
        "shared", description="So many people use one of them that it links nobody."
    )
    KIND_NONE = strawberry.enum_value(
        "kind_none", description="The rules say that one of their namespaces links nobody."
    )
