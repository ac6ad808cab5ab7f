"""unbounded-result-set."""

from __future__ import annotations

from ormprobe_taxonomy.causes.hazards.unbounded_result_set import rule
from ormprobe_taxonomy.signals import RowsUnbounded
from tests.taxonomy.made import LINE, failing, passing

WHOLE = RowsUnbounded(place=LINE, scope="GET /orders", rows=1200, tables=("orders", "buyers"))


def test_a_whole_list_is_a_hazard_whether_or_not_something_failed() -> None:
    for case in (failing(WHOLE), passing(WHOLE)):
        [found] = rule(case)

        assert (found.severity, found.certainty, found.place) == ("hazard", "certain", LINE)
        assert found.count == 1200


def test_says_how_many_rows_of_what() -> None:
    assert WHOLE.says == "GET /orders read 1200 rows of orders without a limit"
    assert list(rule(passing())) == []
