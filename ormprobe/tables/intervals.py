"""How much two proportions differ: 95 % intervals and exact tests.

The interval of each proportion is Wilson's, by scipy; the two are joined as R. G. Newcombe does,
for independent samples (Statistics in Medicine 17, 1998, 873-890, method 10) and for pairs (same
volume, 2635-2650, method 10). A bootstrap would say that nothing can differ where nothing was
seen in either sample; this does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from math import sqrt
from typing import Any

CONFIDENCE = 0.95


def _stats() -> Any:
    """scipy.stats, which takes a second to import and has no types."""
    return import_module("scipy.stats")


@dataclass(frozen=True, slots=True)
class Difference:
    """The second proportion less the first, its interval, and how likely as much is by chance."""

    change: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of runs: in how many a thing was seen in both, in one alone, in neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def number(self) -> int:
        return self.both + self.first + self.second + self.neither


def of_samples(first: int, of_first: int, second: int, of_second: int) -> Difference:
    """Of two independent samples, neither empty. The test is Fisher's."""
    table = [[first, of_first - first], [second, of_second - second]]
    p = float(_stats().fisher_exact(table).pvalue)
    return _joined((first, of_first), (second, of_second), 0.0, p)


def of_pairs(pairs: Pairs) -> Difference:
    """Of at least one pair. The test is McNemar's, exact."""
    changed = pairs.first + pairs.second
    p = float(_stats().binomtest(pairs.second, changed).pvalue) if changed else 1.0
    number = pairs.number
    first, second = pairs.both + pairs.first, pairs.both + pairs.second
    return _joined((first, number), (second, number), _correlation(pairs), p)


def _joined(
    first: tuple[int, int], second: tuple[int, int], correlation: float, p: float
) -> Difference:
    share_1, share_2 = first[0] / first[1], second[0] / second[1]
    low_1, high_1 = wilson(*first)
    low_2, high_2 = wilson(*second)
    change = share_2 - share_1
    down = _hypotenuse(share_2 - low_2, high_1 - share_1, correlation)
    up = _hypotenuse(high_2 - share_2, share_1 - low_1, correlation)
    return Difference(change, max(change - down, -1.0), min(change + up, 1.0), p)


def _hypotenuse(one: float, other: float, correlation: float) -> float:
    return sqrt(max(one * one - 2 * correlation * one * other + other * other, 0.0))


def wilson(number: int, of: int) -> tuple[float, float]:
    """The interval of a proportion, both ends from 0 to 1."""
    interval = _stats().binomtest(number, of).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _correlation(pairs: Pairs) -> float:
    """How the pairs go together, corrected for continuity where they do; 0 if that is open."""
    margins = (
        (pairs.both + pairs.first)
        * (pairs.second + pairs.neither)
        * (pairs.both + pairs.second)
        * (pairs.first + pairs.neither)
    )
    if not margins:
        return 0.0
    together: float = pairs.both * pairs.neither - pairs.first * pairs.second
    if together > 0:
        together = max(together - pairs.number / 2, 0)
    return together / sqrt(margins)
