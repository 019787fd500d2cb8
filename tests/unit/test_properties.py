"""JSON as node properties: nothing is lost, and nothing of the event is overwritten."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.store.properties import (
    CONTEXT_PREFIX,
    OWN_FIELDS,
    PREFIX,
    REST,
    from_node,
    from_value,
    is_plain,
    to_node,
    to_value,
)

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_integers = st.integers(-(2**63), 2**64 - 1)
_scalars = (
    st.none() | st.booleans() | _integers | st.floats(allow_nan=False, allow_infinity=False) | _text
)
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=3)
)
_names = (
    _text
    | st.sampled_from([*sorted(OWN_FIELDS), REST, "context_ip", f"{PREFIX}{REST}"])
    | st.builds(str.__add__, st.sampled_from([PREFIX, CONTEXT_PREFIX]), _text)
    | st.just("n" * 129)
)


def _exactly(value: Any) -> str:
    """Tells 1 from 1.0 and from True, which Python calls equal."""
    if isinstance(value, dict):
        return repr(sorted((name, _exactly(item)) for name, item in value.items()))
    return f"[{','.join(map(_exactly, value))}]" if isinstance(value, list) else repr(value)


@given(st.dictionaries(_names, _json, max_size=8))
@example(dict.fromkeys([*OWN_FIELDS, REST, PREFIX, CONTEXT_PREFIX, ""], 1))
@example({"a": [1, 1.0], "b": [True, 1], "c": [1, 2**63], "d": -(2**63), "e": []})
def test_properties_come_back_as_they_were(properties: dict[str, Any]) -> None:
    node = to_node(properties)
    assert _exactly(from_node(node)) == _exactly(properties)
    # And beside what the event says of itself and of its context.
    whole = node | dict.fromkeys(OWN_FIELDS, "own") | {"context_ip": "192.0.2.1"}
    assert _exactly(from_node(whole)) == _exactly(properties)


@given(st.dictionaries(_names, _json, max_size=8))
def test_a_property_never_has_a_name_that_the_event_uses(properties: dict[str, Any]) -> None:
    node = to_node(properties)
    assert node.keys().isdisjoint(OWN_FIELDS)
    assert not any(name.startswith(CONTEXT_PREFIX) for name in node)
    assert all(0 < len(name) <= 128 + len(PREFIX) for name in node)
    assert all(map(is_plain, node.values()))


@given(_json)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    kept = to_value("trait", value)
    assert _exactly(from_value(**kept)) == _exactly(value)
    assert kept["value"] is None or kept["value_json"] is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        *((value, True) for value in ("", "a", 0, -1, 1.5, True, 2**63 - 1, -(2**63) + 1)),
        *((value, True) for value in (["a"], [1, 2], [1.5, 2.0], [True, False], [""])),
        *((value, False) for value in (None, {"a": 1}, [], 2**63, -(2**63), [None], [[1]])),
        *((value, False) for value in ([1, "a"], [1, 1.5], [True, 1], [1, 2**63])),
    ],
)
def test_a_value_is_plain_when_a_graph_can_hold_it(value: object, plain: bool) -> None:
    assert is_plain(value) is plain


def test_what_is_not_plain_is_kept_as_json_and_the_rest_under_its_name() -> None:
    node = to_node({"total": 1.5, "name": "Ann", "lines": [{"sku": "a"}], "none": None})
    assert orjson.loads(node.pop(REST)) == {"lines": [{"sku": "a"}], "none": None}
    assert node == {"total": 1.5, "properties_name": "Ann"}
    assert to_node({}) == {}
