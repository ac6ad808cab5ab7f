"""Values that were changed in place, of rows and of defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.changed_in_place import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Shape, Site, Unwritten
from tests.ormprobe.signals.made import APP, failed_test, known_of, statement, table

NEW, OLD = "s4:aaaaaaaaaaaaaaaa", "s5:bbbbbbbbbbbbbbbb"

SOURCE = """\
class Order(Model):
    notes = JSONField(default=[])


def place_order(number, note):
    order = session.get(Order, number)
    order.notes.append(note)
    session.commit()
"""


def listed(*members: Shape) -> Shape:
    return {"#": len(members), "of": list(members)}


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.py").write_text(SOURCE)
    return known_of(tmp_path, table("orders", "id", "notes"))


def scope_of(found: Unwritten, actual: Shape, expected: Shape) -> Any:
    read = statement("SELECT id, notes FROM orders", 60, number=2)
    check = Check("1-1:9", 90, "==", actual, expected, "right")
    return failed_test(unwritten=[found], statements=[read], checks=[check])


def changed(why: str, value: Shape, **fields: Any) -> Unwritten:
    return Unwritten("1-1:4", 40, why, "Order", 1, {"notes": value}, frames=(APP,), **fields)


@pytest.mark.parametrize(
    ("actual", "expected", "related"),
    [
        (listed(OLD), listed(OLD, NEW), True),
        (listed(), listed(OLD, NEW), True),
        (listed(OLD), listed(OLD, "s3:dddddddddddddddd"), False),
        (3, 4, False),
    ],
)
def test_a_change_that_the_check_missed(
    shop: Known, actual: Shape, expected: Shape, related: bool
) -> None:
    commit = Site("shop/orders.py", 8, "place_order")
    scope = scope_of(changed("mutated", listed(OLD, NEW), site=commit), actual, expected)

    [found] = detect(scope, shop)

    assert (found.related, found.committed, found.shared) == (related, True, False)
    assert (str(found.place), found.read) == ("shop/orders.py:7", ("orders",))


@pytest.mark.parametrize(
    ("actual", "expected", "related"),
    [
        (listed(NEW), listed(), True),
        (listed(NEW, OLD), listed(OLD), True),
        (listed(OLD), listed(NEW), False),
        (listed(), listed(NEW), False),
    ],
)
def test_a_default_that_the_check_met(
    shop: Known, actual: Shape, expected: Shape, related: bool
) -> None:
    spoilt = changed("shared", listed(NEW), was={"notes": listed()})

    [found] = detect(scope_of(spoilt, actual, expected), shop)

    assert (found.related, found.shared) == (related, True)
    assert str(found.place) == "shop/orders.py:2"
