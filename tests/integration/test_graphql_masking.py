"""Who may read profiles and not personal data: what they see, and that nothing gets past it.

The questions are made from the schema: the shortest way to each field that there is. A new field is
asked for without anybody having to think of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from service.access import Scope, add_key
from service.analysis.working import do_next_job
from service.api.graphql.schema import build_schema as build_knoops
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender

# Stands in everything that is somebody's, and in nothing else.
THEIRS = "zyzzyva"
PHONE = "+31612345678"

LINK = """
mutation($a: IdentifierInput!, $b: IdentifierInput!, $reason: String!) {
  ACT(a: $a, b: $b, reason: $reason) { change { id } }
}"""
JOB = """
mutation {
  startPaths(conversion: {event: "Order Completed"}) { id }
}"""
IDS = """
query($value: String!) {
  profile(identifier: {namespace: "user_id", value: $value}) {
    id
    touchpoints { edges { node { id } } }
    history { id }
  }
}"""

# How each query is asked, by a caller who has only ids. What is not here needs personal:read.
QUERIES = {
    "profile": ["profile(id: $profile)"],
    "node": ["node(id: $profile)", "node(id: $touchpoint)", "node(id: $change)"],
    "paths": ['paths(conversion: {event: "Order Completed"})'],
    "flows": ['flows(conversion: {event: "Order Completed"})'],
    "attribution": [
        'attribution(conversion: {event: "Order Completed"}, models: [{model: LINEAR}])'
    ],
    "job": ["job(id: $job)"],
    "jobs": ["jobs"],
}
NEEDS_PERSONAL_READ = {
    "profile": 'profile(identifier: {namespace: "user_id", value: "x"}) { id }',
    "profiles": "profiles { edges { node { id } } }",
    "explain": """explain(
      a: {namespace: "user_id", value: "x"}, b: {namespace: "email", value: "y"}
    ) { samePerson }""",
    "whoWas": 'whoWas(identifier: {namespace: "user_id", value: "x"}, at: "2026-01-01") { id }',
}
# What is text and nobody's own: chosen by the company, or by knoop.
OPEN = {
    *("Account.kind", "Change.actor", "Change.cause", "Change.changeId", "Change.id"),
    *("Change.profiles", "Change.rule", "Change.withdraws", "Change.withdrawnBy"),
    *("ConcernedIdentifier.became", "ConcernedIdentifier.namespace", "ConcernedIdentifier.was"),
    *("Consent.legalBasis", "Consent.purpose", "Consent.source"),
    *("ConsentStatement.legalBasis", "ConsentStatement.source"),
    *("Device.browser", "Device.browserVersion", "Device.kind", "Device.make", "Device.model"),
    *("Device.os", "Device.osVersion"),
    *("Evidence.actor", "Evidence.changeId", "Evidence.sources"),
    *("Identifier.namespace", "IdentifierName.namespace", "IdentityLink.sources"),
    *("LinkEnd.namespace", "LinkEnd.profileId", "PageInfo.endCursor", "PageInfo.startCursor"),
    *("Person.language", "Person.timezone", "Profile.formerIds", "Profile.id"),
    *("Job.actor", "Job.id", "JobEdge.cursor", "JobError.code", "JobError.message"),
    "ProfileEdge.cursor",
    *("Session.channel", "Session.source", "SessionEdge.cursor", "Session.trafficCampaign"),
    *("Session.trafficMedium", "Session.trafficSource"),
    *("Separation.actor", "Separation.changeId", "Source.channel", "Source.id", "Source.name"),
    *("Touchpoint.channel", "Touchpoint.id", "Touchpoint.messageId", "Touchpoint.name"),
    *("Touchpoint.trafficCampaign", "Touchpoint.trafficMedium", "Touchpoint.trafficSource"),
    *("Touchpoint.type", "TouchpointEdge.cursor", "Trait.name", "Trait.source"),
    *("NextConversion.name", "NextTouchpoint.channel", "PredictionGain.conversion"),
    *("ReachMoment.channel", "StepBasis.silence", "StepBasis.touchpoints", "Foreseen.timeZone"),
    *("TraitValue.source", "Credit.name", "FlowNode.name", "TopPath.touchpoints"),
}
# Traits by the words in which they are told.
WELL_KNOWN = {
    **{
        word: f"{THEIRS} {word}"
        for word in (
            *("name", "firstName", "middleName", "lastName", "nickname", "username", "gender"),
            *("title", "company", "website", "avatar", "description"),
        )
    },
    "telephone": THEIRS,
    "address": {
        part: f"{THEIRS} {part}"
        for part in ("street", "city", "state", "postalCode", "country", "formatted")
    },
}
PERSONAL = {
    *(f"Person.{word}" for word in WELL_KNOWN if word not in ("telephone", "address")),
    *("Person.email", "Person.phone"),
    *(f"Address.{part}" for part in WELL_KNOWN["address"]),
    *("Account.id", "Account.key", "Change.reason", "ConcernedIdentifier.value", "Device.id"),
    *("Evidence.reason", "Identifier.value", "IdentifierName.value", "LinkEnd.value"),
    *(
        "Session.exitPage",
        "Session.landingPage",
        "Separation.reason",
        "Touchpoint.properties",
        "Trait.value",
        "TraitValue.value",
    ),
}


@dataclass(frozen=True)
class Way:
    """A question that ends in one field."""

    field: str
    """Type.field"""
    query: str


def _schema() -> GraphQLSchema:
    return build_schema(build_knoops().as_str())


def _ways() -> Iterator[Way]:
    """The shortest way from each query to each leaf."""
    schema = _schema()
    assert schema.query_type is not None
    for name, calls in QUERIES.items():
        for call in calls:
            yield from _ways_from(schema, call, schema.query_type.fields[name])


def _ways_from(schema: GraphQLSchema, call: str, root: GraphQLField) -> Iterator[Way]:
    waiting: deque[tuple[tuple[str, ...], GraphQLNamedType]] = deque()
    waiting.append(((call,), get_named_type(root.type)))
    seen: set[str] = set()
    while waiting:
        path, type_ = waiting.popleft()
        if isinstance(type_, (GraphQLInterfaceType, GraphQLUnionType)):
            for one in schema.get_possible_types(type_):
                waiting.append(((*path, f"... on {one.name}"), one))
            continue
        assert isinstance(type_, GraphQLObjectType)
        if type_.name in seen:
            continue
        seen.add(type_.name)
        for name, field in type_.fields.items():
            inner = get_named_type(field.type)
            required = [one for one in field.args.values() if isinstance(one.type, GraphQLNonNull)]
            if any(one.default_value is None for one in required):
                continue  # Profile.trait, which gives one of Profile.traits.
            if is_leaf_type(inner):
                yield Way(f"{type_.name}.{name}", _question((*path, name)))
            else:
                waiting.append(((*path, name), inner))


def _question(path: tuple[str, ...]) -> str:
    inner = " { ".join(path) + " }" * (len(path) - 1)
    variables = [name for name in ("profile", "touchpoint", "change", "job") if f"${name}" in inner]
    given = ", ".join(f"${name}: ID!" for name in variables)
    return f"query({given}) {{ {inner} }}" if given else f"{{ {inner} }}"


async def _tell(web: Sender, till: Sender, reader: Reader, graph: Graph) -> dict[str, str]:
    """Everything that there is to say of a person, with the secret in all that is theirs."""
    mail = f"{THEIRS}@example.com"
    device = {"id": f"{THEIRS}-device", "type": "ios", "manufacturer": "Apple", "model": "15"}
    context = {
        "device": device,
        "traits": {"email": mail, "phone": PHONE},
        "consent": {"categoryPreferences": {"Analytics": True}},
    }
    who = {"userId": THEIRS, "anonymousId": f"{THEIRS}-cookie"}
    traits = {"shoe": f"{THEIRS} 42", "plan": "gold", "home": {"street": THEIRS}}
    await web.accept("identify", {**who, "traits": traits | WELL_KNOWN, "context": context})
    await till.accept("identify", {**who, "traits": {"shoe": f"{THEIRS} 43"}})
    await web.accept("group", {**who, "groupId": "acme", "traits": {"name": f"{THEIRS} and sons"}})
    bought = {"note": f"for {THEIRS}", "total": 12.5, "items": [{"text": THEIRS}]}
    order = {"messageId": "m", "event": "Order Completed", "properties": bought}
    await web.accept("track", {**who, "context": context, **order})
    page = {"url": f"https://shop.example/?who={THEIRS}"}
    await web.accept("page", {**who, "context": {**context, "page": page}})
    other = f"{THEIRS}-other"
    await web.accept("identify", {"userId": other, "traits": {"email": f"{other}@example.com"}})
    for act, namespace, value in (
        ("linkIdentifiers", "phone", "+31687654321"),
        ("linkIdentifiers", "email", f"{other}@example.com"),
        ("separateIdentifiers", "email", f"{other}@example.com"),
    ):
        if namespace == "phone":
            await web.accept("identify", {"traits": {"phone": value}, "anonymousId": other})
        await reader.ask(
            LINK.replace("ACT", act),
            a={"namespace": "user_id", "value": THEIRS},
            b={"namespace": namespace, "value": value},
            reason=f"{THEIRS} said so",
        )
    found = (await reader.ask(IDS, value=THEIRS))["profile"]
    started = (await reader.ask(JOB))["startPaths"]
    assert await do_next_job(graph)
    return {
        "profile": found["id"],
        "touchpoint": next(one["node"]["id"] for one in found["touchpoints"]["edges"]),
        "change": found["history"][-1]["id"],
        "job": started["id"],
    }


def _leaves() -> set[str]:
    """Every field of text that a query can lead to."""
    schema = _schema()
    return {
        way.field
        for way in _ways()
        if str(get_named_type(_field(schema, way.field).type)) in ("String", "ID", "JSON")
    }


def _field(schema: GraphQLSchema, name: str) -> GraphQLField:
    type_, _, field = name.partition(".")
    found = schema.type_map[type_]
    assert isinstance(found, GraphQLObjectType)
    one: GraphQLField = found.fields[field]
    return one


def test_of_every_text_somebody_has_said_whether_it_is_personal() -> None:
    assert _leaves() == OPEN | PERSONAL
    assert not OPEN & PERSONAL


def test_of_every_query_somebody_has_said_who_may_ask_it() -> None:
    query = _schema().query_type
    assert query is not None
    assert set(query.fields) == {*QUERIES, *NEEDS_PERSONAL_READ}


async def test_no_way_through_the_schema_leads_to_personal_data(
    client: httpx.AsyncClient, graph: Graph, web: Sender, till: Sender, reader: Reader
) -> None:
    ids = await _tell(web, till, reader, graph)
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    told = set()
    for way in _ways():
        given = {name: id_ for name, id_ in ids.items() if f"${name}" in way.query}
        if THEIRS in str(await reader.ask(way.query, **given)):
            told.add(way.field)
        seen = str(await narrow.ask(way.query, **given))
        assert THEIRS not in seen, way.query
        assert PHONE not in seen, way.query
    assert told == PERSONAL


@pytest.mark.parametrize("query", NEEDS_PERSONAL_READ.values(), ids=NEEDS_PERSONAL_READ)
async def test_nobody_finds_out_by_trying_whose_an_identifier_is(
    client: httpx.AsyncClient, graph: Graph, query: str
) -> None:
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    assert await narrow.errors(f"{{ {query} }}") == [
        {"message": "the key narrow lacks the scope personal:read", "code": "forbidden"}
    ]


@pytest.mark.parametrize("field", ["profile", "node"])
async def test_a_key_is_no_id(
    client: httpx.AsyncClient, graph: Graph, web: Sender, reader: Reader, field: str
) -> None:
    await web.accept("identify", {"userId": "7"})
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    query = f'{{ {field}(id: "user_id:7") {{ id }} }}'
    assert (await narrow.ask(query))[field] is None
    assert (await reader.ask(query))[field] is not None


async def test_what_the_rules_open_is_seen_and_what_is_masked_says_so(
    client: httpx.AsyncClient, graph: Graph, web: Sender, till: Sender, reader: Reader
) -> None:
    ids = await _tell(web, till, reader, graph)
    narrow = Reader(client, await add_key(graph, "narrow", [Scope.PROFILES_READ]))
    query = """
    query($profile: ID!) {
      profile(id: $profile) {
        identifiers { namespace value masked device { id } }
        devices { id model }
        accounts { key id kind }
        traits { name value masked others { value } }
        touchpoints(names: ["Order Completed"]) { edges { node { properties device { id } } } }
      }
    }"""
    seen = (await narrow.ask(query, profile=ids["profile"]))["profile"]
    assert (await narrow.ask(query, profile=ids["profile"]))["profile"] == seen
    everything = (await reader.ask(query, profile=ids["profile"]))["profile"]

    assert {(one["name"], one["value"], one["masked"]) for one in seen["traits"]} == {
        ("plan", "gold", False),
        *((name, "***", True) for name in ("shoe", "home", "email", "phone", *WELL_KNOWN)),
    }
    assert [one["others"] for one in seen["traits"] if one["name"] == "shoe"] == [
        [{"value": "***"}]
    ]
    assert {one["masked"] for one in seen["identifiers"]} == {True}
    assert {one["masked"] for one in everything["identifiers"]} == {False}
    assert len({one["value"] for one in seen["identifiers"]}) == len(everything["identifiers"])
    [device] = seen["devices"]
    [touchpoint] = [one["node"] for one in seen["touchpoints"]["edges"]]
    assert device["id"].startswith("masked-")
    assert device["model"] == "15"
    assert touchpoint == {
        "device": {"id": device["id"]},
        "properties": {"note": "***", "total": 12.5, "items": "***"},
    }
    keys = {one["kind"]: one["key"] for one in seen["accounts"]}
    assert keys["organization"] == "organization:acme"
    assert keys["login"].startswith("masked-")
