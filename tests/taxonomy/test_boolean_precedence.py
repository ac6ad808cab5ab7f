"""boolean-precedence."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.boolean_precedence import rule
from ormprobe_taxonomy.signals import OperatorMisplaced
from tests.taxonomy.made import LINE, failing, passing, raised


def misplaced(**fields: object) -> OperatorMisplaced:
    told = {
        "at_us": 10, "place": LINE, "word": "and", "difference": "extra", "ran": True,
        "reads": ("orders",), **fields,
    }  # fmt: skip
    return OperatorMisplaced(**told)  # type: ignore[arg-type]


def test_python_decided_in_the_function_that_sent_the_query() -> None:
    [found] = rule(failing(misplaced()))

    assert (found.certainty, found.severity, found.variant) == (
        "certain", "failure", "python-operator",
    )  # fmt: skip
    assert (found.place, found.reads, found.needs) == (LINE, ("orders",), None)


@pytest.mark.parametrize("fields", [{"ran": False}, {"difference": None}])
def test_without_a_statement_or_a_difference_it_is_likely(fields: dict[str, object]) -> None:
    [found] = rule(failing(misplaced(**fields)))

    assert found.certainty == "likely"
    assert found.needs


@pytest.mark.parametrize("difference", ["order", "missing-key"])
def test_no_condition_makes_such_a_difference(difference: str) -> None:
    assert list(rule(failing(misplaced(difference=difference)))) == []


def test_nothing_is_said_where_nothing_failed_or_an_error_did() -> None:
    assert list(rule(passing(misplaced()))) == []
    assert list(rule(failing(misplaced(), raised("integrity-violation")))) == []


def test_says_which_operator() -> None:
    assert "`and`" in misplaced().says
