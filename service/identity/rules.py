"""The rules file: how each namespace behaves, and how large and how sure a profile may be.

The rules never change while a process runs: they are read once, checked whole, and passed in.
"""

from __future__ import annotations

import re
import tomllib
from enum import IntEnum
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from service.errors import SettingsError

NAMESPACE = re.compile(r"[A-Za-z0-9_.$-]{1,64}")


class Strength(IntEnum):
    """What a namespace's values stand for, the strongest first."""

    PERSON = 0
    DEVICE = 1
    COOKIE = 2
    NONE = 3


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProfileRules(_Table):
    """Limits that hold for every profile."""

    max_identifiers: int = Field(200, ge=1)
    shared_after: int = Field(5, ge=2)
    device_joins: int = Field(2, ge=1)
    conflicts: Literal["latest", "earliest"] = "latest"


class Namespace(_Table):
    """How the values of one namespace behave. `priority` 1 is the strongest."""

    kind: Literal["person", "device", "cookie", "none"]
    priority: int = Field(100, ge=1)
    max_per_profile: int | None = Field(None, ge=1)
    normalize: Literal["email", "phone", "lowercase", "uuid", "none"] = "none"
    region: str | None = Field(None, pattern="^[A-Z]{2}$")
    blocked: tuple[str, ...] = ()
    account: str | None = Field(None, pattern="^[a-z][a-z0-9_]*$")

    @field_validator("blocked")
    @classmethod
    def _expressions_compile(cls, blocked: tuple[str, ...]) -> tuple[str, ...]:
        for entry in blocked:
            if _is_expression(entry):
                try:
                    re.compile(entry[1:-1])
                except re.error as error:
                    raise ValueError(f"{entry} is not a regular expression: {error}") from error
        return blocked

    @cached_property
    def strength(self) -> Strength:
        """The kind, in an order that can be compared."""
        return Strength[self.kind.upper()]

    @cached_property
    def is_unique(self) -> bool:
        """Whether one person has at most one value of it."""
        return self.max_per_profile == 1

    def blocks(self, value: str) -> bool:
        """Whether the rules name this value, exactly or by an /expression/, as nobody's."""
        return value in self._blocked_values or any(
            expression.search(value) for expression in self._blocked_expressions
        )

    @cached_property
    def _blocked_values(self) -> frozenset[str]:
        return frozenset(entry for entry in self.blocked if not _is_expression(entry))

    @cached_property
    def _blocked_expressions(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(entry[1:-1]) for entry in self.blocked if _is_expression(entry))


_UNKNOWN = Namespace(kind="none", priority=1000)

NamespaceName = Annotated[str, Field(pattern=f"^{NAMESPACE.pattern}$")]
FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[\w$-]+)*$")]


class Rules(_Table):
    """The whole rules file.

    `fields` maps a message's field to the namespace of the identifier that it holds; `accounts`
    maps a field to the kind of shared account that it names.
    """

    profile: ProfileRules = ProfileRules()
    namespaces: dict[NamespaceName, Namespace]
    fields: dict[FieldPath, NamespaceName] = {}
    accounts: dict[FieldPath, str] = {}

    @field_validator("fields")
    @classmethod
    def _fields_name_declared_namespaces(
        cls, fields: dict[str, str], info: object
    ) -> dict[str, str]:
        declared = getattr(info, "data", {}).get("namespaces", {})
        for path, namespace in fields.items():
            if namespace not in declared:
                raise ValueError(
                    f'"{path}" names the namespace {namespace}, '
                    f"which is not declared: add [namespaces.{namespace}]"
                )
        return fields

    def namespace(self, name: str) -> Namespace:
        """The rules of a namespace; one that no rule knows links nobody."""
        return self.namespaces.get(name, _UNKNOWN)

    def weakness(self, key: str) -> tuple[Strength, int]:
        """Sorts identifiers by their keys, the strongest first: by kind, then by priority."""
        namespace = self.namespace(namespace_of(key))
        return namespace.strength, namespace.priority


def namespace_of(key: str) -> str:
    """The namespace of an identifier's key `namespace:value`."""
    return key.partition(":")[0]


def load_rules(path: Path | None = None) -> Rules:
    """Read and check a rules file, or the built-in one.

    Raises:
        SettingsError: names the file, the key and the remedy.
    """
    if path is None:
        return _default_rules()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the rules file {path} cannot be read: {error}") from error
    return parse_rules(text, str(path))


def parse_rules(text: str, origin: str) -> Rules:
    """Check the text of a rules file; `origin` names it in errors.

    Raises:
        SettingsError: names the file, the key and the remedy.
    """
    try:
        return Rules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin} is not valid TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(f"{origin}: {problems}") from error


@cache
def _default_rules() -> Rules:
    file = resources.files("service.identity").joinpath("default_rules.toml")
    return parse_rules(file.read_text(encoding="utf-8"), "the built-in rules file")


def _is_expression(entry: str) -> bool:
    return len(entry) > 2 and entry.startswith("/") and entry.endswith("/")  # noqa: PLR2004
