"""Rows that a query was asked to give as dicts or tuples, and queries handed on as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.shapes import shaped_at
from ormprobe.timeline.model import Site

SHOP = """
def rows(kind):
    query = Order.select().where(Order.kind == kind)
    return list(query.dicts())

def page(kind):
    return [show(row) for row in rows(kind)]

def show(row):
    return row.id

def loop():
    for row in Order.select().dicts():
        print(row.id)

def pairs():
    return [row.id for row in Order.select().tuples()]

def objects():
    return [row.id for row in Order.select()]

def given(options):
    return options.id

def named(name):
    return Order.select().where(Order.name == name)

def label(name):
    order = named(name)
    return order.name
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "shop.py").write_text(SHOP)
    return Source(tmp_path)


def at(text: str) -> int:
    return next(n for n, line in enumerate(SHOP.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("lines", "kind", "attribute", "made"),
    [
        (("return row.id", "show(row) for row"), "dict", "id", "list(query.dicts())"),
        (("print(row.id)",), "dict", "id", "for row in Order.select().dicts()"),
        (("in Order.select().tuples()",), "tuple", "id", "in Order.select().tuples()"),
        (("return order.name",), "ModelSelect", "name", "return Order.select().where(Order.name"),
    ],
)
def test_the_call_that_chose_the_shape(
    source: Source, lines: tuple[str, ...], kind: str, attribute: str, made: str
) -> None:
    frames = [Site("shop.py", at(line), "f") for line in lines]

    assert shaped_at(source, frames, kind, attribute) == ("shop.py", at(made))


@pytest.mark.parametrize(
    ("line", "kind", "attribute"),
    [
        ("in Order.select()]", "dict", "id"),
        ("return options.id", "dict", "id"),
        ("print(row.id)", "tuple", "id"),
        ("print(row.id)", "dict", "name"),
        ("return row.id", "dict", "id"),  # whoever called is not known
    ],
)
def test_another_object_is_no_row(source: Source, line: str, kind: str, attribute: str) -> None:
    assert shaped_at(source, [Site("shop.py", at(line), "f")], kind, attribute) is None
