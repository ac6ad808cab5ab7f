"""Rows in another order than expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.open_orders import detect
from ormprobe_taxonomy.signals import OrderLeftOpen
from tests.ormprobe.signals.asking import failing, got, several, shop, text

A, B, C = text("alpha"), text("bravo"), text("charlie")


def found_in(app: Path, tail: str, expected: tuple[str, ...] = (A, B)) -> list[OrderLeftOpen]:
    sent = got(f"SELECT id, note FROM orders {tail}", rows=[(2, B), (1, A)], columns="id note")
    return list(detect(failing(several(B, A), several(*expected), sent), shop(app)))


@pytest.mark.parametrize(
    ("tail", "ordered", "paged"),
    [("", (), False), ("LIMIT 10", (), True), ("ORDER BY status LIMIT 10", ("status",), True)],
)
def test_an_order_that_is_left_open(
    tmp_path: Path, tail: str, ordered: tuple[str, ...], paged: bool
) -> None:
    [found] = found_in(tmp_path, tail)

    assert (found.table, found.ordered, found.paged) == ("orders", ordered, paged)
    assert found.difference == "order"


@pytest.mark.parametrize("tail", ["ORDER BY status", "ORDER BY status, id LIMIT 10"])
def test_an_order_that_is_total_or_meant(tmp_path: Path, tail: str) -> None:
    assert found_in(tmp_path, tail) == []


def test_other_members_of_a_full_page(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, "LIMIT 2", (A, C))

    assert found.difference == "mixed"
    assert found_in(tmp_path, "LIMIT 9", (A, C)) == []
    assert found_in(tmp_path, "", (A, C)) == []


def test_the_right_order(tmp_path: Path) -> None:
    assert found_in(tmp_path, "", (B, A, C)) == []
