"""Python's operators and dropped queries on the way to what a check is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.composition import composed_at, composed_for
from ormprobe.signals.known import Known
from ormprobe.signals.misplaced_operators import detect
from ormprobe.timeline.model import Site, Statement
from ormprobe_taxonomy.signals import OperatorMisplaced, QueryDiscarded
from tests.ormprobe.signals.asking import failing, got, several, shop, text
from tests.ormprobe.signals.made import failed_test

A, B = text("alpha"), text("bravo")
CODE = """\
from sqlalchemy import select

def place_order(session, note, status=None):
    query = chosen(note)
    if status:
        query{assign}.where(Order.status == status)
    return session.scalars(query).all()

def chosen(note):
    return select(Order).where(Order.note == note {word} Order.id > 1)

def apart(note):
    return select(Order).where(Order.note == note and Order.id > 1)
"""


def app(folder: Path, word: str = ",", assign: str = " = query") -> Known:
    (folder / "shop").mkdir()
    (folder / "shop/orders.py").write_text(CODE.format(word=word, assign=assign))
    return shop(folder)


def sent() -> Statement:
    statement = got("SELECT id, note FROM orders", rows=[(1, A), (2, B)], columns="id note")
    statement.site = Site("shop/orders.py", 7, "place_order")
    return statement


def found_in(known: Known) -> list[OperatorMisplaced | QueryDiscarded]:
    return list(detect(failing(several(A, B), several(A), sent()), known))


def test_an_operator_in_the_function_that_composed_the_query(tmp_path: Path) -> None:
    [found] = found_in(app(tmp_path, "and"))

    assert isinstance(found, OperatorMisplaced)
    assert (found.place.file, found.place.line, found.place.function) == (
        "shop/orders.py", 10, "chosen",
    )  # fmt: skip
    assert (found.word, found.ran, found.difference, found.reads) == (
        "and", True, "extra", ("orders",),
    )  # fmt: skip


def test_a_query_that_nothing_took(tmp_path: Path) -> None:
    [found] = found_in(app(tmp_path, assign=""))

    assert isinstance(found, QueryDiscarded)
    assert (found.place.line, found.method, found.failing, found.ran) == (6, "where", True, True)


def test_functions_that_nothing_reached_are_not_looked_at(tmp_path: Path) -> None:
    assert found_in(app(tmp_path)) == []


def test_a_dropped_query_is_told_of_where_nothing_failed(tmp_path: Path) -> None:
    known = app(tmp_path, assign="")

    [found] = detect(failed_test(statements=[sent()], outcome="passed"), known)

    assert isinstance(found, QueryDiscarded)
    assert (found.failing, found.difference) == (False, None)


@pytest.mark.parametrize(
    ("name", "line"),
    [("note", 7), ("status", 10), ("nothing", 10)],
    ids=["restricts where it was composed", "restricts everywhere", "unknown"],
)
def test_where_a_query_was_composed(tmp_path: Path, name: str, line: int) -> None:
    known = app(tmp_path)

    composed = composed_at(known, sent(), None)
    asked_for = composed_for(known, sent(), None, name)

    assert composed is not None
    assert asked_for is not None
    assert (composed.function, composed.line) == ("chosen", 10)
    assert asked_for.line == line
