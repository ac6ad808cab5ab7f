"""Keywords that a model took without a word and does not have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect
from ormprobe.timeline.model import Error, Site
from ormprobe.timeline.run import Relation
from tests.ormprobe.signals.made import error, failed_test, failure, known_of, table

MODELS = """
from peewee import CharField, ForeignKeyField, Model, TextField

class Base(Model):
    note = TextField(null=True)

class Order(Base):
    code = CharField(column_name="order_code")
    buyer = ForeignKeyField(Buyer, backref="orders")

class Bill(Base):
    order = ForeignKeyField(Order, backref="code")

def place(code):
    return Order.create({keywords})
"""
TEXT = "NOT NULL constraint failed: orders.order_code"


def shop(tmp_path: Path, keywords: str, **fields: Any) -> tuple[Known, Error]:
    text = MODELS.format(keywords=keywords)
    (tmp_path / "shop.py").write_text(text)
    orders = table("orders", "id", "order_code", "note", buyer_id="buyers.id")
    known = known_of(tmp_path, orders)
    known.run.entities["Order"] = orders
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "Order.create" in each)
    site = Site("shop.py", line, "place")
    told = {"site": site, "frames": (site,), "entity": "Order", "operation": "INSERT", **fields}
    return known, error("IntegrityError", 50, TEXT, statement="INSERT INTO orders", **told)


def cause(known: Known, refused: Error) -> str | None:
    scope = failed_test(errors=[refused], failures=[failure(refused)])
    [found] = detect(scope, known)
    return found.reading.cause if found.reading is not None else None


@pytest.mark.parametrize("keywords", ["cod=code, buyer=1", "order_kode=code", "code_=code"])
def test_a_keyword_that_no_column_or_attribute_has(tmp_path: Path, keywords: str) -> None:
    assert cause(*shop(tmp_path, keywords)) == "mapping-misconfiguration"


@pytest.mark.parametrize(
    "keywords",
    [
        "code=None, buyer=1",
        "order_code=None",
        "note=code",
        "buyer_id=1",
        "**code",
        "force_insert=1",
    ],
)
def test_what_the_model_has_leaves_a_missing_value(tmp_path: Path, keywords: str) -> None:
    assert cause(*shop(tmp_path, keywords)) == "integrity-violation"


def test_another_models_row_is_not_judged(tmp_path: Path) -> None:
    assert cause(*shop(tmp_path, "cod=code", entity="Buyer")) == "integrity-violation"
    assert cause(*shop(tmp_path, "cod=code", entity=None)) == "integrity-violation"


@pytest.mark.parametrize(
    ("direction", "wanted"),
    [("ONETOMANY", "mapping-misconfiguration"), ("MANYTOONE", "integrity-violation")],
)
def test_a_column_whose_place_a_relation_has_taken(
    tmp_path: Path, direction: str, wanted: str
) -> None:
    known, refused = shop(tmp_path, "order_code=code")
    orders = known.run.entities["Order"]
    taken = Relation("order_code", "Bill", direction, True, None)
    known.run.entities["Order"] = replace(orders, relations=(taken,))

    assert cause(known, refused) == wanted
