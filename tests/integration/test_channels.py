"""From what is sent to the channel of a stored event, and to another one by changed rules."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.embedded import Server
from service.identity.rules import Rules, parse_rules
from service.ingest import rechannelling
from service.ingest.rechannelling import Rechannelled, rechannel
from service.store.graph import Graph
from tests.integration.conftest import Sender

_SHOP = "https://shop.example.com/"
_CHANNELS = """
MATCH (e:Event)
RETURN e.message_id AS id, e.channel AS channel, e.traffic_source AS source,
  e.traffic_medium AS medium, e.traffic_campaign AS campaign
ORDER BY id
"""


def _rules(channels: str) -> Rules:
    return parse_rules(f'[namespaces.user_id]\nkind = "person"\n{channels}', "rules.toml")


async def _stored(graph: Graph) -> dict[str, tuple[str | None, ...]]:
    return {
        row["id"]: (row["channel"], row["source"], row["medium"], row["campaign"])
        for row in await graph.run(_CHANNELS)
    }


async def _rechannel(graph: Graph, rules: Rules, *, dry_run: bool = False) -> Rechannelled:
    pages: list[tuple[int, int]] = []
    report = await rechannel(
        graph, rules, dry_run=dry_run, on_page=lambda *progress: pages.append(progress)
    )
    assert pages[-1] == (report.events, report.events)
    return report


async def _visit(web: Sender, id_: str, query: str = "", referrer: str = "", **more: Any) -> None:
    page = {"url": _SHOP + query, "referrer": referrer}
    body = {"messageId": id_, "anonymousId": "cookie-1", "context": {"page": page}, **more}
    await web.accept("page", body)


async def _visit_in_all_ways(web: Sender) -> None:
    await _visit(web, "ad", "?utm_source=Google&utm_medium=CPC&utm_campaign=Brand&gclid=1")
    await _visit(web, "found", referrer="https://www.google.com/")
    await _visit(web, "here", referrer=_SHOP + "cart")
    await _visit(web, "mail", "?utm_medium=Flyer", "https://www.google.com/")
    await _visit(web, "plain")
    await _visit(web, "friend", referrer="https://friends.example.org/")


async def test_an_event_keeps_its_channel_and_where_somebody_came_from(
    web: Sender, graph: Graph
) -> None:
    await _visit_in_all_ways(web)
    assert await _stored(graph) == {
        "ad": ("paid_search", "google", "cpc", "Brand"),
        "found": ("organic_search", "google", "organic", None),
        "friend": ("referral", "friends.example.org", "referral", None),
        "here": ("web", None, None, None),
        "mail": ("flyer", "(not set)", "flyer", None),
        "plain": ("web", None, None, None),
    }


async def test_what_is_sent_under_our_names_is_a_property_like_any_other(
    web: Sender, graph: Graph
) -> None:
    await _visit(web, "m1", properties={"traffic_source": "sent"})
    [row] = await graph.run("MATCH (e:Event) RETURN e.properties_traffic_source AS sent")
    assert row["sent"] == "sent"
    assert await _stored(graph) == {"m1": ("web", None, None, None)}


@pytest.mark.parametrize("page", [1, 2, 1_000])
async def test_stored_events_come_in_line_with_changed_rules(
    web: Sender, graph: Graph, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(rechannelling, "PAGE", page)
    await _visit_in_all_ways(web)
    before = await _stored(graph)
    changed = _rules(
        """
        [channels]
        ignored_referrers = ["friends.example.org"]
        [[channels.rules]]
        channel = "brand"
        campaign = ["brand"]
        [[channels.rules]]
        channel = "organic_search"
        site = ["search"]
        """
    )
    told = await _rechannel(graph, changed, dry_run=True)
    assert await _stored(graph) == before
    assert await _rechannel(graph, changed) == told
    assert (told.events, told.changing) == (6, 2)
    assert told.moves == {("paid_search", "brand"): 1, ("referral", "web"): 1}
    assert await _stored(graph) == before | {
        "ad": ("brand", "google", "cpc", "Brand"),
        "friend": ("web", None, None, None),
    }
    assert await _rechannel(graph, changed) == Rechannelled(events=6)


async def test_events_of_before_there_were_rules_for_channels_get_theirs(
    web: Sender, graph: Graph, rules: Rules
) -> None:
    await _visit_in_all_ways(web)
    after = await _stored(graph)
    await graph.run(
        "MATCH (e:Event) SET e.channel = coalesce(e.traffic_medium, 'shop') "
        "REMOVE e.traffic_source, e.traffic_medium, e.traffic_campaign"
    )
    report = await _rechannel(graph, rules)
    assert report.changing == 4
    # Who came from nowhere keeps the channel that the source had then.
    assert await _stored(graph) == after | {
        "here": ("shop", None, None, None),
        "plain": ("shop", None, None, None),
    }


async def test_rules_that_are_as_before_change_nothing(
    web: Sender, graph: Graph, rules: Rules
) -> None:
    await _visit_in_all_ways(web)
    await web.accept(
        "track",
        {
            "messageId": "push",
            "userId": "7",
            "event": "Push Notification Tapped",
            "properties": {"campaign": {"medium": "push", "name": "Sale"}},
        },
    )
    assert (await _stored(graph))["push"] == ("push", "(not set)", "push", "Sale")
    assert await _rechannel(graph, rules) == Rechannelled(events=7)


async def test_an_empty_graph_has_nothing_to_change(graph: Graph, rules: Rules) -> None:
    report = await rechannel(graph, rules, dry_run=False, on_page=lambda *_: None)
    assert report == Rechannelled()


async def test_the_command_tells_what_it_would_change_and_changes_it(
    web: Sender, graph: Graph, neo4j_server: Server, tmp_path: Path
) -> None:
    await _visit_in_all_ways(web)
    file = tmp_path / "rules.toml"
    file.write_text(
        '[namespaces.anonymous_id]\nkind = "cookie"\npriority = 9\n'
        '[[channels.rules]]\nchannel = "elsewhere"\nmedium = ["referral"]\n'
    )
    environment = {
        "KNOOP_HOME": str(tmp_path / "home"),
        "KNOOP_NEO4J_URI": neo4j_server.bolt_uri,
        "KNOOP_NEO4J_PASSWORD": neo4j_server.password,
        "KNOOP_RULES": str(file),
    }

    async def resolve(*words: str) -> str:
        runner = CliRunner(env=environment)
        result = await asyncio.to_thread(runner.invoke, app, ["resolve", *words])
        assert result.exit_code == 0
        return result.stdout

    told = await resolve("--dry-run")
    assert "6 events looked at: 3 would have another channel or traffic source.\n" in told
    assert (await _stored(graph))["friend"][0] == "referral"
    told = await resolve()
    assert "6 events looked at: 3 have another channel or traffic source.\n" in told
    [line] = [line for line in told.splitlines() if "elsewhere" in line]
    assert [word for word in line.split() if word.isalnum()] == ["1", "referral", "elsewhere"]
    assert (await _stored(graph))["friend"][0] == "elsewhere"
    # Whose media no rule knows any more are channels by these.
    assert (await _stored(graph))["ad"][0] == "cpc"
