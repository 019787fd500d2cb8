"""What holds for every model, whatever the paths."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.journey.attribution import markov
from service.journey.attribution.attribute import attribute
from service.journey.attribution.credit import Credits
from service.journey.attribution.markov import removal_effects
from service.journey.attribution.models import (
    MODELS,
    Markov,
    Model,
    PositionBased,
    Shapley,
    SimplifiedShapley,
    TimeDecay,
)
from service.journey.attribution.paths import Floats, Path, Paths
from service.journey.attribution.shares import Sharing, shares

NAMES = ["direct", "mail", "ads", "social"]
NOBODY = "nobody"
ALL: list[Model] = [
    *(model() for model in MODELS.values()),
    PositionBased(0.1, 0.3),
    PositionBased(0, 0),
    Markov(2),
    Markov(4),
    Shapley(exact_up_to=1, samples=2),
]
SHARING = [model for model in ALL if isinstance(model, Sharing)]
BY_SETS: list[Model] = [SimplifiedShapley(), Shapley()]

# A busy machine is no failure. How many examples follows from the profile that is loaded.
at_leisure = settings(deadline=None, max_examples=settings().max_examples // 2)


@st.composite
def rows(draw: st.DrawFn, least: int = 0) -> Path:
    touches = draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=7))
    times = st.lists(
        st.floats(0, 1e8, allow_subnormal=False), min_size=len(touches), max_size=len(touches)
    )
    conversions = draw(st.integers(0, 3))
    value = draw(st.integers(0, 1000)) / 8 if conversions else 0.0
    before = sorted(draw(times), reverse=True)
    return Path(touches, before, conversions, draw(st.integers(0, 3)), value)


many = st.lists(rows(), max_size=12)


def _paths(drawn: list[Path]) -> Paths:
    """The names in one order in any case, and one that no path touches."""
    return Paths.read(drawn, [NOBODY, *NAMES])


def _table(found: Credits) -> Floats:
    return np.stack([found.conversions, found.value], axis=1)


def _untimed(drawn: list[Path]) -> list[Path]:
    return [row._replace(before=None) for row in drawn]


@pytest.mark.parametrize("model", ALL, ids=str)
@at_leisure
@given(many)
def test_credits_add_up_to_all_conversions_and_all_value(model: Model, drawn: list[Path]) -> None:
    [found] = attribute(_paths(drawn), [model])
    assert found.conversions.sum() == pytest.approx(sum(row.conversions for row in drawn), abs=1e-9)
    assert found.value.sum() == pytest.approx(sum(row.value for row in drawn), abs=1e-7)


@pytest.mark.parametrize("model", SHARING, ids=str)
@at_leisure
@given(many)
def test_the_shares_of_a_path_are_1_together(model: Sharing, drawn: list[Path]) -> None:
    paths = _paths(drawn)
    given_ = shares(model, paths)
    assert given_.min(initial=0) >= 0
    sums = np.bincount(paths.owners, weights=given_, minlength=len(paths))
    np.testing.assert_allclose(sums[paths.lengths > 0], 1, rtol=1e-12)


@pytest.mark.parametrize("model", ALL, ids=str)
@at_leisure
@given(many)
def test_a_name_in_no_path_and_one_in_no_converted_path_get_nothing(
    model: Model, drawn: list[Path]
) -> None:
    lost = Path(["lost", "mail"], [1, 0], 0, 5)
    [found] = attribute(_paths([*drawn, lost]), [model])
    credited = dict(zip(found.names, _table(found).tolist(), strict=True))
    assert credited[NOBODY] == [0, 0]
    # Whoever comes to it may go on to mail, and convert: for Markov it counts.
    if not isinstance(model, Markov):
        assert credited["lost"] == [0, 0]


@pytest.mark.parametrize("model", ALL[:-1], ids=str)
@at_leisure
@given(many, st.data())
def test_the_order_of_the_paths_does_not_matter(
    model: Model, drawn: list[Path], data: st.DataObject
) -> None:
    [found], [other] = (
        attribute(_paths(each), [model]) for each in (drawn, data.draw(st.permutations(drawn)))
    )
    np.testing.assert_allclose(_table(other), _table(found), atol=1e-9)


@pytest.mark.parametrize("model", ALL[:-1], ids=str)
@at_leisure
@given(many, st.permutations(["mail", "ads", "social"]))
def test_names_that_change_places_change_credits(
    model: Model, drawn: list[Path], others: list[str]
) -> None:
    """Symmetry: a name has what it has for where it stands, not for what it is."""
    renamed = {"direct": "direct", **dict(zip(["mail", "ads", "social"], others, strict=True))}
    swapped = [row._replace(touches=[renamed[name] for name in row.touches]) for row in drawn]
    [found], [other] = (attribute(_paths(each), [model]) for each in (drawn, swapped))
    there = dict(zip(other.names, _table(other).tolist(), strict=True))
    for name, credited in zip(found.names, _table(found).tolist(), strict=True):
        assert there[renamed.get(name, name)] == pytest.approx(credited, abs=1e-9)


@pytest.mark.parametrize("model", BY_SETS, ids=str)
@at_leisure
@given(many, st.data())
def test_shapley_does_not_ask_in_which_order_nor_how_often(
    model: Model, drawn: list[Path], data: st.DataObject
) -> None:
    shuffled = [
        row._replace(
            touches=data.draw(st.permutations([*row.touches, *row.touches[:2]])), before=None
        )
        for row in drawn
    ]
    [found], [other] = (attribute(_paths(each), [model]) for each in (_untimed(drawn), shuffled))
    np.testing.assert_allclose(_table(other), _table(found), atol=1e-9)


@pytest.mark.parametrize(
    "model", [model for model in ALL if not isinstance(model, TimeDecay)], ids=str
)
@at_leisure
@given(many)
def test_grouping_changes_nothing(model: Model, drawn: list[Path]) -> None:
    paths = _paths(drawn * 2)
    grouped = paths.grouped()
    assert len(grouped) == len({tuple(row.touches) for row in drawn})
    [found], [other] = attribute(paths, [model]), attribute(grouped, [model])
    assert found.names == other.names
    np.testing.assert_allclose(_table(other), _table(found), atol=1e-9)


@at_leisure
@given(many, st.integers(1, 4))
def test_removal_effects_are_from_0_to_1_and_those_of_all_conversions_are_1_together_or_more(
    drawn: list[Path], order: int
) -> None:
    effects = removal_effects(_paths(drawn), order)
    assert effects.min() >= 0
    assert effects.max() <= 1
    for column, won in enumerate(["conversions", "value"]):
        if any(getattr(row, won) for row in drawn if row.touches):
            # Nobody converts without meeting some name.
            assert effects[:, column].sum() >= 1 - 1e-12


@at_leisure
@given(many, st.integers(1, 4))
def test_a_large_graph_has_the_removal_effects_of_a_small_one(
    drawn: list[Path], order: int
) -> None:
    paths = _paths(drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "_SMALL", 0)
        iterated = removal_effects(paths, order)
    np.testing.assert_allclose(iterated, removal_effects(paths, order), atol=1e-11)


@at_leisure
@given(st.lists(rows(least=1), min_size=1, max_size=8))
def test_with_an_order_that_sees_the_whole_path_the_removal_effect_is_what_was_seen(
    drawn: list[Path],
) -> None:
    """Then nothing is mixed: what is lost without a name is what the paths by it brought."""
    won = sum(row.conversions for row in drawn)
    by_it = [
        sum(row.conversions for row in drawn if name in row.touches) for name in [NOBODY, *NAMES]
    ]
    expected = np.array(by_it) / max(won, 1)
    np.testing.assert_allclose(removal_effects(_paths(drawn), 10)[:, 0], expected, atol=1e-12)


@at_leisure
@given(many)
def test_shapley_is_the_mean_over_all_orders_of_arrival(drawn: list[Path]) -> None:
    """As Shapley defines it, with nothing but dictionaries."""
    people: dict[frozenset[str], list[float]] = {}
    for row in drawn:
        counts = people.setdefault(frozenset(row.touches), [0, 0])
        counts[0] += row.conversions
        counts[1] += row.conversions + row.losses
    worth = {one: won / of if of and one else 0.0 for one, (won, of) in people.items()}
    expected = dict.fromkeys([NOBODY, *NAMES], 0.0)
    for one, (_, of) in people.items():
        if not worth[one]:
            continue
        orders = list(permutations(one))
        for order in orders:
            for place, name in enumerate(order):
                without = worth.get(frozenset(order[:place]), 0.0)
                brought = worth.get(frozenset(order[: place + 1]), 0.0) - without
                expected[name] += brought * of / len(orders)
    [found] = attribute(_paths(drawn), [Shapley()])
    given_ = found.conversions[: len(expected)].tolist()
    assert given_ == pytest.approx(list(expected.values()), abs=1e-9)
