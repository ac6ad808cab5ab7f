"""redundant-query."""

from __future__ import annotations

from ormprobe_taxonomy.causes.hazards.redundant_query import rule
from ormprobe_taxonomy.signals import LoadsRepeated, Place, QueryRepeated
from tests.taxonomy.made import LINE, OTHER, failing, passing


def repeated(place: Place = LINE) -> QueryRepeated:
    return QueryRepeated(place=place, first=OTHER, scope="GET /orders", count=2, reads=("orders",))


def loop(place: Place) -> LoadsRepeated:
    return LoadsRepeated(
        place=place,
        scope="GET /orders",
        count=3,
        entity=None,
        attribute=None,
        kind="statement",
        source=OTHER,
        source_rows=3,
    )


def test_a_question_asked_again_is_a_hazard_whether_or_not_something_failed() -> None:
    for case in (failing(repeated()), passing(repeated())):
        [found] = rule(case)

        assert (found.severity, found.certainty, found.place) == ("hazard", "certain", LINE)


def test_a_loop_over_rows_is_told_as_such_alone() -> None:
    assert list(rule(passing(repeated(), loop(LINE)))) == []
    assert len(list(rule(passing(repeated(), loop(OTHER))))) == 1


def test_says_what_was_asked_and_where_first() -> None:
    assert repeated().says == f"orders was asked the same 2 times in GET /orders (first at {OTHER})"
