"""Failing checks on what a statement returned, made by hand: orders with lines and a buyer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Inputs, Rows, Scalar, Scope, Shape, Statement
from ormprobe.timeline.run import Column, Table
from tests.ormprobe.signals.made import APP, TEST, failed_test, known_of, request, statement


def text(word: str) -> str:
    """A text as a trace has it: its length and a digest of its own."""
    return f"s{len(word)}:{word.encode().hex():0<16.16}"


def several(*values: Shape) -> Shape:
    return {"#": len(values), "of": list(values)}


def shop(app: Path) -> Known:
    """Orders of a buyer, with lines and payments; buyers who follow each other."""
    return known_of(
        app,
        _table("orders", "note", "status", buyer_id="buyers.id"),
        _table("lines", "sku", order_id="orders.id"),
        _table("payments", "amount", order_id="orders.id"),
        _table("buyers", "name", "town"),
        _table("follows", follower_id="buyers.id", followed_id="buyers.id"),
    )


def _table(name: str, *columns: str, **references: str) -> Table:
    found = [Column("id", primary_key=True, nullable=False)]
    found += [Column(each, nullable=True) for each in columns]
    found += [Column(each, foreign_key=to, nullable=True) for each, to in references.items()]
    return Table("1-1:2", name, name.title().removesuffix("s"), tuple(found))


def got(
    sql: str, *binds: Shape, at: int = 100, rows: list[tuple[Scalar, ...]], columns: str = ""
) -> Statement:
    """A SELECT of the app with its rows."""
    names = tuple(columns.split()) if columns else ("id",)
    return statement(
        sql, at, *binds, site=APP, rows=Rows(f"1-1:{at}r", len(rows), (), names, tuple(rows[:5]))
    )


def inserted(table: str, at: int = 10, **values: Shape) -> Statement:
    names = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    return statement(f"INSERT INTO {table} ({names}) VALUES ({marks})", at, *values.values())


def checked(actual: Shape, expected: Shape) -> Check:
    return Check("1-1:900c", 900, "==", actual, expected, expected="right", site=TEST)


def failing(actual: Shape, expected: Shape, *statements: Statement, **fields: Any) -> Scope:
    """A test that called the app itself, and whose check failed."""
    return failed_test(
        statements=list(statements), checks=[checked(actual, expected)], failed_us=900, **fields
    )


def answered(
    actual: Shape, expected: Shape, *statements: Statement, query: dict[str, Shape]
) -> Scope:
    """A test whose GET request was answered otherwise than it expected."""
    asked = request(method="GET", statements=list(statements))
    asked.inputs["query"] = Inputs("1-1:5", "query", dict(query))
    return failed_test(asked, checks=[checked(actual, expected)], failed_us=900)
