"""n-plus-one-queries."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.hazards.n_plus_one_queries import ID, rule
from ormprobe_taxonomy.signals import Case, LoadsRepeated
from ormprobe_taxonomy.terms import Severity
from tests.taxonomy.made import LINE, OTHER, failing, passing, raised

LOADS = LoadsRepeated(
    place=LINE,
    scope="GET /routes",
    count=3,
    entity="Route",
    attribute="driver",
    kind="lazy",
    source=OTHER,
    source_rows=3,
)


@pytest.mark.parametrize("case", [failing(LOADS), passing(LOADS)])
def test_repeated_loads_are_a_hazard_whatever_the_outcome(case: Case) -> None:
    [found] = rule(case)

    assert (found.cause, found.severity, found.variant) == (ID, Severity.HAZARD, "lazy")
    assert (found.certainty, found.place, found.evidence) == ("certain", LINE, (LOADS,))


def test_each_line_is_told() -> None:
    assert len(list(rule(passing(LOADS, LOADS)))) == 2


def test_quiet_without_repeated_loads() -> None:
    assert list(rule(passing())) == []
    assert list(rule(failing(raised("detached-instance-access")))) == []


def test_it_says_what_was_loaded_for_what() -> None:
    assert LOADS.says == "3 loads of Route.driver for the 3 rows read at shop/views.py:21"
