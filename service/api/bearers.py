"""Who asks: the bearer of an API key, or of a token (RFC 6750)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from service.access import Key, Keys
from service.errors import NotFoundError, UnauthorizedError
from service.tokens import Tokens, is_token


@dataclass(frozen=True, slots=True)
class Bearers:
    """Everybody who may ask; tokens are taken where an identity provider is named."""

    keys: Keys
    tokens: Tokens | None = None

    async def find(self, authorization: str) -> Key:
        """Whose this is, as it stands in the header of that name.

        Raises:
            UnauthorizedError: nobody's who is known, or not any more.
            UnavailableError: it cannot be found out now.
        """
        scheme, _, told = authorization.partition(" ")
        secret = told.strip()
        if scheme.lower() != "bearer" or not secret:
            raise UnauthorizedError("no API key; send Authorization: Bearer KEY", scheme="Bearer")
        if self.tokens is not None and is_token(secret):
            return await self.tokens.find(secret)
        try:
            key = await self.keys.find(secret)
        except NotFoundError:
            raise UnauthorizedError(
                "the API key is not known; make one: knoop key add NAME --scope admin",
                scheme="Bearer",
            ) from None
        if key.has_expired(datetime.now(UTC)):
            raise UnauthorizedError(
                f"the API key {key.name} has expired; make another: knoop key add", scheme="Bearer"
            )
        return key


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who asks, by what they showed."""

    bearers: Bearers
    authorization: str

    async def find(self) -> Key:
        """Who it is, and whether they still are; as `Bearers.find`."""
        return await self.bearers.find(self.authorization)
