"""unparameterized-sql."""

from __future__ import annotations

from dataclasses import replace

from ormprobe_taxonomy.causes.hazards.unparameterized_sql import rule
from ormprobe_taxonomy.signals import ValueInText
from tests.taxonomy.made import LINE, failing, passing

INSIDE = ValueInText(place=LINE, scope="GET /orders", part="query", name="q", count=2)


def test_a_value_in_the_text_is_a_hazard_whether_or_not_something_failed() -> None:
    for case in (failing(INSIDE), passing(INSIDE)):
        [found] = rule(case)

        assert (found.severity, found.certainty, found.place) == ("hazard", "certain", LINE)
        assert (found.facet, found.count) == ("q", 2)


def test_says_which_value() -> None:
    assert INSIDE.says.startswith("the query value q of GET /orders stands in the text")
    assert replace(INSIDE, name="").says.startswith("the query value of GET /orders")
    assert list(rule(passing())) == []
