"""Totals that were counted over other rows than their list."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.counted_apart import detect
from ormprobe.timeline.model import Statement
from tests.ormprobe.signals.asking import failing, got, shop, text

A = text("open")
LIST = "SELECT id FROM orders WHERE status = ? ORDER BY id LIMIT ?"


def listed(*binds: object, rows: int = 2, sql: str = LIST) -> Statement:
    return got(sql, *binds, at=200, rows=[(n,) for n in range(rows)])  # type: ignore[arg-type]


def counted(sql: str, number: int, *binds: object) -> Statement:
    return got(sql, *binds, at=100, rows=[(number,)], columns="count")  # type: ignore[arg-type]


def test_a_count_without_the_lists_condition(tmp_path: Path) -> None:
    count = counted("SELECT count(*) AS count FROM orders", 5)

    [found] = detect(failing(5, 2, count, listed(A, 10)), shop(tmp_path))

    assert (found.kind, found.lacking, found.agrees) == ("unfiltered-count", ("status",), True)
    [cut] = detect(failing(5, 3, count, listed(A, 2)), shop(tmp_path))
    assert cut.agrees is False  # the page is full: how many there are is not known


@pytest.mark.parametrize(
    ("sql", "binds"),
    [
        ("SELECT count(*) AS count FROM orders WHERE status = ?", (A,)),
        ("SELECT count(*) AS count FROM (SELECT id FROM orders WHERE status = ?) AS x", (A,)),
        ("SELECT count(*) AS count FROM buyers", ()),
    ],
)
def test_a_count_of_the_same_rows_or_of_others(
    tmp_path: Path, sql: str, binds: tuple[object, ...]
) -> None:
    assert not [*detect(failing(5, 2, counted(sql, 5, *binds), listed(A, 10)), shop(tmp_path))]


def test_the_same_condition_with_another_value(tmp_path: Path) -> None:
    count = counted("SELECT count(*) AS count FROM orders WHERE status = ?", 5, text("shut"))

    [found] = detect(failing(5, 2, count, listed(A, 10)), shop(tmp_path))

    assert found.lacking == ("status",)


def test_a_count_of_one_page(tmp_path: Path) -> None:
    sql = "SELECT count(*) AS count FROM (SELECT id FROM orders LIMIT ?) AS x"

    [found] = detect(failing(2, 5, counted(sql, 2, 2)), shop(tmp_path))

    assert (found.kind, found.agrees) == ("page-count", True)
    assert not [*detect(failing(5, 2, counted(sql, 5, 5)), shop(tmp_path))]


def test_the_length_of_a_full_page(tmp_path: Path) -> None:
    page = listed(A, 2)

    [found] = detect(failing(2, 5, page), shop(tmp_path))

    assert (found.kind, found.agrees) == ("page-count", False)
    assert not [*detect(failing(2, 5, listed(A, 3)), shop(tmp_path))]


def test_a_right_total_that_was_not_used(tmp_path: Path) -> None:
    count = counted("SELECT count(*) AS count FROM orders WHERE status = ?", 5, A)

    [found] = detect(failing(2, 5, count, listed(A, 2)), shop(tmp_path))

    assert (found.kind, found.agrees) == ("page-count", True)
    assert not [*detect(failing(2, 7, count, listed(A, 2)), shop(tmp_path))]
