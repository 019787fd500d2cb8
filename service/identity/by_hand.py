"""What people say of who is one person: links and separations by hand, and taking them back.

The procedures `link`, `separate` and `withdraw` check, decide and write; analysts call the same
ones in Cypher. Their decision is the rule once more, in Cypher: it can be called where there is no
Python, and tests hold it against `service.identity.partition`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from service.errors import ConflictError, UnavailableError
from service.store.graph import Graph
from service.store.procedures import Procedure, procedure


@dataclass(frozen=True, slots=True)
class Linked:
    """The columns of `link`.

    `outcome` is linked; refused, where `rule` says what forbids it; already_linked;
    withdrawn_since, where it was asked for before; or what is wrong: `unknown: KEY`, same,
    no_reason, request_used. `profiles` are the one or two that the identifiers are in now.
    """

    outcome: str
    change_id: str | None
    rule: str | None
    profiles: list[str]


@dataclass(frozen=True, slots=True)
class Separated:
    """The columns of `separate`.

    `outcome` is separated, already_separated, withdrawn_since, or what is wrong.
    """

    outcome: str
    change_id: str | None
    profiles: list[str]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The columns of `withdraw`: withdrawn, already_withdrawn, or what is wrong: not_by_hand."""

    outcome: str
    change_id: str | None
    profiles: list[str]
    identifiers: list[str]


Row = TypeVar("Row", Linked, Separated, Withdrawn)

_LINK = procedure("link", Linked)
_SEPARATE = procedure("separate", Separated)
_WITHDRAW = procedure("withdraw", Withdrawn)


async def link(
    graph: Graph, one: str, other: str, reason: str, actor: str, request: str | None = None
) -> Linked:
    """Record that two identifiers, by their keys, are one person.

    What is asked for again by the same `request`, here and below, is not done again.

    Raises:
        ConflictError: something else was asked for by this request.
    """
    given = {"one": one, "other": other, "reason": reason, "actor": actor, "request": request}
    return await _act(graph, _LINK, **given)


async def separate(
    graph: Graph, one: str, other: str, reason: str, actor: str, request: str | None = None
) -> Separated:
    """Record that two identifiers, by their keys, are not one person."""
    given = {"one": one, "other": other, "reason": reason, "actor": actor, "request": request}
    return await _act(graph, _SEPARATE, **given)


async def withdraw(
    graph: Graph, change_id: str, reason: str, actor: str, request: str | None = None
) -> Withdrawn:
    """Take back what was linked or separated by hand, by the id of its change."""
    given = {"change_id": change_id, "reason": reason, "actor": actor, "request": request}
    return await _act(graph, _WITHDRAW, **given)


async def warm_up(graph: Graph) -> None:
    """Have Neo4j plan these statements, which takes it seconds, before somebody needs them.

    Neo4j keeps a plan for each size of text, up to 10 characters, up to 100, and so on: these are
    of the usual one.
    """
    for act in (link, separate):
        await act(
            graph, "knoop:warm-up-one", "knoop:warm-up-other", "to plan ahead", "knoop warm-up"
        )
    await withdraw(graph, "knoop:warm-up-one", "to plan ahead", "knoop warm-up")


async def _act(graph: Graph, procedure: Procedure[Row], **parameters: str | None) -> Row:
    rows = await graph.write(procedure, **parameters)
    if not rows:  # Others kept on changing the neighbourhood; nothing was written.
        raise UnavailableError("too much is happening around these identifiers; try again")
    if rows[0].outcome == "request_used":
        raise ConflictError("this key was given for something else before; take another one")
    return rows[0]
