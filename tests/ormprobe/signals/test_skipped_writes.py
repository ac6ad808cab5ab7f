"""Writes that were made up and never made, tied to what missed them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.skipped_writes import detect
from ormprobe.timeline.model import Check, Shape, Site, Unawaited, Unwritten
from tests.ormprobe.signals.made import APP, TEST, failed_test, known_of, statement, table

NEW, OLD, OTHER = "s4:aaaaaaaaaaaaaaaa", "s5:bbbbbbbbbbbbbbbb", "s6:cccccccccccccccc"

SOURCE = """\
class Shop:
    def find(self, number):
        order = Order.get_by_id(number)
        return order

    def place_order(self, number):
        order = self.find(number)
        order.colour = "grey"
        return order.id
"""


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.py").write_text(SOURCE)
    return known_of(tmp_path, table("orders", "id", "colour", "size"))


def left(why: str = "unsaved", value: Shape = NEW, was: Shape = OLD, **fields: Any) -> Unwritten:
    told: dict[str, Any] = {"statement": 1, "since_us": 20, "frames": (APP,), **fields}
    return Unwritten("1-1:4", 40, why, "Order", 1, {"colour": value}, {"colour": was}, **told)


def checked(actual: Shape, expected: Shape) -> Check:
    return Check("1-1:9", 90, "==", actual, expected, "right")


def load() -> Any:
    return statement("SELECT id, colour FROM orders WHERE id = ?", 20, 1, number=1, site=APP)


def read(*binds: Shape) -> Any:
    return statement("SELECT id, colour FROM orders WHERE colour = ?", 60, *binds, number=2)


@pytest.mark.parametrize(
    ("value", "was", "check", "wanted"),
    [
        (NEW, OLD, checked(OLD, NEW), "value"),
        (NEW, OLD, checked({"colour": OLD}, {"colour": NEW}), "value"),
        (NEW, OLD, checked({"#": 0, "of": []}, {"#": 1, "of": [NEW]}), "value"),
        (NEW, OLD, checked(OLD, OTHER), None),
        (NEW, OLD, checked(3, 4), None),
        (4, 3, checked(3, 4), "weak"),
        (4, 3, checked(5, 4), None),
    ],
)
def test_whether_the_check_wanted_it(
    shop: Known, value: Shape, was: Shape, check: Check, wanted: str | None
) -> None:
    scope = failed_test(
        unwritten=[left(value=value, was=was)], statements=[load(), read()], checks=[check]
    )

    [found] = detect(scope, shop)

    assert (found.wanted, found.read, found.how) == (wanted, ("orders",), "unsaved")
    assert str(found.place) == "shop/orders.py:8"


def test_a_later_query_may_ask_for_it(shop: Known) -> None:
    scope = failed_test(unwritten=[left()], statements=[load(), read(NEW)], checks=[checked(0, 1)])

    [found] = detect(scope, shop)

    assert (found.sought, found.wanted) == (True, None)


@pytest.mark.parametrize(
    ("text", "binds", "kept"),
    [
        ("UPDATE orders SET colour = ? WHERE id = ?", (NEW, 1), False),
        ("UPDATE orders SET colour = ? WHERE id = ?", (OTHER, 1), True),
        ("UPDATE orders SET size = ? WHERE id = ?", (3, 1), True),
        ("DELETE FROM orders WHERE id = ?", (1,), False),
        ("DELETE FROM orders WHERE id = ?", (2,), True),
    ],
)
def test_a_statement_may_have_written_it_after_all(
    shop: Known, text: str, binds: tuple[Shape, ...], kept: bool
) -> None:
    write = statement(text, 50, *binds, number=3)
    scope = failed_test(
        unwritten=[left()], statements=[load(), write, read()], checks=[checked(OLD, NEW)]
    )

    assert bool(list(detect(scope, shop))) is kept


def test_the_save_that_left_it_out_is_the_place(shop: Known) -> None:
    saved = Site("shop/orders.py", 9, "place_order")
    scope = failed_test(unwritten=[left("omitted", site=saved)], statements=[load(), read()])

    [found] = detect(scope, shop)

    assert str(found.place) == "shop/orders.py:9"


def test_what_a_test_sets_itself_is_the_tests(shop: Known, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    lines = ["def test_order():"] + ["    pass"] * 28 + ["    order.colour = 'grey'"]
    (tmp_path / TEST.path).write_text("\n".join(lines))
    loaded = load()
    loaded.site = TEST
    scope = failed_test(
        unwritten=[left(frames=(TEST,))], statements=[loaded, read()], checks=[checked(OLD, NEW)]
    )

    [found] = detect(scope, shop)

    assert found.harness


def test_queries_that_nobody_ran(shop: Known) -> None:
    told: dict[str, Any] = {"site": APP, "wants": "execute", "table": "orders"}
    at_once = Unawaited("1-1:5", 30, "Model.update", "peewee", values={"colour": NEW}, **told)
    kept = Unawaited("1-1:6", 31, "Model.delete", "peewee", values={}, kept=True, **told)
    awaited = Unawaited("1-1:7", 32, "Session.commit", "sqlalchemy", site=APP)
    scope = failed_test(
        unawaited=[at_once, kept, awaited], statements=[read()], checks=[checked(OLD, NEW)]
    )

    update, delete = detect(scope, shop)

    assert (update.how, update.wanted, update.attributes) == ("unexecuted", "value", ("colour",))
    assert (delete.how, delete.wanted, delete.read) == ("kept", None, ("orders",))
