"""Tokens of an identity provider, whose keys come from a server on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI, Response

from service.access import Scope
from service.errors import SettingsError, UnauthorizedError, UnavailableError
from service.settings import Settings
from service.tokens import Tokens, is_token, tokens_of
from tests.serving import Port

ISSUER, AUDIENCE = "https://login.example.com/", "knoop"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


class Provider:
    """Who has keys, and is there or not."""

    def __init__(self) -> None:
        self.keys = [public("rsa", RSA), public("curve", CURVE)]
        self.status = 200
        self.asked = 0
        self.app = FastAPI()
        self.url = ""

        @self.app.get("/keys")
        def keys() -> Response:
            self.asked += 1
            return Response(json.dumps({"keys": self.keys}), status_code=self.status)

    def tokens(self) -> Tokens:
        return Tokens(f"{self.url}/keys", ISSUER, AUDIENCE)


def public(id_: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """A key as a provider shows it."""
    if isinstance(key, rsa.RSAPrivateKey):
        told = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {**told, "kid": id_, "alg": "RS256", "use": "sig"}
    told = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**told, "kid": id_, "alg": "ES256"}


def token(key: Any = RSA, id_: str | None = "rsa", algorithm: str = "RS256", **claims: Any) -> str:
    """One that is right, but for what is given; None leaves a claim out."""
    right = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(time.time()) + 86_400}
    told = {**right, "scope": "openid profiles:read", **claims}
    told = {name: value for name, value in told.items() if value is not None}
    return jwt.encode(told, key, algorithm, headers={"kid": id_} if id_ else None)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    async with Port().serving(provider.app) as url:
        provider.url = url
        yield provider


async def test_who_shows_a_token_has_its_scopes(provider: Provider) -> None:
    tokens = provider.tokens()
    for one in (
        token(),
        token(CURVE, "curve", "ES256"),
        token(scope=None, scp=["profiles:read", "files:read"]),
        token(scope=None, permissions=["profiles:read", 7, None]),
        token(scope="profiles:read messages:write"),
        token(aud=["other", AUDIENCE]),
    ):
        key = await tokens.find(one)
        assert (key.name, key.scopes, key.source) == ("jwt:ann", ["profiles:read"], None)
        assert not key.allows(Scope.MESSAGES_WRITE)
    assert (await tokens.find(token(scope=7))).scopes == []
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (token(exp=int(time.time()) - 60), "Signature has expired"),
        (token(nbf=int(time.time()) + 80_000), "The token is not yet valid"),
        (token(iss="https://evil.example.com/"), "Invalid issuer"),
        (token(aud="another"), "doesn't match"),
        (token(exp=None), 'missing the "exp" claim'),
        (token(aud=None), 'missing the "aud" claim'),
        (token(sub=None), 'missing the "sub" claim'),
        (token(OTHER), "Signature verification failed"),
        (token(OTHER, "another"), "a key that the provider does not name"),
        (token(id_=None), "a key that the provider does not name"),
        (token("secret" * 8, algorithm="HS256"), "alg"),
        (token(None, algorithm="none"), "alg"),
        (token(sub="x" * 20_000), "it is too long"),
        ("a.b.c", "Invalid header"),
        (token()[:-4] + "AAAA", "Signature verification failed"),
    ],
)
async def test_what_is_wrong_is_refused(provider: Provider, wrong: str, said: str) -> None:
    with pytest.raises(UnauthorizedError, match=said) as refused:
        await provider.tokens().find(wrong)
    assert str(refused.value).startswith("the token is not accepted: ")
    assert str(refused.value).endswith(f"; get another one from {ISSUER}")


async def test_who_has_one_key_need_not_name_it(provider: Provider) -> None:
    provider.keys = [public("rsa", RSA)]
    assert (await provider.tokens().find(token(id_=None))).name == "jwt:ann"


async def test_a_secret_among_the_keys_signs_nothing(provider: Provider) -> None:
    secret = b"secret" * 8
    provider.keys = [
        public("rsa", RSA),
        {"kty": "oct", "kid": "oct", "k": jwt.utils.base64url_encode(secret).decode()},
    ]
    with pytest.raises(UnauthorizedError):
        await provider.tokens().find(token(secret, "oct", "HS256"))


async def test_new_keys_are_looked_up_and_not_at_every_token(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = provider.tokens()
    await tokens.find(token())
    for _ in range(5):
        with pytest.raises(UnauthorizedError):
            await tokens.find(token(OTHER, "new"))
    assert provider.asked == 1

    provider.keys = [public("new", OTHER)]
    monkeypatch.setattr("service.tokens._BETWEEN_SECONDS", 0.0)
    assert (await tokens.find(token(OTHER, "new"))).name == "jwt:ann"
    with pytest.raises(UnauthorizedError):  # Taken out by the provider.
        await tokens.find(token())


async def test_while_the_provider_is_away_its_last_keys_are_good(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.status = 500
    tokens = provider.tokens()
    for _ in range(3):
        with pytest.raises(UnavailableError, match="cannot be had now"):
            await tokens.find(token())
    assert provider.asked == 1
    monkeypatch.setattr("service.tokens._BETWEEN_SECONDS", 0.0)
    provider.status = 200
    await tokens.find(token())
    provider.status = 500
    monkeypatch.setattr("service.tokens._KEEP_SECONDS", 0.0)
    assert (await tokens.find(token())).name == "jwt:ann"
    assert provider.asked == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"jwt_issuer": "x"}, "KNOOP_JWT_JWKS_URL: is missing; tokens need all of "),
        (
            {"jwt_jwks_url": "https://x/k", "jwt_issuer": "x"},
            "KNOOP_JWT_AUDIENCE: is missing; tokens need all of ",
        ),
        (
            {"jwt_jwks_url": "http://example.com/k", "jwt_issuer": "x", "jwt_audience": "x"},
            "KNOOP_JWT_JWKS_URL: is no https:// address",
        ),
        (
            {"jwt_jwks_url": "keys", "jwt_issuer": "x", "jwt_audience": "x"},
            "KNOOP_JWT_JWKS_URL: is no https:// address",
        ),
    ],
)
def test_settings_that_are_not_whole_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        tokens_of(Settings.model_validate(given))


def test_who_names_no_provider_has_no_tokens() -> None:
    assert tokens_of(Settings()) is None
    assert is_token("a.b.c")
    assert not is_token("0123456789abcdef")
