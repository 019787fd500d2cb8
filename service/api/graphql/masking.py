"""What a caller without `personal:read` sees in the place of personal data.

A field that holds such data is made by `personal`, with the mask that goes before it. `masked`
makes of the schema one that differs in nothing but these: so callers who may see everything pay
nothing, and nobody who writes a resolver has to think of those who may not.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from service.api.graphql.caller import Caller
from service.store.graph import Graph
from service.store.procedures import procedure

Mask = Callable[[Any, Any, Caller], Any]
"""From the object, the value of its field and who asks, to what is shown."""

HIDDEN = "***"
_MASK = "mask"
_BYTES = 15


@dataclass(frozen=True, slots=True)
class _Key:
    key: str


_MASKING_KEY = procedure("masking_key", _Key)


class Pseudonyms:
    """Other names for values: always the same one, which nobody can work out who lacks the key.

    They are what makes two masked devices two; clients keep what they got by its id.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._key = b""

    async def be_ready(self) -> None:
        """Get the key, which the graph keeps, so that all processes give the same names."""
        if not self._key:
            [row] = await self._graph.write(_MASKING_KEY)
            self._key = row.key.encode()

    def of(self, value: str) -> str:
        """The name of a value: 120 bits of its HMAC (RFC 2104) with SHA-256."""
        digest = hmac.digest(self._key, value.encode(), hashlib.sha256)
        return f"masked-{urlsafe_b64encode(digest[:_BYTES]).decode()}"


def personal(mask: Mask, description: str | None = None, resolver: Any = None) -> Any:
    """A field of a GraphQL type that holds personal data."""
    return strawberry.field(resolver, description=description, metadata={_MASK: mask})


def masked_flag(mask: Mask) -> Any:
    """A field that says whether its object is masked: false, but for what `mask` makes of it."""
    return strawberry.field(
        resolver=_not_masked,
        description="Whether it is shown as something else, for want of personal:read.",
        metadata={_MASK: mask},
    )


def _not_masked() -> bool:
    return False


def masked(schema: strawberry.Schema) -> strawberry.Schema:
    """Put the masks of a schema on. It must be one that nobody else uses."""
    for type_ in schema._schema.type_map.values():  # noqa: SLF001  (there is no other way to it)
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                _put_on(field)
    return schema


def _put_on(field: GraphQLField) -> None:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    mask = definition.metadata.get(_MASK) if isinstance(definition, StrawberryField) else None
    resolve = field.resolve
    if mask is None or resolve is None:
        return

    @wraps(resolve)
    def resolve_masked(told: Any, info: Any, **arguments: Any) -> Any:
        return mask(told, resolve(told, info, **arguments), info.context)

    field.resolve = resolve_masked
    field.extensions[_MASK] = mask


def mask_of(field: GraphQLField) -> Mask | None:
    """The mask that a field has on."""
    return field.extensions.get(_MASK)


# --- The masks ---


def pseudonym(_: Any, value: str, caller: Caller) -> str:
    """Of what tells one thing from another."""
    return caller.pseudonyms.of(value)


def hidden(_: Any, value: str | None, __: Caller) -> str | None:
    """Of what people wrote."""
    return None if value is None else HIDDEN


def if_held_by_one(account: Any, value: str, caller: Caller) -> str:
    """Of an account: that of a company is nobody's own."""
    return value if account.shared else caller.pseudonyms.of(value)


def if_trait_is_closed(trait: Any, value: Any, caller: Caller) -> Any:
    """Of a trait that the rules do not open."""
    return value if _is_open(trait, caller) else HIDDEN


def if_property_is_closed(_: Any, value: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Of what a touchpoint brought along: each property that the rules do not open."""
    opened = caller.rules.privacy.open_properties
    return {name: said if name in opened else HIDDEN for name, said in value.items()}


def always(_: Any, __: bool, ___: Caller) -> bool:
    """Says that it is masked."""
    return True


def says_trait_is_closed(trait: Any, _: bool, caller: Caller) -> bool:
    """Says whether a trait is masked."""
    return not _is_open(trait, caller)


def _is_open(trait: Any, caller: Caller) -> bool:
    return trait.name in caller.rules.privacy.open_traits
