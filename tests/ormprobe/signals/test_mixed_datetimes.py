"""Naive and aware datetimes that met, one of them read from a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.mixed_datetimes import detect
from ormprobe.timeline.model import Failure, Link, Scope, Site
from ormprobe.timeline.run import Column, Table
from tests.ormprobe.signals.made import failed_test, known_of, read

MESSAGE = "can't compare offset-naive and offset-aware datetimes"
SOURCE = """\
def is_paid(order, now):
    return order.paid < now


def is_due(order, now):
    paid = order.paid
    return now - paid > LIMIT


def is_open(shop, now):
    return shop.hours < now
"""


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    (tmp_path / "shop.py").write_text(SOURCE)
    columns = (Column("id", "Integer"), Column("paid", "DateTime"), Column("hours", "Integer"))
    return known_of(tmp_path, Table("1-1:2", "orders", "Order", columns))


def scope(line: int, *read_before: int, message: str = MESSAGE) -> Scope:
    link = Link("TypeError", ("TypeError",), message, frames=(Site("shop.py", line, "f"),))
    return failed_test(
        failures=[Failure("1-1:9", 90, "call", (link,))],
        statements=[read(at, 1) for at in read_before],
    )


@pytest.mark.parametrize("line", [2, 7])
def test_a_column_of_a_row_on_the_line(shop: Known, line: int) -> None:
    [found] = detect(scope(line, 50), shop)

    assert (found.attribute, found.table, found.read) == ("paid", "orders", True)
    assert found.events == ("1-1:9", "1-1:50")


def test_no_column_on_the_line(shop: Known) -> None:
    [found] = detect(scope(11, 50), shop)

    assert found.attribute is None


def test_nothing_was_read(shop: Known) -> None:
    assert list(detect(scope(2), shop)) == []
    assert list(detect(scope(2, 95), shop)) == []


def test_another_type_error(shop: Known) -> None:
    assert list(detect(scope(2, 50, message="can't compare apples"), shop)) == []


def test_without_a_date_time_column(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SOURCE)
    known = known_of(tmp_path, Table("1-1:2", "orders", "Order", (Column("paid", "Integer"),)))

    assert list(detect(scope(2, 50), known)) == []


def test_a_property_that_is_made_of_a_column(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "class Order:\n    @property\n    def due(self):\n        return self.paid + MONTH\n\n"
        "    def is_late(self):\n        return self.due < now()\n"
    )
    columns = (Column("id", "Integer"), Column("paid", "DateTimeField"))
    known = known_of(tmp_path, Table("1-1:2", "orders", "Order", columns))

    [found] = detect(scope(7, 50), known)

    assert (found.attribute, found.read) == ("paid", True)
