"""One person through GraphQL: by whatever leads to them, with all that is known."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from graphql import build_client_schema, get_introspection_query

from service.access import Scope, add_key
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.integration.test_tracking import IPHONE

BY_IDENTIFIER = """
query($namespace: String!, $value: String!) {
  profile(identifier: {namespace: $namespace, value: $value}) { id formerIds }
}"""
BY_ID = "query($id: ID!) { profile(id: $id) { id formerIds } }"
NODE = """
query($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on Profile { formerIds identifiers { namespace value } }
    ... on Touchpoint { messageId identifier { namespace value } properties }
  }
}"""


async def _id(reader: Reader, namespace: str, value: str) -> str:
    data = await reader.ask(BY_IDENTIFIER, namespace=namespace, value=value)
    return str(data["profile"]["id"])


# --- What leads to a profile ---


@pytest.mark.parametrize(
    ("namespace", "value"),
    [
        ("user_id", "7"),
        ("user_id", " 7 "),
        ("email", "ann@example.com"),
        ("email", "  ANN@Example.Com"),
        ("phone", "+31 (0)6 1234 5678"),
        ("ios.idfa", "AEBE52E7-03EE-455A-B3C4-E57283966239"),
    ],
)
async def test_a_person_is_found_by_any_identifier_however_it_is_spelt(
    web: Sender, reader: Reader, namespace: str, value: str
) -> None:
    traits = {"email": "Ann@example.com", "phone": "+31612345678"}
    await web.accept("identify", {"userId": "7", "traits": traits, "context": IPHONE})
    assert await _id(reader, namespace, value) == await _id(reader, "user_id", "7")


_NOBODY: list[tuple[str, str]] = [
    ("user_id", "8"),
    ("email", "7"),
    ("nowhere", "7"),
    ("", "7"),
    ("user:id", "7"),
    ("user_id", ""),
    ("user_id", "null"),
    ("user_id", "x" * 10_000),
    ("user_id", "\N{GRINNING FACE}"),
    ("user_id", "\0"),
    ("email", "not an address"),
    ("phone", "0612345678"),
]


async def test_nobody_is_null_and_no_error(web: Sender, reader: Reader) -> None:
    await web.accept("page", {"userId": "7"})
    for namespace, value in _NOBODY:
        data = await reader.ask(BY_IDENTIFIER, namespace=namespace, value=value)
        assert data == {"profile": None}


_NO_IDS: list[str] = ["", "x", "0" * 36, "VG91Y2hwb2ludDpub3BlCg==", "é", "\0"]


async def test_an_id_of_nothing_is_null_and_no_error(web: Sender, reader: Reader) -> None:
    await web.accept("page", {"userId": "7"})
    for id_ in _NO_IDS:
        assert await reader.ask(BY_ID, id=id_) == {"profile": None}
        assert await reader.ask(NODE, id=id_) == {"node": None}


async def test_an_identifier_whose_case_matters_leads_to_nobody_elses_profile(
    web: Sender, reader: Reader
) -> None:
    await web.accept("page", {"userId": "abc"})
    data = await reader.ask(BY_IDENTIFIER, namespace="user_id", value="ABC")
    assert data == {"profile": None}


async def test_a_person_is_found_by_every_id_they_ever_had(web: Sender, reader: Reader) -> None:
    ids = []
    for number in range(4):
        await web.accept("page", {"anonymousId": f"c{number}"})
        ids.append(await _id(reader, "anonymous_id", f"c{number}"))
    assert len(set(ids)) == 4
    # Two pairs meet, and then the pairs: the ids of the second die twice.
    for user, cookie in (("7", "c3"), ("7", "c2"), ("8", "c1"), ("8", "c0")):
        await web.accept("identify", {"userId": user, "anonymousId": cookie})
    await web.accept(
        "identify", {"userId": "7", "traits": {"email": "a@b.nl"}, "anonymousId": "c3"}
    )
    two = [await _id(reader, "user_id", user) for user in ("7", "8")]
    assert two == [ids[2], ids[0]]
    merge = {"mergeProperties": [{"type": "email", "value": "a@b.nl"}] * 2}
    await web.accept("merge", {**merge, "anonymousId": "c1", "context": {}})
    for id_, leads_to in zip(ids, (ids[0], ids[0], ids[2], ids[2]), strict=True):
        profile = (await reader.ask(BY_ID, id=id_))["profile"]
        assert profile["id"] == leads_to
        assert id_ == leads_to or id_ in profile["formerIds"]
        node = (await reader.ask(NODE, id=id_))["node"]
        assert (node["__typename"], node["id"]) == ("Profile", leads_to)


async def test_chains_of_merges_lead_from_every_former_id_to_the_oldest(
    web: Sender, reader: Reader
) -> None:
    names = [("anonymous_id", f"c{n}") for n in range(5)]
    for _, cookie in names:
        await web.accept("page", {"anonymousId": cookie})
    ids = [await _id(reader, *name) for name in names]
    # The youngest meet first, so that each merge gives the whole another id.
    for number in (3, 2, 1, 0):
        await web.accept(
            "merge",
            {
                "mergeProperties": [
                    {"type": "anonymous_id", "value": f"c{number}"},
                    {"type": "anonymous_id", "value": f"c{number + 1}"},
                ]
            },
        )
        assert await _id(reader, "anonymous_id", "c4") == ids[number]
    for id_ in ids:
        profile = (await reader.ask(BY_ID, id=id_))["profile"]
        assert profile["id"] == ids[0]
        assert sorted(profile["formerIds"]) == sorted(ids[1:])


async def test_a_touchpoint_is_fetched_again_by_its_id(web: Sender, reader: Reader) -> None:
    message_id = "m/1:\N{GRINNING FACE}"
    await web.accept(
        "page", {"messageId": message_id, "userId": "7", "properties": {"a": [1, None]}}
    )
    data = await reader.ask(
        '{ profile(identifier: {namespace: "user_id", value: "7"}) '
        "{ touchpoints { edges { node { id } } } } }"
    )
    [edge] = data["profile"]["touchpoints"]["edges"]
    assert await reader.ask(NODE, id=edge["node"]["id"]) == {
        "node": {
            "__typename": "Touchpoint",
            "id": edge["node"]["id"],
            "messageId": message_id,
            "identifier": {"namespace": "user_id", "value": "7"},
            "properties": {"a": [1, None]},
        }
    }


async def test_an_event_of_nobody_is_no_touchpoint(web: Sender, reader: Reader) -> None:
    assert (await web.send("page", {"messageId": "nope", "userId": "null"})).status_code == 200
    assert await reader.ask(NODE, id="VG91Y2hwb2ludDpub3Bl") == {"node": None}


async def test_a_message_id_that_looks_like_a_profile_leads_to_no_profile(
    web: Sender, reader: Reader
) -> None:
    await web.accept("page", {"userId": "7"})
    profile_id = await _id(reader, "user_id", "7")
    await web.accept("page", {"messageId": profile_id, "userId": "8"})
    node = (await reader.ask(NODE, id=profile_id))["node"]
    assert node["identifiers"] == [{"namespace": "user_id", "value": "7"}]


# --- What is known ---

EVERYTHING = """
query {
  profile(identifier: {namespace: "user_id", value: "7"}) {
    firstSeen lastSeen
    identifiers { namespace value firstSeen lastSeen shared device { id } account { key } }
    traits { name value source at others { value source at } }
    city: trait(name: "city") { value }
    nothing: trait(name: "nothing") { value }
    devices { id kind make model os osVersion browser browserVersion }
    accounts { key kind id shared traits { name value source } }
    consents { purpose granted at firstAt source legalBasis }
  }
}"""


async def test_a_profile_has_everything_that_its_identifiers_have(
    web: Sender, till: Sender, reader: Reader
) -> None:
    await web.accept(
        "identify",
        {
            "userId": "7",
            "traits": {"city": "Assen", "tags": ["a", 1], "loyalty_number": "L1"},
            "timestamp": "2025-06-02T00:00:00Z",
            "context": {**IPHONE, "consent": {"categoryPreferences": {"mail": True, "ads": False}}},
        },
    )
    await till.accept(
        "identify",
        {
            "traits": {"city": "Breda", "loyalty_number": "L1"},
            "timestamp": "2025-06-03T00:00:00Z",
            "context": {"consent": {"categoryPreferences": {"mail": False}, "legalBasis": "law"}},
        },
    )
    await web.accept(
        "group",
        {
            "userId": "7",
            "groupId": "acme",
            "traits": {"size": {"seats": 3}},
            "timestamp": "2025-06-01T00:00:00Z",
        },
    )
    profile = (await reader.ask(EVERYTHING))["profile"]
    first, second, third = (f"2025-06-0{day}T00:00:00+00:00" for day in (1, 2, 3))
    phone = {"id": "ios.id:VENDOR-1"}

    def identifier(namespace: str, value: str, **known: Any) -> dict[str, Any]:
        return {
            "namespace": namespace,
            "value": value,
            "firstSeen": second,
            "lastSeen": second,
            "shared": False,
            "device": None,
            "account": None,
        } | known

    assert (profile["firstSeen"], profile["lastSeen"]) == (first, third)
    assert profile["identifiers"] == [
        identifier("user_id", "7", firstSeen=first, account={"key": "login:7"}),
        identifier("ios.id", "VENDOR-1", device=phone),
        identifier("ios.idfa", "aebe52e7-03ee-455a-b3c4-e57283966239", device=phone),
        identifier("ios.push_token", "push-1", device=phone),
        identifier("loyalty_card", "L1", lastSeen=third, account={"key": "loyalty_card:L1"}),
    ]
    assert profile["traits"] == [
        {
            "name": "city",
            "value": "Breda",
            "source": "till",
            "at": third,
            "others": [{"value": "Assen", "source": "web", "at": second}],
        },
        {
            "name": "loyalty_number",
            "value": "L1",
            "source": "till",
            "at": third,
            "others": [{"value": "L1", "source": "web", "at": second}],
        },
        {"name": "tags", "value": ["a", 1], "source": "web", "at": second, "others": []},
    ]
    assert (profile["city"], profile["nothing"]) == ({"value": "Breda"}, None)
    assert profile["devices"] == [
        {
            "id": "ios.id:VENDOR-1",
            "kind": "phone",
            "make": "Apple",
            "model": "iPhone14,2",
            "os": "iOS",
            "osVersion": "17.4",
            "browser": None,
            "browserVersion": None,
        }
    ]
    size = {"name": "size", "value": {"seats": 3}, "source": "web"}
    assert profile["accounts"] == [
        {"key": "login:7", "kind": "login", "id": "7", "shared": False, "traits": []},
        {"key": "loyalty_card:L1", "kind": "loyalty_card", "id": "L1", "shared": False}
        | {"traits": []},
        {"key": "organization:acme", "kind": "organization", "id": "acme", "shared": True}
        | {"traits": [size]},
    ]
    consent = {"legalBasis": "consent", "source": "web", "at": second, "firstAt": second}
    assert profile["consents"] == [
        {"purpose": "ads", "granted": False, **consent},
        {"purpose": "mail", "granted": False, "legalBasis": "law", "source": "till"}
        | {"at": third, "firstAt": third},
    ]


async def test_the_trait_said_last_wins_whichever_identifier_it_hangs_on(
    web: Sender, reader: Reader
) -> None:
    await web.accept("page", {"anonymousId": "c", "userId": "7"})
    for body, day, city in (
        ({"userId": "7"}, 3, "Assen"),
        ({"anonymousId": "c"}, 5, "Breda"),
        ({"userId": "7"}, 1, "Delft"),
    ):
        await web.accept(
            "identify",
            {**body, "timestamp": f"2025-06-0{day}T00:00:00Z", "traits": {"city": city}},
        )
    data = await reader.ask(
        '{ profile(identifier: {namespace: "user_id", value: "7"}) '
        '{ trait(name: "city") { value others { value } } } }'
    )
    assert data["profile"]["trait"] == {"value": "Breda", "others": [{"value": "Assen"}]}


async def test_of_a_yes_and_a_no_the_last_word_holds_and_of_two_at_once_the_no(
    web: Sender, reader: Reader
) -> None:
    for day, mail, ads in ((1, True, True), (3, False, True), (2, True, False), (3, True, True)):
        await web.accept(
            "identify",
            {
                "userId": "7",
                "timestamp": f"2025-06-0{day}T00:00:00Z",
                "context": {"consent": {"categoryPreferences": {"mail": mail, "ads": ads}}},
            },
        )
    data = await reader.ask(
        '{ profile(identifier: {namespace: "user_id", value: "7"}) '
        "{ consents { purpose granted } } }"
    )
    assert data["profile"]["consents"] == [
        {"purpose": "ads", "granted": True},
        {"purpose": "mail", "granted": False},
    ]


# --- Who may ask ---


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic a2V5Og==", "Token key", "bearer\tkey"],
)
async def test_without_an_api_key_nobody_is_answered(
    client: httpx.AsyncClient, graph: Graph, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert (answer.status_code, answer.json()) == (
        401,
        {
            "errors": [
                {
                    "message": "no API key; send Authorization: Bearer KEY",
                    "extensions": {"code": "unauthorized"},
                }
            ]
        },
    )
    assert answer.headers["www-authenticate"] == 'Bearer realm="knoop"'
    del graph


async def test_an_unknown_api_key_is_not_answered(client: httpx.AsyncClient, graph: Graph) -> None:
    answer = await client.post(
        "/graphql",
        json={"query": "{ __typename }"},
        headers={b"Authorization": "Bearer é".encode("latin-1")},
    )
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (401, {"code": "unauthorized"})
    assert error["message"].startswith("the API key is not known; make one: ")
    del graph


@pytest.mark.parametrize("scopes", [[], [Scope.IDENTITY_WRITE]])
@pytest.mark.parametrize("field", ['profile(id: "x")', 'node(id: "x")'])
async def test_a_key_without_the_scope_sees_no_one(
    client: httpx.AsyncClient, graph: Graph, scopes: list[Scope], field: str
) -> None:
    reader = Reader(client, await add_key(graph, "narrow", scopes))
    assert await reader.errors(f"{{ {field} {{ id }} }}") == [
        {"message": "the key narrow lacks the scope profiles:read", "code": "forbidden"}
    ]


async def test_a_key_with_just_the_scope_sees_a_person(
    client: httpx.AsyncClient, graph: Graph, web: Sender
) -> None:
    await web.accept("page", {"userId": "7"})
    reader = Reader(client, await add_key(graph, "narrow", [Scope.PERSONAL_READ]))
    assert len(await _id(reader, "user_id", "7")) == 36


# --- What is wrong with a query ---


_NO_QUERIES: list[tuple[str, str]] = [
    ("{", "Syntax Error: Expected Name, found <EOF>."),
    ("\0", "Syntax Error: "),
    ("{ profile(id: ", "Syntax Error: "),
    ("{ nobody }", "Cannot query field 'nobody' on type 'Query'."),
    ('{ profile(id: "x") }', "Field 'profile' of type 'Profile' must have a selection"),
    ('{ profile(id: "x") { ...nope } }', "Unknown fragment 'nope'."),
    ("{ ...A } fragment A on Query { ...A }", "Cannot spread fragment 'A' within itself."),
    ("{ profile { id } }", "profile: give either id or identifier"),
    (
        '{ profile(id: "x", identifier: {namespace: "a", value: "b"}) { id } }',
        "profile: give either id or identifier",
    ),
    (
        '{ profile(identifier: {namespace: "a"}) { id } }',
        "Expected value of type 'IdentifierInput' to include ",
    ),
    ("mutation { forget }", "Cannot query field 'forget' on type 'Mutation'."),
    ("query($a: ID!) { profile(id: $a) { id } }", "Variable '$a' "),
]


async def test_a_query_that_cannot_be_run_is_told_why(reader: Reader) -> None:
    for query, message in _NO_QUERIES:
        errors = await reader.errors(query)
        assert errors[0]["message"].startswith(message)
        assert {error["code"] for error in errors} == {"invalid_query"}


_NO_VARIABLES: list[dict[str, Any]] = [
    {"id": ["x"]},
    {"id": {"a": 1}},
    {"id": True},
    {"id": 1.5},
    {"id": None},
    {},
    {"x": 1},
]


async def test_a_variable_of_the_wrong_type_is_told(reader: Reader) -> None:
    for variables in _NO_VARIABLES:
        [error] = await reader.errors(BY_ID, **variables)
        assert error["code"] == "invalid_query"
        assert error["message"].startswith("Variable '$id' ")


_NO_QUESTIONS: list[bytes] = [
    b"",
    b"{",
    b"null",
    b"7",
    b'"text"',
    b"[]",
    b"{}",
    b'{"query": null}',
    b'{"query": 7}',
    b'{"query": ["{ __typename }"]}',
    b'{"query": "{ __typename }", "variables": 7}',
    b'{"query": "{ __typename }", "variables": ["a"]}',
    b'{"query": "{ __typename }", "operationName": 7}',
    b'{"query": "{ __typename }", "operationName": "x"}',
    b'[{"query": "{ __typename }"}]',
    b'{"query": "\xff"}',
    b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}",
    b'{"query": "{ __typename }", "extensions": 7}',
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
]


async def test_a_body_that_is_no_question_is_never_more_than_a_refusal(reader: Reader) -> None:
    for body in _NO_QUESTIONS:
        answer = await reader.client.post(
            "/graphql",
            content=body,
            headers={
                "Authorization": f"Bearer {reader.api_key}",
                "Content-Type": "application/json",
            },
        )
        assert answer.status_code in (200, 400)
        assert "Traceback" not in answer.text
        if answer.status_code == 200:
            assert "errors" in answer.json() or answer.json()["data"] == {"__typename": "Query"}
        else:
            [error] = answer.json()["errors"]
            assert error["extensions"] == {"code": "invalid_query"}
            assert 20 < len(error["message"]) < 200


async def test_half_an_emoji_in_a_variable_finds_nobody(reader: Reader) -> None:
    for query in (
        "query($v: String!) { profile(identifier: {namespace: $v, value: $v}) { id } }",
        "query($v: ID!) { profile(id: $v) { id } }",
        "query($v: ID!) { profile: node(id: $v) { id } }",
    ):
        answer = await reader.client.post(
            "/graphql",
            content=f'{{"query": "{query}", "variables": {{"v": "\\ud83d"}}}}',
            headers={
                "Authorization": f"Bearer {reader.api_key}",
                "Content-Type": "application/json",
            },
        )
        assert (answer.status_code, answer.json()["data"]) == (200, {"profile": None})


# --- Limits ---


@pytest.mark.parametrize("spread", [False, True])
async def test_a_query_may_be_fifteen_deep_and_no_deeper(reader: Reader, spread: bool) -> None:
    def query(depth: int) -> str:
        fields = "a { " * (depth - 1)
        if spread:
            return f"{{ ...F }} fragment F on Query {{ {fields} a {{ b }} {'}' * (depth - 1)} }}"
        return f"{{ {fields} a {{ b }} {'}' * (depth - 1)} }}"

    told = "the query is more than 15 deep; ask for less at once"
    shallow = [error["message"] for error in await reader.errors(query(15))]
    assert told not in shallow
    deep = await reader.errors(query(16))
    assert {"message": told, "code": "invalid_query"} in deep


async def test_a_query_may_have_twenty_aliases_and_no_more(reader: Reader) -> None:
    def query(count: int) -> str:
        return "{ " + " ".join(f"a{n}: __typename" for n in range(count)) + " }"

    assert len(await reader.ask(query(20))) == 20
    assert await reader.errors(query(21)) == [
        {
            "message": "the query has more than 20 aliases; ask for less at once",
            "code": "invalid_query",
        }
    ]


async def test_aliases_in_a_fragment_count_wherever_it_is_spread(reader: Reader) -> None:
    fragment = "fragment F on Profile { a: id b: id c: id }"
    spread = '{ profile(id: "x") { ' + "...F " * 7 + "} }"
    [error] = await reader.errors(f"{spread} {fragment}")
    assert error["message"] == "the query has more than 20 aliases; ask for less at once"


async def test_a_query_may_have_two_thousand_tokens_and_no_more(reader: Reader) -> None:
    def query(names: int) -> str:
        listed = '"a" ' * names
        return f'{{ profile(id: "x") {{ touchpoints(names: [{listed}]) {{ __typename }} }} }}'

    assert await reader.ask(query(1_950)) == {"profile": None}
    [error] = await reader.errors(query(2_000))
    assert error == {
        "message": "Syntax Error: Document contains more than 2000 tokens. Parsing aborted.",
        "code": "invalid_query",
    }


@pytest.mark.timeout(20)
async def test_fragments_that_spread_each_other_twice_cost_no_more_than_once(
    reader: Reader,
) -> None:
    doubling = " ".join(
        f"fragment F{n} on Profile {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100)
    )
    query = f'{{ profile(id: "x") {{ ...F0 }} }} {doubling} fragment F100 on Profile {{ id }}'
    assert await reader.ask(query) == {"profile": None}


async def test_a_selection_that_is_nested_too_deep_to_be_read_is_refused(reader: Reader) -> None:
    for query in ("{a" * 900, "{ profile(id: " + "[" * 900, "query($a: " + "[" * 900):
        [error] = await reader.errors(query)
        assert error["code"] == "invalid_query"
    chain = " ".join(f"fragment F{n} on Profile {{ ...F{n + 1} }}" for n in range(200))
    query = f'{{ profile(id: "x") {{ ...F0 }} }} {chain} fragment F200 on Profile {{ id }}'
    answer = (await reader.post(query)).json()
    assert answer.get("data") == {"profile": None} or {
        error["extensions"]["code"] for error in answer["errors"]
    } == {"invalid_query"}


async def test_the_schema_may_be_asked_for_by_tools(reader: Reader) -> None:
    data = await reader.ask(get_introspection_query(input_value_deprecation=True))
    assert "Touchpoint" in build_client_schema(data).type_map  # type: ignore[arg-type]


# --- What must not come out ---


async def test_an_error_that_nobody_foresaw_shows_nothing_of_itself(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("service.api.graphql.profile.read_profile", broken)
    answer = await reader.post('{ profile(id: "x") { id } }')
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert (error["message"], error["extensions"]) == (
        "something went wrong here; it is in the service's log",
        {"code": "internal"},
    )
    assert "secret" not in answer.text
    assert "secret of the house" in capsys.readouterr().out
