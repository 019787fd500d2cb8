"""What profiles are found by: the inputs, checked and made into conditions. All of it is here."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from service.api.graphql.arguments import in_utc
from service.errors import InvalidQueryError
from service.identity.identifiers import Dropped, identify
from service.identity.rules import Rules
from service.profile.finding import Conditions
from service.profile.words import MAX_TEXT, MAX_WORDS, words_of
from service.store.properties import is_plain_trait

MAX_VALUES = 100


@strawberry.input(description="Profiles with an identifier.")
class IdentifierFilter:
    namespace: str
    value: str | None = strawberry.field(
        default=None,
        description="As it was sent; knoop normalises it. Without it, any of the namespace.",
    )


@strawberry.input(
    description="Profiles of which some source said this of a trait, also if another value won. "
    "Give one of equals, in and startsWith."
)
class TraitFilter:
    name: str
    equals: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="A text, number or boolean, or a list of one of these kinds.",
    )
    in_: list[JSON] | None = strawberry.field(
        default=strawberry.UNSET,
        name="in",
        description=f"One of these values, up to {MAX_VALUES}.",
    )
    starts_with: str | None = strawberry.field(
        default=strawberry.UNSET, description="Texts that begin so, in this very spelling."
    )


@strawberry.input(description="Profiles that hold an account, or belong to it.")
class AccountFilter:
    kind: str
    id: str


@strawberry.input(description="What has to hold of a profile: everything that is given.")
class ProfileFilter:
    identifier: IdentifierFilter | None = None
    trait: TraitFilter | None = None
    account: AccountFilter | None = None
    source: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a source that sent an event of this person."
    )
    seen_from: datetime | None = strawberry.field(
        default=None, description="Something happened at this time or later, and before seenTo."
    )
    seen_to: datetime | None = strawberry.field(
        default=None, description="Something happened before this time, and not before seenFrom."
    )
    text: str | None = strawberry.field(
        default=None,
        description="Words, each of which begins a word in an identifier or in the text of a "
        f"trait. Capitals and accents do not matter. Up to {MAX_WORDS} words and {MAX_TEXT} "
        "characters. What came in a moment ago may not be found yet.",
    )


def conditions_of(filter_: ProfileFilter | None, rules: Rules) -> Conditions | None:
    """What to look for; None where nobody can fit.

    Raises:
        InvalidQueryError: names the field, and says what to do.
    """
    if filter_ is None:
        return Conditions()
    key = namespace = account = None
    if filter_.identifier is not None:
        namespace = filter_.identifier.namespace
        if filter_.identifier.value is not None:
            found = identify(namespace, filter_.identifier.value, rules)
            if isinstance(found, Dropped):
                return None
            key = found.key
    if filter_.account is not None:
        account = f"{filter_.account.kind}:{filter_.account.id}"
    trait, values, prefix = _trait(filter_.trait)
    return Conditions(
        key=key,
        namespace=namespace,
        account=account,
        trait=trait,
        values=values,
        prefix=prefix,
        source=filter_.source,
        since=in_utc("filter.seenFrom", filter_.seen_from),
        until=in_utc("filter.seenTo", filter_.seen_to),
        words=() if filter_.text is None else words_of("filter.text", filter_.text),
    )


def _trait(wanted: TraitFilter | None) -> tuple[str | None, list[object], str | None]:
    """The name, and the values or the beginning."""
    if wanted is None:
        return None, [], None
    given = {
        name: value
        for name, value in (
            ("equals", wanted.equals),
            ("in", wanted.in_),
            ("startsWith", wanted.starts_with),
        )
        if value is not strawberry.UNSET
    }
    if len(given) != 1:
        raise InvalidQueryError("filter.trait: give one of equals, in and startsWith")
    [(field, value)] = given.items()
    values: object = value if field == "in" else [value]
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_VALUES:
        raise InvalidQueryError(f"filter.trait.in: give a list of 1 to {MAX_VALUES} values")
    if field == "startsWith" and not value:
        raise InvalidQueryError("filter.trait.startsWith: is empty; give how the text begins")
    for one in values:
        if not is_plain_trait(wanted.name, one):
            raise InvalidQueryError(
                f"filter.trait.{field}: cannot be looked for; give a text, a number, true or "
                "false, or a list of one of these, and nothing long"
            )
    return (wanted.name, [], str(value)) if field == "startsWith" else (wanted.name, values, None)
