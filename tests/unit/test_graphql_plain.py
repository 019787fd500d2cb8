"""What is only read is answered the same, whether the short way or graphql-core's own is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.scalars import JSON

from service.api.graphql.known_documents import Documents, KnownDocuments
from service.api.graphql.masking import masked, personal
from service.api.graphql.plain import PlainExecution, plain_execution

_AT = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def _upside_down(_: Any, value: str, caller: Any) -> str:
    return f"{caller}:{value[::-1]}"


def _its_id(root: Leaf) -> str:
    return str(root.id)


def _yes() -> bool:
    return True


@strawberry.enum
class Size(Enum):
    SMALL = strawberry.enum_value("small")


@strawberry.interface
class Thing:
    id: strawberry.ID


@strawberry.type
class Leaf(Thing):
    name: str = personal(_upside_down)
    at: datetime
    count: int | None
    size: Size
    anything: JSON
    tags: list[str | None]

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()

    secret: str = personal(_upside_down, resolver=_its_id)
    always: bool = strawberry.field(resolver=_yes)


@strawberry.type
class Branch(Thing):
    leaves: list[Leaf]
    maybe: Leaf | None
    perhaps: list[Leaf | None] | None

    @strawberry.field
    async def later(self) -> list[Leaf]:
        return self.leaves

    @strawberry.field
    def times(self, number: int) -> int:
        return number * len(self.leaves)


def _leaf(number: int, **other: Any) -> Leaf:
    whole: dict[str, Any] = {
        "id": strawberry.ID(f"l{number}"),
        "name": f"name{number}",
        "at": _AT,
        "count": None,
        "size": Size.SMALL,
        "anything": {"a": [1, None]},
        "tags": ["x", None],
    }
    return Leaf(**whole | other)


BRANCH = Branch(
    id=strawberry.ID("b"),
    leaves=[_leaf(1), _leaf(2, count=7)],
    maybe=None,
    perhaps=[None, _leaf(3)],
)


@strawberry.type
class Query:
    @strawberry.field
    def branch(self) -> Branch:
        return BRANCH

    @strawberry.field
    def thing(self) -> Thing:
        return BRANCH

    @strawberry.field
    def wrong(self) -> Branch | None:
        """Of its leaves, one has no name, and one a number that is too large."""
        one, other = _leaf(1, name=None), _leaf(2, count=2**40)
        return Branch(
            id=strawberry.ID("w"), leaves=[_leaf(0), one], maybe=other, perhaps=[one, other]
        )


@dataclass(slots=True)
class Counted:
    fields: int = 0


def _schemas(counted: Counted) -> tuple[strawberry.Schema, strawberry.Schema]:
    """One that goes the short way, and counts what does not; and one that never does."""

    class Counting(PlainExecution):
        def build_resolve_info(self, *args: Any) -> Any:
            counted.fields += 1
            return super().build_resolve_info(*args)

    return (
        strawberry.Schema(Query, types=[Leaf, Branch], execution_context_class=Counting),
        strawberry.Schema(Query, types=[Leaf, Branch]),
    )


ALL = "id name at count size anything tags secret always"
FRAGMENT = "fragment L on Leaf { name ... on Leaf { at } }"


@pytest.mark.parametrize("with_masks", [False, True])
@pytest.mark.parametrize(
    ("asked", "ordinary"),
    [
        (f"{{ branch {{ id leaves {{ {ALL} }} maybe {{ id }} perhaps {{ {ALL} }} }} }}", 1),
        ("{ branch { __typename leaves { __typename other: id name } } }", 1),
        ("query($no: Boolean = false) { branch { leaves { id name @include(if: $no) } } }", 1),
        ("query($no: Boolean = false) { branch { leaves @skip(if: $no) { id } maybe { id } } }", 1),
        (f"{{ branch {{ leaves {{ ...L ... on Thing {{ id }} }} }} }} {FRAGMENT}", 1),
        ("{ branch { leaves { id } leaves { name } later { id name } times(number: 3) } }", 4),
        (f"{{ thing {{ id ... on Branch {{ leaves {{ {ALL} }} }} }} }}", 3),
        ("{ branch { leaves { shout } } }", 1),
        ("{ wrong { leaves { id name } } }", None),
        ("{ wrong { maybe { id } leaves { id shout } } }", None),
        ("{ wrong { maybe { id count } perhaps { id name } } }", None),
        ("{ wrong { perhaps { count } maybe { size count anything } } }", None),
    ],
)
async def test_the_answer_is_the_same(asked: str, ordinary: int | None, with_masks: bool) -> None:
    counted = Counted()
    short, long = _schemas(counted)
    if with_masks:
        short, long = masked(short), masked(long)
    expected = await long.execute(asked, context_value="somebody")
    found = await short.execute(asked, context_value="somebody")
    assert found.data == expected.data
    assert list(map(str, found.errors or ())) == list(map(str, expected.errors or ()))
    assert [one.path for one in found.errors or ()] == [one.path for one in expected.errors or ()]
    assert bool(found.errors) == (ordinary is None)
    if ordinary is not None:
        assert counted.fields == ordinary
        assert str(found.data) == str(expected.data)  # In the same order, too.


async def test_a_mask_is_on_what_goes_the_short_way() -> None:
    counted = Counted()
    short, _ = _schemas(counted)
    found = await masked(short).execute("{ branch { leaves { name } } }", context_value="me")
    assert found.data == {"branch": {"leaves": [{"name": "me:1eman"}, {"name": "me:2eman"}]}}
    assert counted.fields == 1


async def test_what_was_worked_out_for_a_document_serves_again_for_whoever_asks() -> None:
    compiled: list[str] = []
    documents = Documents()

    class Counting(plain_execution(documents)):  # type: ignore[misc]
        def _compile_object(self, type_: Any, details: Any) -> Any:
            compiled.append(type_.name)
            return super()._compile_object(type_, details)

    schema = masked(
        strawberry.Schema(
            Query,
            types=[Leaf, Branch],
            extensions=[lambda: KnownDocuments(documents)],
            execution_context_class=Counting,
        )
    )
    asked = "{ branch { maybe { id } leaves { name } } }"
    for caller in ("me", "you"):
        found = await schema.execute(asked, context_value=caller)
        assert found.data is not None
        names = [leaf["name"] for leaf in found.data["branch"]["leaves"]]
        assert names == [f"{caller}:1eman", f"{caller}:2eman"]
    assert compiled == ["Branch", "Leaf", "Leaf"]
    # What it selects depends on what is given: it is worked out each time.
    asked = "query($with: Boolean!) { branch { leaves { id name @include(if: $with) } } }"
    for given in (True, False, True):
        found = await schema.execute(asked, variable_values={"with": given}, context_value="me")
        assert found.data is not None
        assert ["name" in leaf for leaf in found.data["branch"]["leaves"]] == [given, given]
