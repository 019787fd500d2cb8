"""Every setting, in one frozen object that is built once and passed in.

Each field is the environment variable `KNOOP_` + its name in capitals. The README lists them,
and a test holds that list against this class.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import SettingsError

# No `*` and no `null`: the one is everybody, and so is the other (files, frames in a sandbox).
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*]+")


class Settings(BaseSettings):
    """How this process runs. What makes two identifiers one person is in the rules file instead."""

    model_config = SettingsConfigDict(env_prefix="KNOOP_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("knoop"),
        description="Folder of the graph, its password and connection.json.",
    )
    cache: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("knoop"),
        description="Folder of what was fetched: Neo4j, its plugins, Java, the query page.",
    )
    rules: Path | None = Field(None, description="The rules file. A sensible one is built in.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes that serve: one for each core.")
    jobs: int = Field(
        1, ge=0, le=64, description="Long computations at once; 0: this process has none done."
    )
    neo4j_uri: str | None = Field(
        None, description="A Neo4j that is already there, as in bolt://localhost:7687."
    )
    neo4j_user: str = Field("neo4j", description="Its user.")
    neo4j_password: SecretStr | None = Field(None, description="Its password.")
    neo4j_database: str = Field("neo4j", description="Its database.")
    neo4j_heap: str = Field("512m", description="Java heap of the Neo4j that knoop starts.")
    neo4j_page_cache: str = Field("256m", description="Page cache of the Neo4j that knoop starts.")
    neo4j_bolt_port: int = Field(
        7687, ge=0, le=65535, description="Bolt port of the Neo4j that knoop starts; 0: a free one."
    )
    neo4j_http_port: int = Field(
        7474, ge=0, le=65535, description="HTTP port of the Neo4j that knoop starts; 0: a free one."
    )
    jwt_jwks_url: str | None = Field(
        None, description="Where your identity provider has its keys; its tokens work as API keys."
    )
    jwt_issuer: str | None = Field(None, description="Its name, as in the tokens' iss.")
    jwt_audience: str | None = Field(None, description="Knoop's name there, as in their aud.")
    audit_log: Path | None = Field(
        None, description="File of who read or changed what; else audit.jsonl in the home."
    )
    query_seconds: int = Field(
        30, ge=1, description="How long a GraphQL query may take before it is stopped."
    )
    points_per_minute: int = Field(
        20_000_000, ge=0, description="What the queries of one API key may cost; 0: no limit."
    )
    messages_per_second: int = Field(
        0, ge=0, description="What one source may send, over ten seconds; 0: no limit."
    )
    learn_hours: float = Field(
        24.0,
        ge=0,
        description="How often the next step is learned from all journeys; 0: never.",
    )
    trusted_documents: Path | None = Field(
        None, description="A file of GraphQL documents that may be asked for by their ids."
    )
    trusted_documents_only: bool = Field(
        default=False, description="Whether nothing else is run over GraphQL."
    )
    graphql_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Whose pages may ask /graphql, with commas between: https://app.example.com.",
    )
    log_format: str = Field("text", pattern="^(text|json)$", description="text or json.")

    @field_validator("graphql_origins", mode="before")
    @classmethod
    def _origins(cls, given: object) -> tuple[str, ...]:
        """From a list with commas, each just as a browser tells it."""
        listed = given.split(",") if isinstance(given, str) else list(given)  # type: ignore[call-overload]
        origins = tuple(one.strip().lower() for one in listed if one.strip())
        for one in origins:
            if not _ORIGIN.fullmatch(one):
                raise PydanticCustomError(
                    "origin",
                    "{one} is not an origin; give scheme, host and port, and nothing behind them: "
                    "https://app.example.com or http://localhost:8000",
                    {"one": one},
                )
        return origins


def load_settings(**overrides: object) -> Settings:
    """Build the settings from the environment; `overrides` that are not None win.

    Raises:
        SettingsError: names the variable and what is wrong with it.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"KNOOP_{str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(problems) from error
