"""Writes over others that came after the reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.overwritten import detect
from ormprobe.timeline.model import Check, Rows, Shape, Statement
from ormprobe_taxonomy.signals import WriteOverwritten
from tests.ormprobe.signals.made import check, failed_test, known_of, statement, table, transaction

SET = "UPDATE shows SET seats = ? WHERE id = ?"
ADD = "UPDATE shows SET seats = seats - ? WHERE id = ?"
READ = "SELECT id, seats FROM shows WHERE id = ?"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return known_of(tmp_path, table("shows", "id", "seats", "version"))


def got(at: int, who: int, seats: Shape = 20, text: str = READ) -> Statement:
    rows = Rows(f"1-1:{at}r", 1, columns=("id", "seats"), values=((1, seats),))
    return statement(text, at, 1, rows=rows, connection=who, session=who)


def put(at: int, who: int, seats: Shape, text: str = SET, key: Shape = 1) -> Statement:
    told = {"connection": who, "session": who, "affected": 1, "durable": True}
    return statement(text, at, seats, key, **told)


def found_in(
    known: Known, *statements: Statement, actual: Shape = 17, expected: Shape = 15
) -> list[WriteOverwritten]:
    failed: Check = check(left=actual, right=expected)
    failed.expected = "right"
    return list(detect(failed_test(statements=list(statements), checks=[failed]), known))


def test_two_read_and_both_write(known: Known) -> None:
    [found] = found_in(known, got(1, 5), got(2, 6), put(3, 6, 18), put(4, 5, 17))

    assert (found.table, found.column) == ("shows", "seats")
    assert found.proven


def test_a_check_of_something_else_proves_nothing(known: Known) -> None:
    [found] = found_in(known, got(1, 5), got(2, 6), put(3, 6, 18), put(4, 5, 17), actual=3)

    assert not found.proven


def test_an_expected_number_on_the_other_side_proves_nothing(known: Known) -> None:
    [found] = found_in(known, got(1, 5), got(2, 6), put(3, 6, 18), put(4, 5, 17), expected=19)

    assert not found.proven


def test_a_whole_row_put_back_over_another_write(known: Known) -> None:
    old, new = "s3:aaaaaaaaaaaaaaaa", "s3:bbbbbbbbbbbbbbbb"
    statements = got(1, 5, old), got(2, 6, old), put(3, 6, new), put(4, 5, old)

    [found] = found_in(known, *statements, actual=old, expected=new)

    assert found.proven


@pytest.mark.parametrize(
    "statements",
    [
        (got(1, 5), got(2, 6), put(3, 6, 3, ADD), put(4, 5, 2, ADD)),
        (got(1, 5), put(2, 6, 18), got(3, 5, 18), put(4, 5, 17)),
        (got(1, 5), put(2, 5, 18), put(3, 5, 17)),
        (got(1, 5), got(2, 6), put(3, 6, 18, key=2), put(4, 5, 17)),
        (got(1, 5, text=READ + " FOR UPDATE"), got(2, 6), put(3, 6, 18), put(4, 5, 17)),
        (put(3, 6, 18), put(4, 5, 17)),
    ],
    ids=["expressions", "read again", "one alone", "another row", "locked", "not read"],
)
def test_what_loses_nothing(known: Known, statements: tuple[Statement, ...]) -> None:
    assert found_in(known, *statements) == []


def test_a_version_in_the_condition_keeps_writes_apart(known: Known) -> None:
    text = "UPDATE shows SET seats = ?, version = ? WHERE id = ? AND version = ?"
    told = {"connection": 5, "session": 5, "affected": 1, "durable": True}
    last = statement(text, 4, 17, 2, 1, 1, **told)

    assert found_in(known, got(1, 5), got(2, 6), put(3, 6, 18), last) == []


def test_a_write_that_was_rolled_back_is_no_loss(known: Known) -> None:
    other = put(3, 6, 18)
    other.durable = False
    other.settled_by = transaction("rollback", "app", 4)

    assert found_in(known, got(1, 5), got(2, 6), other, put(5, 5, 17)) == []


def test_tasks_that_share_a_connection_ran_one_function_twice_at_once(known: Known) -> None:
    [found] = found_in(known, got(1, 5), got(2, 5), put(3, 5, 18), put(4, 5, 17))

    assert found.proven
