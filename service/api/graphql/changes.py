"""Decisions as they are remembered: a person's history."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

from service.api.graphql.masking import hidden, personal
from service.api.graphql.types import IdentifierName, Node
from service.identity.history import ChangeRow

_PREFIX = "Change:"


@strawberry.enum(description="What was decided.")
class ChangeKind(Enum):
    MERGED = strawberry.enum_value("merged", description="Profiles became one.")
    SPLIT = strawberry.enum_value("split", description="A profile became several.")
    REFUSED = strawberry.enum_value("refused", description="A link does not count, by a rule.")
    ACCEPTED = strawberry.enum_value("accepted", description="A refused link counts after all.")
    LINKED = strawberry.enum_value("linked", description="Somebody said: these are one person.")
    SEPARATED = strawberry.enum_value("separated", description="Somebody said: these are two.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="Somebody took one of these back.")


@strawberry.type(description="An identifier that a change concerns.")
class ConcernedIdentifier(IdentifierName):
    was: strawberry.ID | None = strawberry.field(
        description="The id of its profile before, where that changed."
    )
    became: strawberry.ID | None = strawberry.field(
        description="The id of its profile after, where that changed."
    )

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        return cls(
            namespace=row["namespace"],
            value=row["value"],
            was=_id(row["was"]),
            became=_id(row["became"]),
        )


@strawberry.type(description="One decision about who is who. It is never edited.")
class Change(Node):
    change_id: strawberry.ID = strawberry.field(description="Its id in Cypher.")
    kind: ChangeKind
    at: datetime
    actor: str | None = strawberry.field(
        description="Who said it, or said what it follows from: key:NAME, or who called Cypher. "
        "Null where messages or rules brought it about."
    )
    cause: str | None = strawberry.field(
        description="What it follows from: the id of a message, the changeId of what somebody "
        "said by hand, or rules:CHECKSUM. Null where it is itself what somebody said."
    )
    rule: str | None = strawberry.field(
        description="Of a merge the strongest kind of evidence that joined; of a split or a "
        "refused link what forbids it."
    )
    reason: str | None = personal(hidden, "What somebody gave as the reason.")
    profiles: list[strawberry.ID] = strawberry.field(
        description="The profiles concerned: of a merge first the one that is left, of a split "
        "first the one that there was."
    )
    identifiers: list[ConcernedIdentifier] = strawberry.field(
        description="Whose profile changed; of what is about a link, its two ends."
    )
    withdraws: strawberry.ID | None = strawberry.field(
        description="The id of the change that this one takes back."
    )
    withdrawn_by: strawberry.ID | None = strawberry.field(
        description="The id of the change that took this one back."
    )

    @strawberry.field(description="Whether it was said by hand and taken back.")
    def withdrawn(self) -> bool:
        return self.withdrawn_by is not None

    @classmethod
    def of(cls, row: ChangeRow) -> Self:
        return cls(
            id=change_node_id(row.id),
            change_id=strawberry.ID(row.id),
            kind=ChangeKind(row.kind),
            at=row.at,
            actor=row.actor,
            cause=row.cause,
            rule=row.rule,
            reason=row.reason,
            profiles=[strawberry.ID(id_) for id_ in row.profiles],
            identifiers=[ConcernedIdentifier.of_row(one) for one in row.identifiers],
            withdraws=change_node_id(row.withdraws) if row.withdraws else None,
            withdrawn_by=change_node_id(row.withdrawn_by) if row.withdrawn_by else None,
        )


def change_node_id(change_id: str) -> strawberry.ID:
    """The global id of a change."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{_PREFIX}{change_id}".encode()).decode())


def change_id_of(id_: str) -> str | None:
    """The id in Cypher, from a change's global id; None when it is the id of something else."""
    try:
        text = base64.urlsafe_b64decode(id_.encode()).decode()
    except (binascii.Error, ValueError):
        return None
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else None


def _id(text: str | None) -> strawberry.ID | None:
    return None if text is None else strawberry.ID(text)
