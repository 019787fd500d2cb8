"""What paths look like, on cases that are small enough to be worked out by hand."""

from __future__ import annotations

from service.journey.attribution.paths import Path, Paths
from service.journey.typical import top_paths, typical

SEVEN = Paths.read(
    [
        Path("ab", [7200, 3600], value=5.0),
        Path("ab", [600, 0], value=7.0),
        Path("ab", [600, 0], 0, 1),
        Path("a", [60], 0, 2),
        Path("b", [60], value=1.0),
        Path("", []),
    ]
)


def _top(paths: Paths, most: int) -> list[tuple[str, int, int, float]]:
    return [
        ("".join(one.touches), one.conversions, one.losses, one.value)
        for one in top_paths(paths, most)
    ]


def test_the_top_is_what_led_to_most_conversions_and_to_fewest_losses() -> None:
    everything = [("ab", 2, 1, 12.0), ("", 1, 0, 0.0), ("b", 1, 0, 1.0), ("a", 0, 2, 0.0)]
    assert _top(SEVEN, 10) == everything
    assert _top(SEVEN, 2) == everything[:2]


def test_what_is_typical_is_that_of_paths_which_converted() -> None:
    found = typical(SEVEN)
    assert found.touchpoints == (0.75, 1.5, 2.0)
    assert found.seconds == (330.0, 600.0, 3900.0)


def test_nothing_is_typical_where_nobody_converted() -> None:
    found = typical(Paths.read([Path("a", [60], 0, 2)]))
    assert (found.touchpoints, found.seconds) == (None, None)


def test_where_times_are_not_known_only_lengths_are_typical() -> None:
    found = typical(Paths.read([Path("ab"), Path("a")]))
    assert (found.touchpoints, found.seconds) == ((1.25, 1.5, 1.75), None)


def test_there_is_no_top_without_paths() -> None:
    assert top_paths(Paths.read([]), 5) == []
