"""A bulk load makes the graph that the front door makes of the same messages in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.access import Source, add_source
from service.bulk.loading import Wanted
from service.bulk.pieces import LoadFile, cut
from service.demo.generate import generate
from service.demo.truth import SOURCES
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.ingest.files.batches import Sender, taken
from service.ingest.files.importing import ImportFile
from service.ingest.files.table import Format
from service.ingest.record import record
from service.ingest.rows import Received
from service.store.migrations import migrate
from tests.bulk.place import BEGAN, Place
from tests.bulk.whole_graph import read_whole
from tests.bulk.worlds import draw_lines, draw_rules
from tests.cleaning import clean

_TAKE_OUT = """
MATCH (n)
WHERE n:Event|Identifier|Profile|Device|Account|Trait|Consent|Change
DETACH DELETE n
"""


def _received(wanted: Sequence[Wanted], sources: dict[str, Source], rules: Rules) -> list[Received]:
    """What the front door would make of the files: the rows that are no messages left out."""
    files = [LoadFile(one.file, sources[one.source]) for one in wanted]
    found = []
    for piece in cut(files, BEGAN):
        source = files[piece.file].source
        sender = Sender(source.name, source.channel, rules, None, BEGAN)
        results = (taken(row, sender) for row in piece.each())
        found += [one for one in results if isinstance(one, Received)]
    return found


async def _compare(
    place: Place, wanted: list[Wanted], sources: dict[str, Source], rules: Rules
) -> None:
    async with place.graph() as graph:
        await migrate(graph)
        await clean(graph, rules)
        for source in sources.values():
            await add_source(graph, source.name, channel=source.channel)
        before = await read_whole(graph)
    loaded = await place.load(rules, wanted)
    received = _received(wanted, sources, rules)
    assert loaded.rows - loaded.rejected == len(received)
    assert loaded.new == len({one.message.message_id for one in received})
    async with place.graph() as graph:
        assert await migrate(graph) == []
        assert await publish(graph, rules)
        by_bulk = await read_whole(graph)
        await graph.run(_TAKE_OUT)
        emptied = await read_whole(graph)
        assert (emptied.nodes, emptied.relationships) == (before.nodes, before.relationships)
        assert before.schema == by_bulk.schema
        await record(graph, rules, received)
        by_door = await read_whole(graph)
    assert by_bulk.differences(by_door) == []
    assert before.names <= by_bulk.names
    assert all(is_ == should for is_, should in by_bulk.ids)


def _file(folder: Path, source: str, lines: Sequence[bytes]) -> Wanted:
    path = folder / f"{source}.jsonl"
    path.write_bytes(b"\n".join(lines))
    return Wanted(ImportFile(str(path), Format.JSONL), source, folder / f"{source}.rejects")


@pytest.mark.timeout(1800)
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_any_messages_make_the_same_graph_in_bulk(
    place: Place, tmp_path: Path, seed: int
) -> None:
    sources = {"web": Source("web", "web"), "crm": Source("crm", None)}
    lines = draw_lines(seed, 1_000)
    middle = len(lines) * 2 // 3
    wanted = [_file(tmp_path, "web", lines[:middle]), _file(tmp_path, "crm", lines[middle:])]
    await _compare(place, wanted, sources, draw_rules(seed))


@pytest.mark.timeout(1800)
async def test_the_demo_makes_the_same_graph_in_bulk(place: Place, tmp_path: Path) -> None:
    sources = {one.id: Source(one.id, one.channel) for one in SOURCES}
    lines: dict[str, list[bytes]] = {one: [] for one in sources}
    for message in generate(people=120).messages:
        lines[message.source].append(orjson.dumps(message.body))
    wanted = [_file(tmp_path, source, each) for source, each in lines.items()]
    await _compare(place, wanted, sources, load_rules())
