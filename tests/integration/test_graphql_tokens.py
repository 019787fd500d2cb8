"""GraphQL for whoever shows a token of an identity provider."""

from __future__ import annotations

import httpx

from service.api.app import build_app
from service.identity.rules import Rules
from service.settings import Settings
from service.store.graph import Graph
from tests.integration.conftest import Reader, Sender
from tests.serving import Port
from tests.unit.test_tokens import AUDIENCE, ISSUER, Provider, token


async def test_a_token_allows_what_its_scopes_say(
    graph: Graph, rules: Rules, web: Sender, reader: Reader
) -> None:
    await web.accept("identify", {"userId": "ann"})
    by_identifier = '{ profile(identifier: {namespace: "user_id", value: "ann"}) { id } }'
    id_ = (await reader.ask(by_identifier))["profile"]["id"]
    query = f'{{ profile(id: "{id_}") {{ identifiers {{ value masked }} }} }}'

    provider = Provider()
    async with Port().serving(provider.app) as url:
        settings = Settings(jwt_jwks_url=f"{url}/keys", jwt_issuer=ISSUER, jwt_audience=AUDIENCE)
        app = httpx.ASGITransport(build_app(graph, rules, settings))
        async with httpx.AsyncClient(transport=app, base_url="http://knoop") as client:
            narrow = Reader(client, token())
            [seen] = (await narrow.ask(query))["profile"]["identifiers"]
            assert seen["masked"]
            assert await narrow.errors(by_identifier) == [
                {"message": "the key jwt:ann lacks the scope personal:read", "code": "forbidden"}
            ]
            wide = Reader(client, token(scope="personal:read"))
            assert await wide.ask(by_identifier) == {"profile": {"id": id_}}
            over = await Reader(client, token(exp=1)).post(query)
            assert over.status_code == 401
            assert over.headers["WWW-Authenticate"] == 'Bearer realm="knoop"'
            assert over.json()["errors"][0]["extensions"] == {"code": "unauthorized"}
            assert (await Reader(client, reader.api_key).ask(by_identifier))["profile"]["id"] == id_


async def test_without_a_provider_a_token_is_no_key(reader: Reader) -> None:
    refused = await Reader(reader.client, token()).post("{ __typename }")
    assert refused.status_code == 401
    assert "the API key is not known" in refused.json()["errors"][0]["message"]
