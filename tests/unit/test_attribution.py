"""Every model and transform on cases that are small enough to be worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from service.errors import InvalidQueryError
from service.journey.attribution import markov
from service.journey.attribution.attribute import attribute
from service.journey.attribution.credit import Credits
from service.journey.attribution.models import (
    MODELS,
    FirstTouch,
    LastNonDirect,
    LastTouch,
    Linear,
    Markov,
    Model,
    OrderedShapley,
    PositionBased,
    Shapley,
    SimplifiedShapley,
    TimeDecay,
)
from service.journey.attribution.paths import UNTOUCHED, Path, Paths

HOUR = timedelta(hours=1)

# Four people: one by a, b, c and one by a alone bought; one by a, b and two by b did not.
FOUR = [
    Path("abc", [7200, 3600, 0], value=12.0),
    Path("a", [60], value=3.0),
    Path("ab", [60, 0], 0, 1),
    Path("b", [60], 0, 2),
]


def _credited(model: Model, rows: list[Path]) -> dict[str, float]:
    [found] = attribute(Paths.read(rows), [model])
    return _told(found)


def _told(found: Credits) -> dict[str, float]:
    return dict(zip(found.names, found.conversions.tolist(), strict=True))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (FirstTouch(), {"a": 2, "b": 0, "c": 0}),
        (LastTouch(), {"a": 1, "b": 0, "c": 1}),
        (LastNonDirect("c"), {"a": 1, "b": 1, "c": 0}),
        (LastNonDirect("a"), {"a": 1, "b": 0, "c": 1}),
        (LastNonDirect("nobody"), {"a": 1, "b": 0, "c": 1}),
        (Linear(), {"a": 1 + 1 / 3, "b": 1 / 3, "c": 1 / 3}),
        (PositionBased(), {"a": 1.4, "b": 0.2, "c": 0.4}),
        (PositionBased(0.2, 0.6), {"a": 1.2, "b": 0.2, "c": 0.6}),
        # 1, 2 and 4 parts of 7: each touch is an hour, the half-life, after the one before.
        (TimeDecay(HOUR), {"a": 1 + 1 / 7, "b": 2 / 7, "c": 4 / 7}),
        (SimplifiedShapley(), {"a": 1 + 1 / 3, "b": 1 / 3, "c": 1 / 3}),
        (OrderedShapley(), {"a": 1 + 1 / 3, "b": 1 / 3, "c": 1 / 3}),
    ],
)
def test_a_model_credits_as_by_hand(model: Model, expected: dict[str, float]) -> None:
    assert _credited(model, FOUR) == pytest.approx(expected, abs=1e-12)


def test_value_is_credited_as_conversions_are_path_by_path() -> None:
    [found] = attribute(Paths.read(FOUR), [PositionBased()])
    assert found.value.tolist() == pytest.approx([3 + 4.8, 2.4, 4.8])


@pytest.mark.parametrize(
    ("touches", "expected"),
    [
        ("a", {"a": 1}),
        ("ab", {"a": 0.25, "b": 0.75}),
        ("abcd", {"a": 0.2, "b": 0.1, "c": 0.1, "d": 0.6}),
        ("aba", {"a": 0.8, "b": 0.2}),
    ],
)
def test_position_based_gives_all_to_the_ends_where_nothing_is_between(
    touches: str, expected: dict[str, float]
) -> None:
    assert _credited(PositionBased(0.2, 0.6), [Path(touches)]) == pytest.approx(expected)


def test_all_weight_between_is_for_the_ends_where_there_are_only_these() -> None:
    assert _credited(PositionBased(0, 0), [Path("ab")]) == pytest.approx({"a": 0.5, "b": 0.5})
    assert _credited(PositionBased(0, 0), [Path("abc")]) == pytest.approx({"a": 0, "b": 1, "c": 0})


def test_time_decay_looks_at_differences_even_when_all_was_long_ago() -> None:
    long_ago = [Path("ab", [1e9 + 3600, 1e9])]
    assert _credited(TimeDecay(HOUR), long_ago) == pytest.approx({"a": 1 / 3, "b": 2 / 3})


def test_the_last_non_direct_touch_is_looked_for_in_its_own_path() -> None:
    rows = [Path(["mail"]), Path(["direct", "direct"]), Path(["ads", "direct"]), Path([])]
    assert _credited(LastNonDirect(), rows) == {"mail": 1, "direct": 1, "ads": 1, UNTOUCHED: 1}


def test_shapley_by_conversions_gives_a_name_its_part_however_often_it_is_touched() -> None:
    rows = [Path("aaab", conversions=2), Path("b", conversions=3)]
    assert _credited(SimplifiedShapley(), rows) == pytest.approx({"a": 1, "b": 4})


def test_the_ordered_form_tells_in_which_position() -> None:
    """In a b a each name has half; a has a quarter in each of its two positions."""
    [found] = attribute(Paths.read([Path("aba", value=8), Path("ba")]), [OrderedShapley()])
    told = found.positions
    assert told is not None
    rows = zip(told.names, told.positions, told.conversions, told.value, strict=True)
    assert {(found.names[name], position): (one, two) for name, position, one, two in rows} == {
        ("a", 1): (0.25, 2),
        ("a", 2): (0.5, 0),
        ("a", 3): (0.25, 2),
        ("b", 1): (0.5, 0),
        ("b", 2): (0.5, 4),
    }


def test_markov_of_order_one() -> None:
    """Five people begin: 3 at a, 2 at b.

    Of those at a 1 converts and 2 go to b; of four visits to b 3 are lost and 1 goes to c, which
    converts.

    To convert is 1/4 from b and 1/3 + 2/3 * 1/4 = 1/2 from a: 3/5 * 1/2 + 2/5 * 1/4 = 2/5.
    Without a only 2/5 * 1/4 = 1/10 is left, without b or c 3/5 * 1/3 = 1/5: the effects are 3/4,
    1/2, 1/2, and of the two conversions a has 6/7, the others 4/7.
    """
    [found] = attribute(Paths.read(FOUR), [Markov()])
    assert found.removal_effects is not None
    assert found.removal_effects.tolist() == pytest.approx([3 / 4, 1 / 2, 1 / 2])
    assert _told(found) == pytest.approx({"a": 6 / 7, "b": 4 / 7, "c": 4 / 7})


def test_markov_removes_value_where_the_conversions_of_a_state_are_worth_another() -> None:
    """A conversion after a is worth 3 and one after c 12: 3 is got with 1/5, 12 with 1/5.

    Without a, 12 with 1/10 are left of 3: an effect of 3/5. Without b or c, 3 with 1/5: 4/5.
    Of 15 in all, a has 3/11 and the others 4/11.
    """
    [found] = attribute(Paths.read(FOUR), [Markov()])
    assert found.value.tolist() == pytest.approx([15 * 3 / 11, 15 * 4 / 11, 15 * 4 / 11])


# Whoever comes to b by a converts, and nobody else does.
REMEMBERED = [Path("ab", conversions=2), Path("cb", conversions=0, losses=2)]


def test_markov_of_order_two_knows_what_was_before() -> None:
    """With order 1 c leads to b as a does, and half of those at b convert; with order 2 not."""
    assert _credited(Markov(1), REMEMBERED) == pytest.approx({"a": 0.5, "b": 1, "c": 0.5})
    assert _credited(Markov(2), REMEMBERED) == pytest.approx({"a": 1, "b": 1, "c": 0})


def test_an_order_higher_than_every_path_is_long_gives_the_same() -> None:
    assert _credited(Markov(10), REMEMBERED) == pytest.approx({"a": 1, "b": 1, "c": 0})


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_large_graph_has_the_removal_effects_of_a_small_one(
    monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    rows = [*FOUR, Path("abab", conversions=3, losses=5, value=1e9), Path("cca", [], 1, 9)]
    paths = Paths.read([row._replace(before=None) for row in rows], ["nobody"])
    inverted = markov.removal_effects(paths, order)
    monkeypatch.setattr(markov, "_SMALL", 0)
    monkeypatch.setattr(markov, "_AT_ONCE", 1)
    np.testing.assert_allclose(markov.removal_effects(paths, order), inverted, atol=1e-13)


def test_shapley_by_conversion_rates() -> None:
    """Of those by a 1 of 1 converted, by b 0 of 2, by a and b 0 of 1, by all three 1 of 1.

    In a b c the orders of arrival are a b c: a 1, b -1, c 1; a c b: a 1, c -1, b 1; b a c: b 0,
    a 0, c 1; b c a: b 0, c 0, a 1; c a b: 0, 0, b 1; c b a: 0, 0, a 1. In the mean a has 4/6, b 1/6
    and c 1/6. Beside it a has the conversion of its own path.
    """
    assert _credited(Shapley(), FOUR) == pytest.approx({"a": 1 + 4 / 6, "b": 1 / 6, "c": 1 / 6})


def test_a_name_with_which_fewer_convert_has_less_than_nothing() -> None:
    rows = [Path("a", conversions=9, losses=1), Path("ab", conversions=1, losses=9)]
    # Of ten people b has half of 0.1 - 0.9 each, as it comes after a or before, and a the rest.
    assert _credited(Shapley(), rows) == pytest.approx({"a": 9 + 5, "b": -4})


def test_shapley_of_long_paths_is_drawn_with_an_error_that_it_states() -> None:
    rows = [
        *(Path(touches, conversions=n + 1, losses=9 - n) for n, touches in enumerate("abcdef")),
        Path("abcdef", conversions=50, losses=50, value=70.0),
        Path("abcd", conversions=20, losses=30, value=10.0),
        Path("ad", conversions=2, losses=8),
    ]
    paths = Paths.read(rows)
    [exact] = attribute(paths, [Shapley()])
    assert exact.conversions_error is None
    for seed in range(20):
        [drawn] = attribute(paths, [Shapley(exact_up_to=1, samples=2_000, seed=seed)])
        assert drawn.conversions_error is not None
        assert drawn.value_error is not None
        assert drawn.conversions.sum() == pytest.approx(exact.conversions.sum(), abs=1e-9)
        assert drawn.value.sum() == pytest.approx(80.0, abs=1e-9)
        off = np.abs(drawn.conversions - exact.conversions) / drawn.conversions_error
        assert off.max() < 5
        assert np.all(np.abs(drawn.value - exact.value) < 5 * drawn.value_error)
        assert 0 < drawn.conversions_error.max() < 0.05 * drawn.conversions.max()


def test_the_stated_error_is_that_of_many_repetitions() -> None:
    paths = Paths.read([Path("a", losses=1), Path("bc", losses=2), Path("abcd", conversions=9)])
    found = [
        attribute(paths, [Shapley(exact_up_to=2, samples=100, seed=seed)])[0] for seed in range(300)
    ]
    spread = np.std([one.conversions for one in found], axis=0)
    stated = np.sqrt(np.mean([np.square(one.conversions_error) for one in found], axis=0))  # type: ignore[arg-type]
    np.testing.assert_allclose(stated, spread, rtol=0.15)


def test_the_same_seed_draws_the_same_and_another_draws_others() -> None:
    paths = Paths.read(FOUR)
    one, same, other = attribute(paths, [Shapley(1, 50), Shapley(1, 50), Shapley(1, 50, seed=2)])
    assert one.conversions.tolist() == same.conversions.tolist() != other.conversions.tolist()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_paths_without_a_touchpoint_brought_is_told(model: type[Model]) -> None:
    rows = [*FOUR, Path([], [], conversions=2, losses=5, value=7.0)]
    [with_them] = attribute(Paths.read(rows), [model()])
    [without] = attribute(Paths.read(FOUR), [model()])
    assert with_them.names == ("a", "b", "c", UNTOUCHED)
    assert with_them.conversions.tolist() == [*without.conversions.tolist(), 2]
    assert with_them.value.tolist() == [*without.value.tolist(), 7]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Path([], [], 0, 1)],
        [Path("ab", [1, 0], 0, 3)],
        [Path("ab", [1, 0], 0, 0)],
    ],
    ids=["no paths", "no touchpoints", "no conversions", "nobody"],
)
def test_where_nothing_converted_nothing_is_credited(model: type[Model], rows: list[Path]) -> None:
    [found] = attribute(Paths.read(rows, ["a", "b"]), [model()])
    assert found.names == ("a", "b")
    assert found.conversions.tolist() == [0, 0] == found.value.tolist()


def test_paths_without_names_are_credited_too() -> None:
    for found in attribute(Paths.read([Path([], [])]), [model() for model in MODELS.values()]):
        assert _told(found) == {UNTOUCHED: 1}


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: PositionBased(0.7, 0.4), "more than 1 together"),
        (lambda: PositionBased(-0.1), "first: -0.1"),
        (lambda: PositionBased(last=float("nan")), "last: nan"),
        (lambda: TimeDecay(timedelta(0)), "half_life: 0:00:00"),
        (lambda: Markov(0), "order: 0"),
        (lambda: Markov(11), "order: 11"),
        (lambda: Shapley(exact_up_to=17), "exact_up_to: 17"),
        (lambda: Shapley(samples=1), "samples: 1"),
        (lambda: Shapley(seed=-1), "seed: -1"),
    ],
)
def test_a_wrong_parameter_is_named(make: Callable[[], Model], complaint: str) -> None:
    with pytest.raises(InvalidQueryError, match=complaint):
        make()


def test_time_decay_needs_times() -> None:
    with pytest.raises(InvalidQueryError, match="needs the times"):
        attribute(Paths.read([Path("a")]), [TimeDecay()])


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("service.journey.attribution.models", "numpy"),
        ("service.cli", "scipy"),  # Neo4j's driver imports NumPy where it is installed.
    ],
)
def test_what_is_heavy_is_imported_when_it_is_wanted(module: str, heavy: str) -> None:
    look = f"import sys, {module}; sys.exit({heavy!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)
