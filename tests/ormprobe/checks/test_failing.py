from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.checks import FailedCheck, How, failed_checks
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Response, Scope, Statement
from tests.ormprobe.checks.shapes import check, encoded, selected
from tests.ormprobe.signals.made import TEST, failed_test, known_of, read, request

COLUMNS = ("id", "name", "total")
ANN, BOB = (1, "Ann", 12_000), (2, "Bob", 34_000)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return known_of(tmp_path)


def answered(body: Any, number: int = 2, at: int = 0, **fields: Any) -> Scope:
    fields.setdefault("end", at + 90)
    found = request(number, at, **fields)
    found.response = Response("1-1:8", found.status or 200, body=encoded(body))
    return found


def found_in(known: Known, failing: Check, *children: Scope, **fields: Any) -> FailedCheck:
    [found] = failed_checks(failed_test(*children, checks=[failing], **fields), known)
    return found


def how(found: FailedCheck) -> list[tuple[How, str | None, bool]]:
    return [(read.how, read.column, read.is_weak) for read in found.read]


def test_the_newest_answer_that_holds_the_value_is_the_target(known: Known) -> None:
    first = answered({"users": [{"name": "Ann"}]}, 2, 0)
    second = answered({"users": [{"name": "Ann"}, {"name": "Bob"}]}, 3, 100)
    third = answered({"count": 2}, 4, 200)

    found = found_in(known, check(["Ann"], "==", ["Ann", "Bob"]), first, second, third)

    assert (found.target, found.certain_target) == (first, True)


def test_a_small_number_is_taken_for_the_newest_answer_but_not_surely(known: Known) -> None:
    first, second = answered({"count": 3}, 2, 0), answered({"name": "Ann"}, 3, 100)

    found = found_in(known, check(3, "==", 4), first, second)

    assert (found.target, found.certain_target) == (first, False)


def test_a_status_is_the_answers_own(known: Known) -> None:
    first, second = answered({}, 2, 0, status=404), answered({}, 3, 100)

    found = found_in(known, check(404, "==", 200), first, second)

    assert (found.target, found.certain_target) == (first, True)


def test_an_answer_after_the_check_is_none(known: Known) -> None:
    first, late = answered({"name": "Ann"}, 2, 0), answered({"name": "Ann"}, 3, 990)

    assert found_in(known, check("Ann", "==", "Bob"), first, late).target is first


def test_a_test_that_reads_for_itself_is_the_target(known: Known) -> None:
    own = selected(500, COLUMNS, ANN, site=TEST)
    scope = failed_test(answered({}, 2, 0), checks=[check("Ann", "==", "Bob")], statements=[own])

    [found] = failed_checks(scope, known)

    assert found.target is scope
    assert how(found) == [(How.CELL, "name", False)]


@pytest.mark.parametrize(
    ("actual", "rows", "read"),
    [
        (["Ann", "Bob"], (ANN, BOB), (How.COLUMN, "name", False)),
        (["Bob", "Ann"], (ANN, BOB), (How.SET, "name", False)),
        ([{"who": "Ann"}, {"who": "Bob"}], (ANN, BOB), (How.COLUMN, "name", False)),
        ("Bob", (ANN, BOB), (How.CELL, "name", False)),
        ({"n": 9, "who": "Ann"}, (ANN,), (How.CELL, "name", False)),
        (3, (ANN, BOB), (How.SUM, "id", False)),
        ([7, 7], (ANN, BOB), (How.LENGTH, None, True)),
        (2, ((1, "x", 5), (3, "y", 6)), (How.LENGTH, None, True)),
        ([], (), (How.EMPTY, None, True)),
    ],
)
def test_how_a_value_is_read_off_rows(known: Known, actual: Any, rows: Any, read: Any) -> None:
    statements = [selected(100, COLUMNS, *rows)]

    found = found_in(known, check(actual, "==", "other"), statements=statements)

    assert how(found) == [read]


def test_a_small_number_in_any_column_only_suggests(known: Known) -> None:
    row = selected(100, ("id", "total"), (4, 9))

    loose = found_in(known, check(9, "==", 8), statements=[row])
    named = found_in(known, check({"total": 9}, "==", {"total": 8}), statements=[row])
    single = found_in(known, check(9, "==", 8), statements=[selected(100, ("n",), (9,))])

    assert how(loose) == [(How.CELL, "total", True)]
    assert how(named) == [(How.CELL, "total", False)]
    assert how(single) == [(How.CELL, "n", False)]


def test_a_value_that_is_in_no_row_is_read_off_nothing(known: Known) -> None:
    statements = [selected(100, COLUMNS, ANN, BOB)]

    assert how(found_in(known, check("Cid", "==", "Bob"), statements=statements)) == []


def test_what_was_read_after_the_check_is_not_what_it_saw(known: Known) -> None:
    statements = [selected(960, COLUMNS, ANN)]

    assert how(found_in(known, check("Ann", "==", "Bob"), statements=statements)) == []


def test_the_newest_of_equal_readings_comes_first(known: Known) -> None:
    first, second = selected(100, COLUMNS, ANN), selected(200, COLUMNS, ANN)

    found = found_in(known, check("Ann", "==", "Bob"), statements=[first, second])

    assert [read.statement for read in found.read] == [second, first]


def test_a_check_without_operands_has_no_differences(known: Known) -> None:
    bare = Check("1-1:9", 950, form="assert", operator="and")
    statements: list[Statement] = [selected(100, COLUMNS, ANN)]

    found = found_in(known, bare, statements=statements)

    assert (found.leaves, found.read, found.certain_target) == ((), (), False)


def test_objects_are_read_off_by_their_keys(known: Known) -> None:
    objects = read(100, 3, 4)
    other = read(200, 3, 4, entity="Buyer")
    one: Any = {"?": "Order", "key": 3}
    both: Any = {"#": 2, "of": [one, {"?": "Order", "key": 4}]}
    wanted = check(0, "==", [])

    found = found_in(known, replace(wanted, left=both), statements=[objects, other])
    single = found_in(known, replace(wanted, left=one, right=5), statements=[objects])

    assert [(each.statement, each.how) for each in found.read] == [
        (objects, How.COLUMN),
        (other, How.LENGTH),
    ]
    assert how(single) == [(How.CELL, None, False)]
