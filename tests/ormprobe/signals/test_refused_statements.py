"""Statements that the database did not understand."""

from __future__ import annotations

import pytest

from ormprobe.signals.errors import reading_of
from ormprobe.signals.known import Known
from ormprobe.signals.refused_statements import detect, refusal
from ormprobe.signals.rereading import reread
from ormprobe.timeline.model import Error, Link
from ormprobe.timeline.run import Column, Table
from tests.ormprobe.signals import made
from tests.ormprobe.signals.made import error, failed_test

ILIKE = "SELECT id FROM orders WHERE note ILIKE ?"


def postgres(message: str, status: str, text: str) -> Error:
    inner = Link("E", ("E",), message, "psycopg.errors", status_code=status, relation="orig")
    return error("ProgrammingError", 50, message, chain=(inner,), statement=text, connection=1)


def cause(known: Known, found: Error) -> str | None:
    reading = reread(known, found, reading_of(found))
    return reading.cause if reading is not None else None


@pytest.fixture
def pg(known: Known) -> Known:
    known.run.connections["1-1", 1] = made.connection(1, system="postgresql")
    return known


@pytest.mark.parametrize(
    ("message", "text", "expected"),
    [
        ('near "ILIKE": syntax error', ILIKE, "backend-unsupported-operation"),
        ('near "ON": syntax error', "SELECT DISTINCT ON (note) id FROM orders",
         "backend-unsupported-operation"),
        ('unrecognized token: "@"', "SELECT id FROM orders WHERE note @> ?",
         "backend-unsupported-operation"),
        ("no such function: NOW", "SELECT NOW()", "backend-unsupported-operation"),
        ("no such column: ARRAY", "SELECT ARRAY[1]", "backend-unsupported-operation"),
        ('near "WERE": syntax error', "SELECT id FROM orders WERE id = 1", "malformed-statement"),
        ("incomplete input", "SELECT id FROM orders WHERE note ILIKE (", "malformed-statement"),
        ("no such function: cuont", "SELECT cuont(id) FROM orders", "malformed-statement"),
        ('unrecognized token: "@"', "SELECT id @ FROM orders", "malformed-statement"),
        ("no such column: orders.nick", "SELECT orders.nick FROM orders", "unresolved-reference"),
    ],
)  # fmt: skip
def test_on_sqlite(known: Known, message: str, text: str, expected: str) -> None:
    assert cause(known, error("OperationalError", 50, message, statement=text)) == expected


@pytest.mark.parametrize(
    ("message", "status", "text", "expected"),
    [
        ('syntax error at or near "OR"', "42601", "INSERT OR REPLACE INTO orders (id) VALUES (1)",
         "backend-unsupported-operation"),
        ('syntax error at or near "WERE"', "42601", "SELECT id FROM orders WERE id = 1",
         "malformed-statement"),
        ("function strftime(unknown) does not exist", "42883", "SELECT strftime('%Y')",
         "backend-unsupported-operation"),
        ("function cuont(integer) does not exist", "42883", "SELECT cuont(id) FROM orders",
         "malformed-statement"),
        # it is there, for other arguments
        ("function lower(integer) does not exist", "42883", "SELECT lower(id) FROM orders",
         "bind-type-mismatch"),
        ("operator does not exist: boolean = integer", "42883", "SELECT 1 WHERE true = 1",
         "bind-type-mismatch"),
    ],
)  # fmt: skip
def test_on_postgres(pg: Known, message: str, status: str, text: str, expected: str) -> None:
    assert cause(pg, postgres(message, status, text)) == expected


def test_the_signal(known: Known) -> None:
    broke = error("OperationalError", 50, 'near "ILIKE": syntax error', statement=ILIKE)

    [found] = detect(failed_test(errors=[broke]), known)

    assert (found.error, found.token, found.construct) == ("1-1/50", "ILIKE", "ILIKE")
    assert (found.dialect, found.whole, found.mixed) == ("postgres", True, False)
    assert found.says == (
        "ILIKE is not known to sqlite, and the whole statement is understood by postgres"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1 FROM orders WHERE note = '1:0123456789abcdef'Brien'", 'near "x": syntax error'),
        ("SELECT 1 FROM orders WHERE note = '7:0123456789abcdef'", 'unrecognized token: "<7:ab>"'),
    ],
)
def test_a_value_inside_the_text_may_have_broken_it(known: Known, text: str, message: str) -> None:
    broke = error("OperationalError", 50, message, statement=text)

    found = refusal(known, broke, reading_of(broke))

    assert found is not None
    assert found.mixed


def test_an_error_without_a_statement_is_no_refusal(known: Known) -> None:
    broke = error("OperationalError", 50, 'near "x": syntax error')

    assert list(detect(failed_test(errors=[broke]), known)) == []
    assert cause(known, broke) == "malformed-statement"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("ARRAY", "backend-unsupported-operation"), ("VARCHAR", "bind-type-mismatch")],
)
def test_a_list_for_a_column_of_another_system(known: Known, kind: str, expected: str) -> None:
    column = Column("labels", type=kind)
    known.run.tables["orders"] = Table("1-1:2", "orders", "Order", (column,))
    message = "Error binding parameter 1: type 'list' is not supported"
    text = "INSERT INTO orders (labels) VALUES (?)"

    assert cause(known, error("ProgrammingError", 50, message, statement=text)) == expected
