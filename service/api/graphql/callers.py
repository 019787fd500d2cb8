"""Lets callers in: who it is, and the schema as they may see it."""

from __future__ import annotations

import strawberry
from starlette.requests import HTTPConnection

from service.api.bearers import Bearer, Bearers
from service.api.graphql.caller import Caller
from service.api.graphql.masking import Pseudonyms, masked
from service.api.graphql.schema import build_schema
from service.api.graphql.together import Together
from service.api.graphql.trusted_documents import load_documents
from service.api.rates import Rate
from service.audit import AuditLog
from service.identity.rules import Rules
from service.journey.foretelling import Foreteller
from service.learner import subject_of
from service.profile.watching import Watcher
from service.settings import Settings
from service.store.graph import Graph


class Callers:
    """Everybody who may ask of one graph, by HTTP or WebSocket.

    Raises:
        SettingsError: the trusted documents cannot be read, or do not fit the schema.
    """

    def __init__(
        self, graph: Graph, rules: Rules, bearers: Bearers, audit: AuditLog, settings: Settings
    ) -> None:
        self._graph = graph
        self._rules = rules
        self._bearers = bearers
        self._audit = audit
        self._watcher = Watcher(graph)
        self._foreteller = Foreteller(graph, subject_of(rules))
        self._pseudonyms = Pseudonyms(graph)
        self._whole, self._masked = build_schema(), masked(build_schema())
        self._points = Rate(settings.points_per_minute, 60, "points")
        self._query_seconds = settings.query_seconds
        self.documents = load_documents(
            settings.trusted_documents, only=settings.trusted_documents_only, schema=self._whole
        )

    async def admit(
        self, authorization: str, connection: HTTPConnection
    ) -> tuple[strawberry.Schema, Caller]:
        """The schema for whoever shows this, as it stands in the header of that name.

        Raises:
            UnauthorizedError: nobody who is known, or not any more.
            UnavailableError: it cannot be found out now.
        """
        bearer = Bearer(self._bearers, authorization)
        caller = Caller(
            graph=self._graph,
            rules=self._rules,
            key=await bearer.find(),
            pseudonyms=self._pseudonyms,
            watcher=self._watcher,
            bearer=bearer,
            together=Together(self._graph),
            foreteller=self._foreteller,
            audit=self._audit,
            address=connection.client.host if connection.client else None,
            points=self._points,
            query_seconds=self._query_seconds,
        )
        if caller.sees_personal_data:
            return self._whole, caller
        await self._pseudonyms.be_ready()
        return self._masked, caller
