"""Joins that drop rows, and conditions put to one row of a relation."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.dropped_rows import detect
from ormprobe.timeline.model import Shape, Statement
from ormprobe_taxonomy.signals import ChildMismatched, RowsDropped
from tests.ormprobe.signals.asking import failing, got, inserted, several, shop, text

A, B, RED, BLUE = text("alpha"), text("bravo"), text("red"), text("blue")
ORDERS = (
    inserted("orders", 10, note=A, buyer_id=1),
    inserted("orders", 11, note=B, buyer_id=None),
)
SHOWN = got("SELECT id, note FROM orders", at=50, rows=[(1, A), (2, B)], columns="id note")
LINES = (inserted("lines", 12, order_id=1, sku=RED), inserted("lines", 13, order_id=1, sku=BLUE))


def read(sql: str, *binds: Shape, got_: tuple[str, ...] = (A,)) -> Statement:
    return got(sql, *binds, rows=[(1, each) for each in got_], columns="id note")


def found_in(
    app: Path, actual: Shape, expected: Shape, *statements: Statement
) -> list[RowsDropped | ChildMismatched]:
    return list(detect(failing(actual, expected, *statements), shop(app)))


BASE = "SELECT orders.id, orders.note FROM orders "


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        (BASE + "JOIN buyers ON buyers.id = orders.buyer_id", "nullable-key"),
        (BASE + "JOIN lines ON lines.order_id = orders.id", "to-many"),
        (
            BASE + "LEFT JOIN buyers ON buyers.id = orders.buyer_id WHERE buyers.id > 0",
            "outer-condition",
        ),
    ],
)
def test_a_missed_row_without_a_match(tmp_path: Path, sql: str, kind: str) -> None:
    [found] = found_in(tmp_path, several(A), several(A, B), *ORDERS, SHOWN, *LINES, read(sql))

    assert isinstance(found, RowsDropped)
    assert (found.kind, found.table, found.written, found.unmatched) == (
        kind, "orders", True, True,
    )  # fmt: skip


def test_a_missed_row_that_nobody_wrote_only_suggests(tmp_path: Path) -> None:
    join = BASE + "JOIN buyers ON buyers.id = orders.buyer_id"

    [found] = found_in(tmp_path, several(A), several(A, text("nobody")), *ORDERS, read(join))

    assert isinstance(found, RowsDropped)
    assert (found.written, found.unmatched) == (False, False)


@pytest.mark.parametrize(
    "sql",
    [
        BASE,
        BASE + "LEFT JOIN buyers ON buyers.id = orders.buyer_id",
        BASE + "LEFT JOIN buyers ON buyers.id = orders.buyer_id WHERE buyers.id IS NULL",
        BASE + "WHERE id IN (SELECT order_id FROM lines)",
    ],
)
def test_what_drops_nothing(tmp_path: Path, sql: str) -> None:
    assert found_in(tmp_path, several(A), several(A, B), *ORDERS, read(sql)) == []


TAGGED = BASE + "JOIN lines ON lines.order_id = orders.id WHERE "


def test_two_values_of_one_row(tmp_path: Path) -> None:
    both = read(TAGGED + "lines.sku = ? AND lines.sku = ?", RED, BLUE, got_=())

    [found] = found_in(tmp_path, several(), several(A), *ORDERS, SHOWN, *LINES, both)

    assert isinstance(found, ChildMismatched)
    assert (found.kind, found.table, found.column, found.proven) == ("both", "lines", "sku", True)


@pytest.mark.parametrize(
    ("where", "binds"),
    [
        ("lines.sku = ? OR lines.sku = ?", (RED, BLUE)),
        ("lines.sku = ? AND lines.sku = ?", (RED, RED)),
        ("lines.sku = ? AND lines.id = ?", (RED, 7)),
    ],
)
def test_what_one_row_can_be(tmp_path: Path, where: str, binds: tuple[Shape, ...]) -> None:
    found = found_in(
        tmp_path,
        several(),
        several(A),
        *ORDERS,
        SHOWN,
        *LINES,
        read(TAGGED + where, *binds, got_=()),
    )

    assert not [each for each in found if isinstance(each, ChildMismatched)]


def test_a_parent_of_which_one_child_differs(tmp_path: Path) -> None:
    differs = read(TAGGED + "lines.sku <> ?", RED)

    [found] = found_in(tmp_path, several(A), several(), *ORDERS, SHOWN, *LINES, differs)

    assert isinstance(found, ChildMismatched)
    assert (found.kind, found.proven, found.held) == ("negated", True, True)


def test_a_parent_without_the_excluded_child_is_no_proof(tmp_path: Path) -> None:
    differs = read(TAGGED + "lines.sku <> ?", text("green"))

    [found] = found_in(tmp_path, several(A), several(), *ORDERS, SHOWN, *LINES, differs)

    assert isinstance(found, ChildMismatched)
    assert (found.proven, found.held) == (False, False)
