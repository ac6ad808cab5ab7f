"""Halves of changes that stayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.half_kept import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Failure, Refusal, Rows, Scope, Shape, Statement
from ormprobe_taxonomy.signals import HalfKept
from tests.ormprobe.signals.made import (
    TEST,
    check,
    failed_test,
    known_of,
    request,
    statement,
    table,
    transaction,
)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return known_of(tmp_path, table("accounts", "id", "balance"), table("notes", "id", "text"))


def debit(at: int = 20, scope: int = 2, **fields: Any) -> Statement:
    told = {"affected": 1, "durable": True, "scope": scope, **fields}
    return statement("UPDATE accounts SET balance = ? WHERE id = ?", at, 70, 1, **told)


def balance(at: int, value: Shape, scope: int) -> Statement:
    rows = Rows(f"1-1:{at}r", 1, columns=("balance",), values=((value,),))
    text = "SELECT balance FROM accounts WHERE id = ?"
    return statement(text, at, 1, rows=rows, scope=scope, callers=(TEST,))


def failed(actual: Shape = 70, expected: Shape = 100) -> Check:
    found = check(left=actual, right=expected)
    found.expected = "right"
    return found


def refused(*writes: Statement, status: int = 404, **fields: Any) -> Scope:
    statements = [balance(10, 100, 2), *writes]
    return request(2, 5, 90, status=status, statements=statements, **fields)


def looked(value: Shape = 70) -> Scope:
    return request(3, 200, 300, method="GET", statements=[balance(210, value, 3)])


def found_in(known: Known, *steps: Scope, **fields: Any) -> list[HalfKept]:
    told = {"checks": [failed()], **fields}
    return list(detect(failed_test(*steps, **told), known))


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_a_refused_request_left_its_first_write(known: Known, status: int) -> None:
    [found] = found_in(known, refused(debit(), status=status), looked())

    assert (found.tables, found.writes, found.refused) == (("accounts",), 1, status)
    assert found.proven


def test_a_call_that_the_test_wanted_refused(known: Known) -> None:
    statements = [balance(10, 100, 1), debit(scope=1), balance(210, 70, 1)]
    refusals = [Refusal("1-1:r", 90, 15, "LookupError")]

    [found] = found_in(known, statements=statements, refusals=refusals)

    assert (found.refused, found.proven) == (None, True)


def test_what_was_written_before_the_refused_call_is_none_of_it(known: Known) -> None:
    statements = [balance(10, 100, 1), debit(12, 1), balance(210, 70, 1)]
    refusals = [Refusal("1-1:r", 90, 15, "LookupError")]

    assert found_in(known, statements=statements, refusals=refusals) == []


def test_a_request_that_an_exception_ended(known: Known) -> None:
    broken = refused(debit(), status=0, failures=[Failure("1-1:f", 80, "call", ())])

    [found] = found_in(known, broken, looked())

    assert found.proven


@pytest.mark.parametrize(
    "write",
    [
        debit(affected=0),
        debit(durable=False, settled_by=transaction("rollback", "app", 80)),
        debit(undone=True),
        debit(site=TEST),
    ],
    ids=["no rows", "rolled back", "back to a savepoint", "by the test"],
)
def test_what_left_nothing(known: Known, write: Statement) -> None:
    assert found_in(known, refused(write), looked()) == []


def test_a_request_that_went_well_left_what_it_should(known: Known) -> None:
    assert found_in(known, refused(debit(), status=200), looked()) == []


def test_a_check_of_other_tables_is_about_something_else(known: Known) -> None:
    note = statement(
        "INSERT INTO notes (text) VALUES (?)", 20, 1, affected=1, durable=True, scope=2
    )

    assert found_in(known, refused(note), looked()) == []


@pytest.mark.parametrize(
    ("actual", "expected"), [(70, 90), (71, 100)], ids=["was never there", "not what it left"]
)
def test_values_that_do_not_fit_prove_nothing(known: Known, actual: int, expected: int) -> None:
    checks = [failed(actual, expected)]

    found = found_in(known, refused(debit()), looked(), checks=checks)

    assert [each.proven for each in found] == [False]
