"""What must be true when all writers are at rest: nothing lost, doubled, mixed or forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.store.graph import Graph
from tests.load.people import RULES, Load
from tests.load.writers import Done
from tests.properties.acts import Said, expected
from tests.properties.standing import Standing, standing

_FOLDER = Path(__file__).parent / "cypher"


async def check(graph: Graph, load: Load, done: Done) -> Standing:
    """Hold the graph against all that was sent and done. Gives how it stands."""
    said = _said(load, done)
    there = await standing(graph)
    assert there == expected(said, there, RULES)
    assert done.new == len(load.messages)
    await _check_events(graph, load)
    await _check_links(graph, load)
    await _check_acts(graph, done)
    await _check_moves(graph)
    await _check_refusals(graph, there)
    return there


def _said(load: Load, done: Done) -> Said:
    said = Said()
    for one in load.messages:
        said.hear(one.parsed())
    for acts, into in ((done.linked, said.linked), (done.separated, said.separated)):
        into.update({id_: pair for id_, pair in acts.items() if id_ not in done.withdrawn})
    return said


async def _ask(graph: Graph, name: str) -> list[dict[str, Any]]:
    return await graph.run((_FOLDER / f"{name}.cypher").read_text(encoding="utf-8"))


async def _check_events(graph: Graph, load: Load) -> None:
    """Each message is stored once, with one owner, and names whom it named."""
    rows = {row["message_id"]: row for row in await _ask(graph, "events")}
    assert rows.keys() == {one.body["messageId"] for one in load.messages}
    for one in load.messages:
        message = one.parsed()
        row = rows[message.message_id]
        owner, *others = [identifier.key for identifier in message.identifiers]
        assert row["by"] == [owner]
        assert sorted(row["names"]) == sorted(others)
        assert row["sources"] == 1


async def _check_links(graph: Graph, load: Load) -> None:
    """Evidence is what the messages say: nothing doubled, nothing lost."""
    told = defaultdict[tuple[str, str, str], list[tuple[Any, str]]](list)
    for one in load.messages:
        message = one.parsed()
        for (a, b), kind in message.evidence():
            told[a, b, kind.name.lower()].append((message.at, one.source))
    rows = await _ask(graph, "links")
    assert len(rows) == len(told)
    for row in rows:
        seen = told[row["a"], row["b"], row["kind"]]
        assert row["count"] == len(seen)
        assert row["first"].to_native() == min(at for at, _ in seen)
        assert row["last"].to_native() == max(at for at, _ in seen)
        assert sorted(row["sources"]) == sorted({source for _, source in seen})


async def _check_acts(graph: Graph, done: Done) -> None:
    """Everything done by hand has its change, and there is no other."""
    pairs = done.linked | done.separated
    acts = {id_: ("linked", None, [*pair]) for id_, pair in done.linked.items()}
    acts |= {id_: ("separated", None, [*pair]) for id_, pair in done.separated.items()}
    wanted: dict[str, tuple[str, str | None, list[str]]] = {**acts}
    for id_, by in done.withdrawn.items():
        wanted[by] = ("withdrawn", id_, [*pairs[id_]])
    rows = await _ask(graph, "acts")
    assert {row["id"]: (row["kind"], row["withdraws"], row["keys"]) for row in rows} == wanted


async def _check_moves(graph: Graph) -> None:
    """Every id leads to one profile, and the changes tell how each identifier came to its own."""
    [row] = await _ask(graph, "profiles_of")
    assert row["empty"] == []
    profile_of: dict[str, str] = {}
    born: dict[str, str] = {}
    for key, born_as, ids in row["identifiers"]:
        assert len(ids) == 1, (key, ids)
        assert born.setdefault(born_as, key) == key
        profile_of[key] = ids[0]
    for key, id_ in profile_of.items():
        assert profile_of[born[id_]] == id_, key
    for row in await _ask(graph, "moves"):
        key, moves = row["key"], row["moves"]
        assert moves[0][0] in born, key
        assert _leads(moves, profile_of[key]), (key, moves, profile_of[key])


def _leads(moves: Sequence[Sequence[str]], to: str) -> bool:
    """Whether each move begins where the one before it ended."""
    ends = [became for _, became in moves]
    return [was for was, _ in moves[1:]] == ends[:-1] and ends[-1] == to


async def _check_refusals(graph: Graph, there: Standing) -> None:
    """The last change about a link says whether it is refused now, and why."""
    rows = await _ask(graph, "refusals")
    told = {tuple(row["keys"]): row["rule"] for row in rows if row["kind"] == "refused"}
    odd = told.items() ^ there.refused.items()
    assert not odd, [row for row in rows if tuple(row["keys"]) in dict(odd)]
