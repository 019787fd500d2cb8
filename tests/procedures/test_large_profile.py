"""What a profile far over the usual limit asks of the database: counted, and never timed."""

from __future__ import annotations

from bench.statements import statement
from service.identity import by_hand
from service.identity.publishing import publish
from service.identity.rules import Rules, load_rules
from service.store.graph import Graph
from tests.cleaning import clean

_STARS = statement("seed_stars")


async def test_linking_to_a_large_profile_by_hand_needs_memory_for_one_of_it(graph: Graph) -> None:
    """Lists were once part of what is grouped by, and 1,000 identifiers took 790 MB."""
    told = load_rules().model_dump()
    told["profile"]["max_identifiers"] = 5_000
    await clean(graph)
    await publish(graph, Rules.model_validate(told))
    for name, size in (("large", 1_000), ("guest", 2)):
        await graph.run(_STARS, name=name, count=1, size=size)
    result = await by_hand.link(
        graph, "email:large-1@example.com", "email:guest-1@example.com", "the same", "ann"
    )
    assert result.outcome == "linked"
    assert len(result.profiles) == 1
