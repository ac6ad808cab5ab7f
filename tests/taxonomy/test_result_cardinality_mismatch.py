"""result-cardinality-mismatch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.result_cardinality_mismatch import ID, rule
from ormprobe_taxonomy.signals import RowsAssumed
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import HANDLED, LINE, OTHER, failing, passing, raised


def assumed(**fields: object) -> RowsAssumed:
    """None was used that came from a statement without rows, for which none can be there."""
    signal = RowsAssumed(
        error="e1",
        at_us=10,
        type="AttributeError",
        how="none",
        place=LINE,
        link=Link.CHAIN,
        fetched=OTHER,
        rows=0,
        reads=("orders",),
        proven=True,
        exists=False,
    )
    return replace(signal, **fields)  # type: ignore[arg-type]


def missing(**fields: object) -> RowsAssumed:
    return assumed(**{"type": "NoResultFound", "how": "raised", **fields})


def test_none_that_a_statement_without_rows_gave() -> None:
    [found] = rule(failing(assumed()))

    assert (found.certainty, found.variant, found.place) == ("certain", "none", LINE)
    assert found.reads == ("orders",)
    assert found.errors == ("e1",)


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"exists": None}, "likely"),
        ({"exists": True}, "suspected"),
        ({"exists": True, "wanted": True}, "certain"),
        ({"exists": None, "wanted": True}, "certain"),
        ({"proven": False, "exists": None}, "suspected"),
        ({"place": None}, "likely"),
        ({"link": Link.ANSWER}, "certain"),
        ({"link": Link.EARLIER}, "likely"),
    ],
)
def test_how_surely(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(assumed(**fields)))

    assert found.certainty == certainty
    assert (found.needs is None) is (certainty == "certain")


def test_an_error_of_the_orm_that_nobody_handled() -> None:
    [found] = rule(failing(raised(ID, type="NoResultFound"), missing()))

    assert (found.certainty, found.variant) == ("certain", "missing")


@pytest.mark.parametrize(
    ("rows", "distinct", "certainty"),
    [(2, 2, "certain"), (2, None, "certain"), (2, 1, "likely"), (None, None, "likely")],
)
def test_several_rows_where_one_was_assumed(
    rows: int | None, distinct: int | None, certainty: str
) -> None:
    several = missing(type="MultipleResultsFound", rows=rows, distinct=distinct)

    [found] = rule(failing(raised(ID, type="MultipleResultsFound"), several))

    assert (found.certainty, found.variant) == (certainty, "multiple")


def test_a_subquery_of_several_rows() -> None:
    refused = raised(ID, type="CardinalityViolation")
    told = missing(type="ProgrammingError", rows=None, exists=None)

    [found] = rule(failing(refused, told))

    assert (found.certainty, found.variant) == ("certain", "subquery")


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_lives_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), missing()))) == []


@pytest.mark.parametrize("fields", [{"in_tests": True}, {"link": Link.NONE}])
def test_quiet_where_it_is_not_the_apps_failure(fields: dict[str, object]) -> None:
    assert list(rule(failing(assumed(**fields)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(assumed()))) == []


def test_says_what_came_back() -> None:
    assert "returned no row of orders" in assumed().says
    assert "2 rows" in missing(rows=2).says
    assert "NULL" in assumed(how="null", rows=1).says
