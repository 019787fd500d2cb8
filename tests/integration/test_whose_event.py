"""Whose event it is on a device that several people used, worked by hand and read by GraphQL."""

from __future__ import annotations

from typing import Any

from service.store.graph import Graph
from service.store.procedures import cypher_folder, load
from tests.integration.conftest import Reader, Sender

_JOURNEY = """
query($namespace: String!, $value: String!, $order: Order! = ASC) {
  profile(identifier: {namespace: $namespace, value: $value}) {
    touchpoints(order: $order) {
      edges { node { id messageId identifier { namespace value shared device { kind } } } }
    }
  }
}"""
_NODE = """
query($id: ID!) {
  node(id: $id) { ... on Touchpoint { messageId identifier { namespace value device { kind } } } }
}"""
_IPAD = {"userAgent": "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605 Mobile/15E148"}
_, _PROCEDURE = load(cypher_folder("procedures") / "journey.cypher")


async def _nodes(reader: Reader, namespace: str, value: str, **order: str) -> list[dict[str, Any]]:
    answer = await reader.ask(_JOURNEY, namespace=namespace, value=value, **order)
    return [edge["node"] for edge in answer["profile"]["touchpoints"]["edges"]]


async def _journey(reader: Reader, key: str) -> str:
    """The message ids of a journey."""
    namespace, value = key.split(":")
    return " ".join(node["messageId"] for node in await _nodes(reader, namespace, value))


async def _every_way(reader: Reader, graph: Graph, key: str) -> str:
    """The message ids of a journey, which are told backwards and by Cypher too."""
    namespace, value = key.split(":")
    journey = await _journey(reader, key)
    backwards = [one["messageId"] for one in await _nodes(reader, namespace, value, order="DESC")]
    called = await graph.run(_PROCEDURE, identifier=key, since=None, until=None, first=1_000)
    assert " ".join(reversed(backwards)) == journey
    assert " ".join(row["message_id"] for row in called) == journey
    return journey


def _on(device: str, message_id: str, time: str, user: str | None = None) -> dict[str, Any]:
    """A page on a device at a time of the first of June, of somebody who is logged in or not."""
    return {
        "type": "page",
        "messageId": message_id,
        "timestamp": f"2025-06-01T{time}Z",
        "anonymousId": device,
        "userId": user,
        "context": _IPAD,
    }


async def _send(sender: Sender, *messages: dict[str, Any]) -> None:
    assert (await sender.batch(*messages)).json() == {"success": True}


async def _family(web: Sender) -> None:
    """Ann and Bob take turns at one tablet, and now and then nobody says who it is."""
    await _send(
        web,
        _on("tablet", "before-anyone", "08:00"),
        _on("tablet", "ann-1", "09:00", "ann"),
        _on("tablet", "after-ann", "09:30"),
        _on("tablet", "bob-1", "10:00", "bob"),
        _on("tablet", "after-bob", "23:00"),
        _on("ann's own phone", "own-phone", "10:30", "ann"),
        _on("ann's own phone", "own-phone-2", "11:00"),
    )


