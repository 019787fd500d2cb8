"""What only a running server can do to a graph that was imported: its schema, and the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from service.bulk.kept import Kept
from service.errors import BulkLoadError, ConflictError
from service.store.graph import Graph
from service.store.procedures import NoRow, procedure

_AT_ONCE = 1_000
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Amended:
    """What the importer cannot be told."""

    events: Sequence[tuple[str, str]]
    """Message ids, each with properties in JSON."""
    traits: Sequence[Mapping[str, Any]]
    """Traits whose latest or first value is a list of one empty text, by the key of the holder."""


@dataclass(frozen=True, slots=True)
class _Unfinished:
    name: str
    failed: bool


@dataclass(frozen=True, slots=True)
class _Count:
    nodes: int
    relationships: int


_LEARN = procedure("load_learn_names", NoRow)
_AMEND_EVENTS = procedure("load_amend_events", NoRow)
_AMEND_TRAITS = procedure("load_amend_traits", NoRow)
_UNFINISHED = procedure("load_unfinished_indexes", _Unfinished)
_COUNT = procedure("load_count", _Count)


async def finish(graph: Graph, kept: Kept, amended: Amended, rows: Mapping[str, int]) -> None:
    """Make the schema that there was, and amend what needs it.

    Raises:
        BulkLoadError: an index cannot be made, or there is not in the graph what was written.
    """
    names = kept.names
    await graph.write(_LEARN, labels=names.labels, types=names.types, properties=names.properties)
    for statement in kept.constraints:
        await _constrain(graph, statement)
    await graph.run_together(kept.indexes)
    await _fill_indexes(graph)
    for at in range(0, len(amended.events), _AT_ONCE):
        some = islice(amended.events, at, at + _AT_ONCE)
        events = [{"message_id": id_, "properties": orjson.loads(said)} for id_, said in some]
        await graph.write(_AMEND_EVENTS, events=events)
    for at in range(0, len(amended.traits), _AT_ONCE):
        traits = amended.traits[at : at + _AT_ONCE]
        await graph.write(
            _AMEND_TRAITS,
            identifiers=[one for one in traits if not one["of_account"]],
            accounts=[one for one in traits if one["of_account"]],
        )
    await _check(graph, rows)


async def _constrain(graph: Graph, statement: str) -> None:
    try:
        await graph.constrain(statement)
    except ConflictError as error:
        raise BulkLoadError(
            f"{error}. Nothing was loaded; drop the constraint, or mend the messages"
        ) from error


async def _fill_indexes(graph: Graph) -> None:
    """Wait until all are filled. A value may be too large for one that an analyst made."""
    while unfinished := await graph.read(_UNFINISHED):
        for one in unfinished:
            if one.failed:
                raise BulkLoadError(
                    f"the index {one.name} cannot hold what was to be loaded; debug.log in "
                    "logs/load says why. Nothing was loaded; drop the index, or mend the messages"
                )
        await asyncio.sleep(_LOOK_SECONDS)


async def _check(graph: Graph, rows: Mapping[str, int]) -> None:
    """Compare what is there with what was written."""
    [count] = await graph.read(_COUNT)
    for what, found in (("nodes", count.nodes), ("relationships", count.relationships)):
        written = rows.get(what, 0)
        if found != written:
            raise BulkLoadError(
                f"{written} {what} were written and {found} are in the graph, so it was not "
                "put in the place of the old one; see import.report in its logs/load, and tell the "
                "developers"
            )
