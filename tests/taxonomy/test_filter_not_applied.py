"""filter-not-applied."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.filter_not_applied import rule
from ormprobe_taxonomy.signals import InputUnused, OperatorMisplaced, QueryDiscarded
from tests.taxonomy.made import LINE, failing, passing, raised


def unused(**fields: object) -> InputUnused:
    told = {
        "at_us": 10, "place": LINE, "name": "status", "part": "query", "table": "orders",
        "column": "status", "difference": "extra", "violated": True, "fits": True, "read": True,
        **fields,
    }  # fmt: skip
    return InputUnused(**told)  # type: ignore[arg-type]


def dropped(**fields: object) -> QueryDiscarded:
    told = {
        "at_us": 10, "place": LINE, "method": "where", "difference": "extra", "failing": True,
        "ran": True, **fields,
    }  # fmt: skip
    return QueryDiscarded(**told)  # type: ignore[arg-type]


def test_a_value_that_no_statement_got_and_that_parts_the_rows() -> None:
    [found] = rule(failing(unused()))

    assert (found.certainty, found.severity, found.place) == ("certain", "failure", LINE)


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"fits": False}, "likely"),
        ({"read": False}, "likely"),
        ({"violated": False, "fits": False}, "likely"),
        ({"violated": False, "fits": False, "read": False}, "suspected"),
        ({"violated": False, "fits": False, "column": None}, "suspected"),
    ],
)
def test_less_is_less_certain(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(unused(**fields)))

    assert found.certainty == certainty


def test_a_refined_query_that_nothing_took() -> None:
    [found] = rule(failing(dropped()))

    assert (found.certainty, found.variant, found.severity) == ("certain", "discarded", "failure")


def test_it_is_a_defect_where_nothing_noticed() -> None:
    for case in (
        passing(dropped(failing=False, difference=None)),
        failing(dropped(difference="missing")),
    ):
        [found] = rule(case)

        assert (found.certainty, found.severity) == ("certain", "defect")


def test_another_order_is_not_told_of_here_where_a_check_fails() -> None:
    assert list(rule(failing(dropped(method="order_by", difference="order")))) == []


def test_one_line_tells_of_a_dropped_filter() -> None:
    found = list(rule(failing(dropped(), unused())))

    assert [each.variant for each in found] == ["discarded"]


def test_python_may_have_dropped_the_condition() -> None:
    decided = OperatorMisplaced(at_us=10, place=LINE, word="and", difference="extra", ran=True)

    assert list(rule(failing(decided, unused()))) == []


def test_an_error_comes_first() -> None:
    assert list(rule(failing(unused(), raised("integrity-violation")))) == []


def test_says_what_was_asked_for() -> None:
    assert unused().says == (
        "the query parameter status is in no condition of the query on orders, "
        "which returned rows with another status"
    )