async def test_on_the_family_tablet_an_event_is_of_the_one_who_was_last_recognised_there(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await _family(web)
    anns = "before-anyone ann-1 after-ann own-phone own-phone-2"
    assert await _every_way(reader, graph, "user_id:ann") == anns
    assert await _every_way(reader, graph, "user_id:bob") == "bob-1 after-bob"
    # The tablet is in the profile of one of them, and gives nobody more than is theirs.
    assert await _every_way(reader, graph, "anonymous_id:tablet") in {anns, "bob-1 after-bob"}


async def test_a_late_message_that_changes_who_was_recognised_changes_the_answer(
    web: Sender, reader: Reader
) -> None:
    await _family(web)
    await _send(web, _on("tablet", "late-bob", "09:15", "bob"))
    assert await _journey(reader, "user_id:ann") == ("before-anyone ann-1 own-phone own-phone-2")
    assert await _journey(reader, "user_id:bob") == "late-bob after-ann bob-1 after-bob"
    # Before the very first recognition is before anyone.
    await _send(web, _on("tablet", "latest-bob", "08:30", "bob"))
    assert await _journey(reader, "user_id:ann") == "ann-1 own-phone own-phone-2"
    assert await _journey(reader, "user_id:bob") == (
        "before-anyone latest-bob late-bob after-ann bob-1 after-bob"
    )


async def test_one_who_turns_out_to_be_the_other_takes_the_events_along(
    web: Sender, reader: Reader
) -> None:
    await _send(
        web,
        _on("tablet", "card", "09:00") | {"context": {"externalIds": [_CARD]}},
        _on("tablet", "after-card", "09:05"),
        _on("tablet", "bob", "10:00", "bob"),
        _on("tablet", "after-bob", "10:05"),
    )
    assert await _journey(reader, "loyalty_card:7") in {
        "card after-card",
        "card after-card bob after-bob",
    }
    await _send(web, _on("till", "ann", "12:00", "ann") | {"context": {"externalIds": [_CARD]}})
    assert await _journey(reader, "user_id:ann") == "card after-card ann"
    assert await _journey(reader, "user_id:bob") == "bob after-bob"


_CARD = {"type": "loyalty_card", "id": "7"}


async def test_a_touchpoint_names_the_tablet_even_where_somebody_else_holds_it(
    web: Sender, reader: Reader
) -> None:
    await _family(web)
    tablet = {"namespace": "anonymous_id", "value": "tablet", "device": {"kind": "tablet"}}
    for user, message_id in (("ann", "after-ann"), ("bob", "after-bob")):
        nodes = {one["messageId"]: one for one in await _nodes(reader, "user_id", user)}
        found = nodes[message_id]
        assert found["identifier"] == tablet | {"shared": False}
        answer = await reader.ask(_NODE, id=found["id"])
        assert answer["node"] == {"messageId": message_id, "identifier": tablet}


async def test_what_names_a_device_of_one_person_too_stays_with_its_own_identifier(
    web: Sender, reader: Reader
) -> None:
    """Of the two the app's own id is the stronger, and the last who was seen with it holds it."""
    app = {"externalIds": [{"type": "device.id", "id": "app"}]}
    await _send(
        web,
        _on("ann's cookie", "ann", "09:00", "ann") | {"context": app},
        _on("bob's cookie", "bob", "10:00", "bob") | {"context": app},
        _on("ann's cookie", "logged-out", "11:00") | {"context": app},
        _on("ann's cookie", "in-the-browser", "11:05"),
    )
    holder = "ann" if "in-the-browser" in await _journey(reader, "device.id:app") else "bob"
    other = {"ann": "bob", "bob": "ann"}[holder]
    assert "logged-out" in await _journey(reader, f"user_id:{holder}")
    assert "logged-out" not in await _journey(reader, f"user_id:{other}")


async def _kiosk(web: Sender) -> None:
    """Six people were recognised here in May, so the kiosk is shared: it is in no profile."""
    for day in range(1, 7):
        guest = _on("kiosk", f"guest-{day}", "12:00", f"guest{day}")
        await _send(web, guest | {"timestamp": f"2025-05-0{day}T12:00Z"})


async def test_at_the_kiosk_a_recognition_lasts_as_long_as_the_visit(
    web: Sender, reader: Reader, graph: Graph
) -> None:
    await _kiosk(web)
    await _send(
        web,
        _on("kiosk", "visit-before", "09:29:59"),
        _on("kiosk", "not-yet-ann", "10:00"),
        _on("kiosk", "ann", "10:10", "ann"),
        _on("kiosk", "still-ann", "10:39:59"),
        _on("kiosk", "ann-goes-on", "11:09:58"),
        _on("kiosk", "half-an-hour-later", "11:39:58"),
    )
    assert await _every_way(reader, graph, "user_id:ann") == "not-yet-ann ann still-ann ann-goes-on"
    assert (
        await _every_way(reader, graph, "anonymous_id:kiosk") == "visit-before half-an-hour-later"
    )


async def test_two_may_be_recognised_in_one_visit_to_the_kiosk(web: Sender, reader: Reader) -> None:
    await _kiosk(web)
    await _send(
        web,
        _on("kiosk", "before", "10:00"),
        _on("kiosk", "ann", "10:10", "ann"),
        _on("kiosk", "after-ann", "10:20"),
        _on("kiosk", "bob", "10:30", "bob"),
        _on("kiosk", "after-bob", "10:40"),
    )
    assert await _journey(reader, "user_id:ann") == "before ann after-ann"
    assert await _journey(reader, "user_id:bob") == "bob after-bob"


async def test_a_late_event_between_two_visits_to_the_kiosk_makes_them_one(
    web: Sender, reader: Reader
) -> None:
    await _kiosk(web)
    await _send(web, _on("kiosk", "ann", "10:00", "ann"), _on("kiosk", "alone", "10:40"))
    assert await _journey(reader, "user_id:ann") == "ann"
    assert await _journey(reader, "anonymous_id:kiosk") == "alone"
    await _send(web, _on("kiosk", "between", "10:20"))
    assert await _journey(reader, "user_id:ann") == "ann between alone"
    assert await _journey(reader, "anonymous_id:kiosk") == ""
