"""Tokens of an identity provider (RFC 7519): who shows one, and what it allows.

A token is taken when one of the provider's keys (RFC 7517) has signed it, and when it names the
provider and knoop (RFC 9068, section 4). Its scopes are knoop's own, by their names.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson

from service.access import JWT_PREFIX, Key, Scope
from service.errors import SettingsError, UnauthorizedError, UnavailableError
from service.settings import Settings

# Keys that are public: with these, who can check a token cannot make one.
_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
    "EdDSA",
)
_KEY_TYPES = ("RSA", "EC", "OKP")
_REQUIRED = ("exp", "iss", "aud", "sub")
# Where providers write scopes: RFC 8693; Azure and Okta; Auth0.
_CLAIMS = ("scope", "scp", "permissions")
_SCOPES = [str(scope) for scope in Scope if scope is not Scope.MESSAGES_WRITE]
# By so much clocks may differ.
_LEEWAY_SECONDS = 30
# How long the provider's keys are used before they are looked up again; and how long must pass
# between two looks, so that tokens with made-up keys do not send us to the provider each time.
_KEEP_SECONDS = 600.0
_BETWEEN_SECONDS = 10.0
_FETCH_SECONDS = 5.0
_MAX_BYTES = 1024 * 1024
_MAX_TOKEN = 16_384


class Tokens:
    """The tokens of one provider."""

    def __init__(self, jwks_url: str, issuer: str, audience: str) -> None:
        self._jwks_url = jwks_url
        self._issuer = issuer
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._looked_at = -float("inf")
        self._looking = asyncio.Lock()

    async def find(self, token: str) -> Key:
        """Who shows this token.

        Raises:
            UnauthorizedError: it is not one of the provider's, not for knoop, or over.
            UnavailableError: the provider's keys cannot be had, and none were had before.
        """
        try:
            if len(token) > _MAX_TOKEN:
                raise jwt.InvalidTokenError("it is too long")
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY_SECONDS,
                options={"require": list(_REQUIRED)},
            )
        except jwt.InvalidTokenError as error:
            raise UnauthorizedError(
                f"the token is not accepted: {error}; get another one from {self._issuer}",
                scheme="Bearer",
            ) from None
        return Key(f"{JWT_PREFIX}{claims['sub']}", sorted(set(_scopes(claims))), None, None)

    async def _key(self, id_: str) -> jwt.PyJWK:
        """The provider's key of this id; whoever has just one need not name it."""
        async with self._looking:
            since = time.monotonic() - self._looked_at
            is_known = id_ in self._keys or (not id_ and len(self._keys) == 1)
            if since > (_KEEP_SECONDS if is_known else _BETWEEN_SECONDS):
                self._looked_at = time.monotonic()
                await self._look()
        if not id_ and len(self._keys) == 1:
            [only] = self._keys.values()
            return only
        if not self._keys:  # Whoever comes next need not wait for the provider, too.
            raise self._unavailable()
        if id_ not in self._keys:
            raise jwt.InvalidTokenError("it is signed with a key that the provider does not name")
        return self._keys[id_]

    async def _look(self) -> None:
        """Get the provider's keys; while it is away, those that it had are good."""
        try:
            found = jwt.PyJWKSet.from_dict(await self._fetch())
        except (httpx.HTTPError, orjson.JSONDecodeError, jwt.PyJWTError) as error:
            if self._keys:
                return
            raise self._unavailable() from error
        self._keys = {
            str(one.key_id or ""): one
            for one in found.keys
            if one.key_type in _KEY_TYPES and one.public_key_use != "enc"
        }

    def _unavailable(self) -> UnavailableError:
        return UnavailableError(f"the keys at {self._jwks_url} cannot be had now; try again later")

    async def _fetch(self) -> dict[str, Any]:
        text = b""
        async with (
            httpx.AsyncClient(timeout=_FETCH_SECONDS) as client,
            client.stream("GET", self._jwks_url) as answer,
        ):
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                text += piece
                if len(text) > _MAX_BYTES:
                    raise jwt.PyJWKSetError("it is too long")
        found = orjson.loads(text)
        if not isinstance(found, dict):
            raise jwt.PyJWKSetError("it is no object")
        return found


def tokens_of(settings: Settings) -> Tokens | None:
    """The provider that the settings name, if they name one.

    Raises:
        SettingsError: something is missing, or keys would come over an open line.
    """
    told = {
        "KNOOP_JWT_JWKS_URL": settings.jwt_jwks_url,
        "KNOOP_JWT_ISSUER": settings.jwt_issuer,
        "KNOOP_JWT_AUDIENCE": settings.jwt_audience,
    }
    if not any(told.values()):
        return None
    if missing := [name for name, value in told.items() if not value]:
        raise SettingsError(f"{missing[0]}: is missing; tokens need all of {', '.join(told)}")
    url = urlsplit(settings.jwt_jwks_url or "")
    is_open = url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1", "::1")
    if url.scheme not in ("http", "https") or is_open or not url.hostname:
        raise SettingsError("KNOOP_JWT_JWKS_URL: is no https:// address; give the provider's own")
    return Tokens(url.geturl(), settings.jwt_issuer or "", settings.jwt_audience or "")


def is_token(secret: str) -> bool:
    """Whether it is written as a signed token is (RFC 7515); a key of knoop's has no dots."""
    return secret.count(".") == 2  # noqa: PLR2004


def _scopes(claims: Mapping[str, Any]) -> Iterator[str]:
    """Those of knoop's scopes that a token has. To send, one needs a write key."""
    for name in _CLAIMS:
        told = claims.get(name)
        given = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
        yield from (scope for scope in given if scope in _SCOPES)
