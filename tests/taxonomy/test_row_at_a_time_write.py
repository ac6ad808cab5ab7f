"""row-at-a-time-write."""

from __future__ import annotations

from ormprobe_taxonomy.causes.hazards.row_at_a_time_write import rule
from ormprobe_taxonomy.signals import RowsWrittenSingly
from tests.taxonomy.made import LINE, failing, passing

LOOP = RowsWrittenSingly(place=LINE, scope="POST /orders", verb="INSERT", table="lines", count=12)


def test_a_loop_of_writes_is_a_hazard_whether_or_not_something_failed() -> None:
    for case in (failing(LOOP), passing(LOOP)):
        [found] = rule(case)

        assert (found.severity, found.certainty, found.place) == ("hazard", "certain", LINE)
        assert (found.facet, found.count) == ("lines", 12)


def test_says_what_was_written_how_often() -> None:
    assert LOOP.says == "12 times INSERT of one row of lines in POST /orders"
    assert list(rule(passing())) == []
