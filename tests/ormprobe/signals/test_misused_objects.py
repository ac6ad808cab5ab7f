"""Mapped objects and results that plain Python code used as something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.misused_objects import detect, misused
from ormprobe.timeline.model import Failure, Link, Site
from tests.ormprobe.signals.made import APP, TEST, failed_test, known_of, table


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    """Models map Order; the app has a class Row of its own, and no Select."""
    orders = table("orders", "id", "note")
    models = "class Row(Base):\n    id = Column(Integer)\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(models)
    known = known_of(tmp_path, orders)
    known.run.entities["Order"] = orders
    return known


def failed(message: str, kind: str = "TypeError", site: Site = APP) -> Failure:
    link = Link(kind, (kind, "Exception"), message, "builtins", frames=(site,))
    return Failure("1-1:9", 90, "call", (link,))


def cause(known: Known, failure: Failure) -> str | None:
    found = misused(known, failure)
    return found[1].cause if found is not None else None


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("TypeError", "Object of type Order is not JSON serializable"),
        ("TypeError", "Object of type RowMapping is not JSON serializable"),
        ("PydanticSerializationError",
         "Unable to serialize unknown type: <class 'shop.models.Order'>"),
        ("TypeError", "'Order' object is not subscriptable"),
        ("TypeError", "'Order' object is not iterable"),
        ("TypeError", "'Select' object is not iterable"),
        ("TypeError", "object of type 'ScalarResult' has no len()"),
        ("AttributeError", "'Select' object has no attribute 'all'"),
    ],
)  # fmt: skip
def test_an_object_of_the_data_layer(shop: Known, kind: str, message: str) -> None:
    assert cause(shop, failed(message, kind)) == "result-object-misuse"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("TypeError", "Object of type Decimal is not JSON serializable"),
        ("TypeError", "Object of type datetime is not JSON serializable"),
        ("TypeError", "Object of type Basket is not JSON serializable"),
        ("TypeError", "'Basket' object is not iterable"),
        ("TypeError", "Object of type Row is not JSON serializable"),  # the app's own
        ("TypeError", "'NoneType' object is not subscriptable"),
        ("AttributeError", "'int' object has no attribute 'id'"),
        ("AttributeError", "'Basket' object has no attribute 'note'"),
        ("ValueError", "Object of type Order is not JSON serializable"),
    ],
)
def test_an_object_of_somebody_else(shop: Known, kind: str, message: str) -> None:
    assert cause(shop, failed(message, kind)) is None


def test_an_attribute_that_the_mapping_lacks(shop: Known) -> None:
    of_instance = failed("'Order' object has no attribute 'nick'", "AttributeError")
    of_class = failed("type object 'Order' has no attribute 'nick'", "AttributeError")

    assert cause(shop, of_instance) == "mapping-misconfiguration"
    assert cause(shop, of_class) == "unresolved-reference"


def test_a_method_that_is_missing_is_no_attribute(shop: Known) -> None:
    (shop.source.app / "shop" / "orders.py").write_text("\n" * (APP.line - 1) + "order.nick()\n")

    found = failed("'Order' object has no attribute 'nick'", "AttributeError")

    assert cause(shop, found) is None


def test_what_test_code_does_wrong_is_its_own(shop: Known) -> None:
    assert cause(shop, failed("'Order' object is not iterable", site=TEST)) is None


def test_the_signal(shop: Known) -> None:
    scope = failed_test(failures=[failed("Object of type Order is not JSON serializable")])

    [found] = detect(scope, shop)

    assert (found.error, found.kind, found.mapped) == ("1-1:9", "Order", True)
