"""wrong-predicate."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.wrong_predicate import rule
from ormprobe_taxonomy.signals import ConditionAmiss
from tests.taxonomy.made import LINE, failing, passing, raised


def amiss(**fields: object) -> ConditionAmiss:
    told = {
        "at_us": 10, "place": LINE, "kind": "column", "table": "orders", "column": "note",
        "difference": "missing", "name": "buyer", "namesake": "buyer", "proven": True, **fields,
    }  # fmt: skip
    return ConditionAmiss(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "proven", "certainty"),
    [
        ("column", True, "certain"),
        ("column", False, "likely"),
        ("null", True, "certain"),
        ("null", False, "suspected"),
    ],
)
def test_how_surely(kind: str, proven: bool, certainty: str) -> None:
    [found] = rule(failing(amiss(kind=kind, proven=proven)))

    assert (found.certainty, found.variant, found.place) == (certainty, kind, LINE)


def test_nothing_is_said_where_nothing_failed_or_an_error_did() -> None:
    assert list(rule(passing(amiss()))) == []
    assert list(rule(failing(amiss(), raised("integrity-violation")))) == []


def test_says_what_is_compared_with_what() -> None:
    assert amiss().says == "buyer is compared with orders.note, not with buyer"
    assert amiss(name=None).says == "orders.note is compared with what expected rows hold in buyer"
    assert amiss(kind="null", operator="<>").says == (
        "orders.note is compared by <>, which no NULL passes, "
        "and a row that was expected holds NULL there"
    )
