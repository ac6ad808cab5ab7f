"""Rows that a join repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.multiplied_rows import detect
from ormprobe.timeline.model import Scalar, Shape
from ormprobe_taxonomy.signals import RowsMultiplied
from tests.ormprobe.signals.asking import failing, got, several, shop, text

JOINED = "SELECT orders.id, orders.note FROM orders JOIN lines ON lines.order_id = orders.id"
A, B = text("alpha"), text("bravo")
ROWS: list[tuple[Scalar, ...]] = [(1, A), (1, A), (2, B)]


def found_in(
    app: Path, sql: str, actual: Shape, expected: Shape, rows: list[tuple[Scalar, ...]]
) -> list[RowsMultiplied]:
    sent = got(sql, rows=rows, columns="id note")
    return list(detect(failing(actual, expected, sent), shop(app)))


def test_a_parent_that_comes_once_for_each_of_its_children(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, JOINED, several(A, A, B), several(A, B), [*ROWS])

    assert (found.kind, found.table, found.joined) == ("duplicates", "orders", ("lines",))
    assert (found.repeated, found.read, found.difference) == (True, True, "duplicated")


@pytest.mark.parametrize(
    "sql",
    [
        JOINED.replace("SELECT", "SELECT DISTINCT"),
        JOINED + " GROUP BY orders.id",
        "SELECT orders.id, orders.note FROM orders JOIN buyers ON buyers.id = orders.buyer_id",
        "SELECT id, note FROM orders",
        "SELECT id, note FROM orders WHERE id IN "
        "(SELECT orders.id FROM orders JOIN lines ON lines.order_id = orders.id)",
    ],
)
def test_what_repeats_nothing(tmp_path: Path, sql: str) -> None:
    assert found_in(tmp_path, sql, several(A, A, B), several(A, B), [*ROWS]) == []


def test_a_list_that_differs_otherwise(tmp_path: Path) -> None:
    assert found_in(tmp_path, JOINED, several(B, A), several(A, B), [(2, B), (1, A)]) == []


def test_a_full_page_of_joined_rows(tmp_path: Path) -> None:
    page = JOINED + " LIMIT 2"

    [found] = found_in(tmp_path, page, several(A), several(A, B), ROWS[:2])

    assert (found.kind, found.repeated) == ("short-page", True)
    assert found_in(tmp_path, JOINED + " LIMIT 9", several(A), several(A, B), ROWS[:2]) == []


TWO = (
    "SELECT orders.note, {} FROM orders LEFT JOIN lines ON lines.order_id = orders.id "
    "LEFT JOIN payments ON payments.order_id = orders.id GROUP BY orders.id"
)


def totals(app: Path, sql: str, actual: int, expected: int) -> list[RowsMultiplied]:
    sent = got(sql, rows=[(A, actual)], columns="note n")
    return list(detect(failing(actual, expected, sent), shop(app)))


def test_sums_over_two_relations(tmp_path: Path) -> None:
    [found] = totals(tmp_path, TWO.format("count(lines.id) AS n"), 4, 2)

    assert (found.kind, found.repeated) == ("inflated-aggregate", True)
    assert found.joined == ("lines", "payments")
    [other] = totals(tmp_path, TWO.format("sum(payments.amount) AS n"), 5, 2)
    assert other.repeated is False


def test_sums_that_are_right(tmp_path: Path) -> None:
    one = TWO.replace("LEFT JOIN payments ON payments.order_id = orders.id ", "")

    assert totals(tmp_path, TWO.format("count(DISTINCT lines.id) AS n"), 4, 2) == []
    assert totals(tmp_path, one.format("count(lines.id) AS n"), 4, 2) == []
    assert totals(tmp_path, one.format("count(orders.id) AS n"), 4, 2) == []
    assert totals(tmp_path, TWO.format("count(lines.id) AS n"), 2, 4) == []


def test_a_sum_of_the_parents_own_column(tmp_path: Path) -> None:
    own = "SELECT sum(orders.id) AS n FROM orders JOIN lines ON lines.order_id = orders.id"

    [found] = totals(tmp_path, own, 6, 3)

    assert (found.kind, found.joined) == ("inflated-aggregate", ("lines",))
