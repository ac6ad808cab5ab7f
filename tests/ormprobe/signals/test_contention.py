"""Who stood in the way of a write."""

from __future__ import annotations

import pytest

from ormprobe.signals.contention import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Error, Link, Statement
from ormprobe_taxonomy.refusals import Contended
from tests.ormprobe.signals.made import (
    CALLER,
    connection,
    error,
    failed_test,
    statement,
    table,
    transaction,
    wrote,
)

LOCKED = "database is locked"
UPDATE = "UPDATE orders SET note = ?"


def locked(at: int = 50, **fields: object) -> Error:
    told = {"statement": UPDATE, "connection": 51, "thread": 1, **fields}
    return error("OperationalError", at, LOCKED, **told)


def one(known: Known, broke: Error, *statements: Statement) -> Contended:
    [found] = detect(failed_test(errors=[broke], statements=list(statements)), known)
    return found


def test_a_stranger_holds_the_lock(known: Known) -> None:
    found = one(known, locked(), statement("SELECT 1", 10))

    assert (found.held, found.own, found.deleted) == (False, None, None)


def test_the_other_connection_of_the_same_work(known: Known) -> None:
    found = one(known, locked(), wrote(transaction(at=100), UPDATE, 10, site=CALLER))

    assert found.held
    assert found.own is not None
    assert found.own.line == CALLER.line
    assert "same work" in found.says


@pytest.mark.parametrize(
    "before",
    [
        wrote(transaction(at=40), UPDATE, 10),  # had ended
        wrote(transaction(at=100), UPDATE, 60),  # came later
        wrote(transaction(at=100), UPDATE, 10, connection=51),  # its own
        wrote(transaction(at=100), UPDATE, 10, durable=True),
        statement("SELECT 1 FROM orders", 10),
    ],
)
def test_what_holds_no_lock(known: Known, before: Statement) -> None:
    assert not one(known, locked(), before).held


def test_another_thread_is_a_stranger(known: Known) -> None:
    known.run.connections["1-1", 50] = connection(50, thread=2)
    before = wrote(transaction(at=100), UPDATE, 10)

    assert not one(known, locked(), before).held


def test_the_same_work_had_deleted_the_row(known: Known) -> None:
    known.run.entities["Order"] = table("orders", "id")
    link = Link("ObjectDeletedError", ("ObjectDeletedError",), "has been deleted", "sqlalchemy")
    gone = error("ObjectDeletedError", 50, "", chain=(link,), entity="Order")

    taken = one(known, gone, statement("DELETE FROM orders", 10, site=CALLER))
    other = one(known, gone, statement("DELETE FROM buyers", 10))

    assert taken.deleted is not None
    assert taken.deleted.line == CALLER.line
    assert other.deleted is None


def test_other_errors_have_no_contenders(known: Known) -> None:
    assert list(detect(failed_test(errors=[error()]), known)) == []
