"""Rows whose parent was deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.parents_taken import detect
from ormprobe.timeline.model import Check, Rows, Shape, Statement
from ormprobe_taxonomy.signals import ParentTaken
from tests.ormprobe.signals.made import (
    TEST,
    check,
    created,
    failed_test,
    known_of,
    statement,
    table,
)

BOLT = "s4:aaaaaaaaaaaaaaaa"
NUT = "s3:bbbbbbbbbbbbbbbb"


def listed(*members: Shape) -> Shape:
    return {"#": len(members), "of": list(members)}


@pytest.fixture
def known(tmp_path: Path) -> Known:
    lines = table("lines", "id", "article", order_id="orders.id")
    return known_of(tmp_path, lines, table("orders", "id"))


def made(at: int, article: Shape, key: Shape) -> Statement:
    text = "INSERT INTO lines (article, order_id) VALUES (?, ?)"
    return statement(text, at, article, key, affected=1, durable=True)


def dropped(at: int = 30, **fields: Any) -> Statement:
    told = {"affected": 1, "durable": True, "via": "flush", **fields}
    return statement("DELETE FROM orders WHERE id = ?", at, 1, **told)


def flushed(text: str, at: int, *binds: Shape, **fields: Any) -> Statement:
    return statement(text, at, *binds, affected=1, durable=True, via="flush", **fields)


def looked(*rows: tuple[Shape, Shape]) -> Statement:
    found = Rows("1-1:50r", len(rows), columns=("article", "order_id"), values=rows)
    text = "SELECT article, order_id FROM lines"
    return statement(text, 500, rows=found, callers=(TEST,))


def found_in(
    known: Known, *statements: Statement, actual: Shape, expected: Shape
) -> list[ParentTaken]:
    failed: Check = check(left=actual, right=expected)
    failed.expected = "right"
    return list(detect(failed_test(statements=list(statements), checks=[failed]), known))


def test_rows_that_the_orm_set_to_null_are_found(known: Known) -> None:
    nulled = flushed("UPDATE lines SET order_id = ? WHERE id = ?", 29, None, 1)
    statements = made(1, BOLT, 1), nulled, dropped(), looked((BOLT, None))

    [found] = found_in(known, *statements, actual=listed(BOLT), expected=listed())

    assert (found.how, found.table, found.column, found.parent) == (
        "nulled", "lines", "order_id", "orders",
    )  # fmt: skip
    assert found.proven


def test_rows_that_still_name_it_are_found(known: Known) -> None:
    statements = made(1, BOLT, 1), dropped(), looked((BOLT, 1))

    [found] = found_in(known, *statements, actual=listed(BOLT), expected=listed())

    assert (found.how, found.proven) == ("left", True)


def test_rows_that_went_with_it_are_missed(known: Known) -> None:
    gone = flushed("DELETE FROM lines WHERE id = ?", 29, 1)
    statements = made(1, BOLT, 1), gone, dropped(), looked()

    [found] = found_in(known, *statements, actual=listed(), expected=listed(BOLT))

    assert (found.how, found.proven) == ("taken", True)


def test_the_database_takes_rows_where_it_is_told_to(known: Known) -> None:
    made_by = created("lines", 0)
    text = "CREATE TABLE lines (order_id INT REFERENCES orders (id) ON DELETE CASCADE)"
    known.run.created_tables["lines"] = type(made_by)(
        made_by.event, made_by.process, "lines", 0, 50, text
    )
    statements = made(1, BOLT, 1), dropped(), looked()

    [found] = found_in(known, *statements, actual=listed(), expected=listed(BOLT))

    assert (found.how, found.proven) == ("taken", True)


def test_a_number_of_rows_is_counted(known: Known) -> None:
    gone = flushed("DELETE FROM lines WHERE id = ?", 29, 1)
    statements = made(1, BOLT, 1), gone, dropped(), looked()

    [found] = found_in(known, *statements, actual=0, expected=1)

    assert (found.proven, found.counted) == (False, True)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [(listed(NUT), listed()), (listed(), listed(BOLT))],
    ids=["other rows", "too few"],
)
def test_differences_that_are_no_such_rows(known: Known, actual: Shape, expected: Shape) -> None:
    statements = made(1, BOLT, 1), dropped(), looked((BOLT, 2))

    found = found_in(known, *statements, actual=actual, expected=expected)

    assert [each.proven for each in found] == [False]


@pytest.mark.parametrize(
    "statements",
    [
        (made(1, BOLT, 2), dropped(), looked((BOLT, 2))),
        (made(1, BOLT, 1), dropped(affected=0), looked((BOLT, 1))),
        (made(1, BOLT, 1), dropped(site=TEST), looked((BOLT, 1))),
        (made(1, BOLT, 1), dropped(undone=True), looked((BOLT, 1))),
        (made(1, BOLT, 1), dropped()),
    ],
    ids=["of another parent", "nothing deleted", "by the test", "taken back", "not read"],
)
def test_what_leaves_nobody_behind(known: Known, statements: tuple[Statement, ...]) -> None:
    assert found_in(known, *statements, actual=listed(BOLT), expected=listed()) == []


def test_rows_that_the_app_deleted_by_itself_were_meant_to_go(known: Known) -> None:
    own = statement("DELETE FROM lines WHERE order_id = ?", 29, 1, affected=1, durable=True)
    statements = made(1, BOLT, 1), own, dropped(), looked()

    assert found_in(known, *statements, actual=listed(), expected=listed(BOLT)) == []
