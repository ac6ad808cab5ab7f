"""Intervals of differences, beside published values."""

import pytest

from ormprobe.tables.intervals import Difference, Pairs, of_pairs, of_samples


def ends(difference: Difference) -> tuple[float, float]:
    return round(difference.low, 4), round(difference.high, 4)


def test_independent_samples_as_newcombe_published_them() -> None:
    """His table II, example (a), method 10: 56 of 70 against 48 of 80."""
    assert ends(of_samples(48, 80, 56, 70)) == (0.0524, 0.3339)


def test_pairs_as_newcombe_published_them() -> None:
    """36, 12, 2, 0 pairs, method 10."""
    assert ends(of_pairs(Pairs(both=36, first=2, second=12, neither=0))) == (0.0569, 0.3404)


def test_pairs_that_hardly_go_together() -> None:
    """Fagerland, Lydersen, Laake 2014: 1, 1, 7, 12 pairs; square-and-add and exact McNemar."""
    difference = of_pairs(Pairs(both=1, first=7, second=1, neither=12))

    assert round(difference.low, 3) == -0.507
    assert round(difference.high, 3) == -0.026
    assert round(difference.p, 4) == 0.0703


def test_nothing_seen_on_either_side_leaves_room_for_a_difference() -> None:
    for difference in (of_samples(0, 10, 0, 10), of_pairs(Pairs(0, 0, 0, 10))):
        assert difference.change == 0
        assert difference.low == -difference.high < -0.2
        assert difference.p == 1


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 7), (10, 0), (10, 10)])
def test_sides_can_be_exchanged(first: int, second: int) -> None:
    there, back = of_samples(first, 10, second, 10), of_samples(second, 10, first, 10)

    assert there.change == pytest.approx(-back.change)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.low <= there.change <= there.high


def test_pairs_that_never_differ_are_surer_than_samples() -> None:
    pairs, samples = of_pairs(Pairs(30, 0, 0, 30)), of_samples(30, 60, 30, 60)

    assert pairs.high - pairs.low < (samples.high - samples.low) / 3
