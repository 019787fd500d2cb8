"""Keys: who may send and who may read. A key is shown once; only its SHA-256 is kept.

A key is 128 random bits, which nobody can guess or try through, so a plain hash is enough.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.errors import ConflictError, NotFoundError
from service.store.graph import Graph, unavailable_when_away
from service.store.procedures import procedure

# How long a process trusts what it knows of a key: a new key works at once, and one that was
# taken back stops within this time.
_TRUST_SECONDS = 10.0
_MAX_KNOWN = 10_000
# How long whoever shows a key waits for a database that is paused, say, and gives no answer.
_ANSWER_SECONDS = 10.0
JWT_PREFIX = "jwt:"
"""Begins the names of those who show a token, so that no API key can be taken for one."""
_NAME = re.compile(r"[^\W_][\w .:@/-]{0,99}")


class Scope(StrEnum):
    """What a key allows. `messages:write` is what a source's write key has, and nothing else."""

    MESSAGES_WRITE = "messages:write"
    PROFILES_READ = "profiles:read"
    PERSONAL_READ = "personal:read"
    IDENTITY_WRITE = "identity:write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is known: its scopes, and for a write key the source that it stands for."""

    name: str
    scopes: list[str]
    source: str | None
    channel: str | None
    expires_at: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def allows(self, scope: Scope) -> bool:
        """`admin` allows everything but sending, which needs a source.

        Who may read personal data may read profiles: they are made of it.
        """
        if scope is Scope.MESSAGES_WRITE:
            return self.source is not None
        if scope is Scope.PROFILES_READ and Scope.PERSONAL_READ in self.scopes:
            return True
        return Scope.ADMIN in self.scopes or scope in self.scopes


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What an operator sees of an API key."""

    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from, and by which channel."""

    name: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class SourceWithKeys:
    """What an operator sees of a source."""

    name: str
    channel: str | None
    keys: int


@dataclass(frozen=True, slots=True)
class _Taken:
    keys: int


@dataclass(frozen=True, slots=True)
class _Added:
    name: str


@dataclass(frozen=True, slots=True)
class _Revoked:
    revoked_at: datetime


_FIND_KEY = procedure("key_find", Key)
_ADD_KEY = procedure("key_add", _Added)
_LIST_KEYS = procedure("key_list", ApiKey)
_REVOKE_KEY = procedure("key_revoke", _Revoked)
_ADD_SOURCE = procedure("source_add", _Added)
_LIST_SOURCES = procedure("source_list", SourceWithKeys)
_REVOKE_SOURCE = procedure("source_revoke", _Taken)
_FIND_SOURCE = procedure("source_find", Source)


def new_key() -> str:
    """128 random bits, in letters that can be pasted and double-clicked."""
    return secrets.token_hex(16)


def hash_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


async def add_source(
    graph: Graph, name: str, *, channel: str | None = None, key: str | None = None
) -> str:
    """Give a source a write key; the source is made if it is new, and keeps its other keys.

    Returns:
        The key, which is not kept and cannot be had again.

    Raises:
        ConflictError: the name is not one.
    """
    _check_name(name)
    key = key or new_key()
    await graph.write(_ADD_SOURCE, source=name, channel=channel, hash=hash_of(key))
    return key


async def find_source(graph: Graph, name: str) -> Source:
    """A source that was made before.

    Raises:
        NotFoundError: there is none of this name.
    """
    found = await graph.read(_FIND_SOURCE, source=name)
    if not found:
        raise NotFoundError(f"there is no source named {name}; make it: knoop source add {name}")
    return found[0]


async def list_sources(graph: Graph) -> list[SourceWithKeys]:
    """All sources by their names."""
    return await graph.read(_LIST_SOURCES)


async def revoke_source(graph: Graph, name: str) -> int:
    """Take all write keys of a source back. Services that have seen one of late stop in seconds.

    Returns:
        How many there were.

    Raises:
        NotFoundError: there is no source of this name.
    """
    taken = await graph.write(_REVOKE_SOURCE, source=name)
    if not taken:
        raise NotFoundError(f"there is no source named {name}; see: knoop source list")
    return taken[0].keys


async def add_key(
    graph: Graph,
    name: str,
    scopes: Collection[Scope],
    *,
    expires_at: datetime | None = None,
    key: str | None = None,
) -> str:
    """Make an API key, which nobody is answered with from `expires_at` on.

    Returns:
        The key, which is not kept and cannot be had again.

    Raises:
        ConflictError: the name is not one, or there is or was a key of this name.
    """
    _check_name(name)
    if name.startswith(JWT_PREFIX):
        raise ConflictError(f"{JWT_PREFIX} begins the names of tokens; take another name")
    key = key or new_key()
    added = await graph.write(
        _ADD_KEY,
        name=name,
        scopes=sorted(str(scope) for scope in scopes),
        hash=hash_of(key),
        expires_at=expires_at,
    )
    if not added:
        raise ConflictError(f"there is or was a key named {name}; take another name")
    return key


async def list_keys(graph: Graph) -> list[ApiKey]:
    """All API keys by their names, those that were taken back too."""
    return await graph.read(_LIST_KEYS)


async def revoke_key(graph: Graph, name: str) -> datetime:
    """Take an API key back. Services that have seen it of late stop within seconds.

    Returns:
        When it was taken back first.

    Raises:
        NotFoundError: there is no API key of this name.
    """
    revoked = await graph.write(_REVOKE_KEY, name=name)
    if not revoked:
        raise NotFoundError(f"there is no API key named {name}; see: knoop key list")
    return revoked[0].revoked_at


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise ConflictError(
            "a name is 1 to 100 letters, digits, spaces or . : @ / _ -, and begins with a letter "
            "or a digit"
        )


class Keys:
    """The keys that a process has seen of late, so that not every request asks the graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: OrderedDict[str, tuple[float, Key]] = OrderedDict()

    async def find(self, key: str) -> Key:
        """Who holds this key.

        Raises:
            NotFoundError: nobody.
            UnavailableError: the database is away or silent, and the key was not seen of late.
        """
        hashed = hash_of(key)
        known = self._known.get(hashed)
        if known is not None and time.monotonic() - known[0] < _TRUST_SECONDS:
            return known[1]
        with unavailable_when_away():
            async with asyncio.timeout(_ANSWER_SECONDS):
                found = await self._graph.read(_FIND_KEY, hash=hashed)
        self._known.pop(hashed, None)
        if not found:
            raise NotFoundError("nobody holds this key")
        self._known[hashed] = (time.monotonic(), found[0])
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return found[0]
