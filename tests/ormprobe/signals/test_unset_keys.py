"""Rows inserted without the key of a row of the same work."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.unset_keys import detect
from ormprobe.timeline.model import Check, Rows, Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import KeyUnset
from tests.ormprobe.signals.made import (
    APP,
    TEST,
    check,
    failed_test,
    known_of,
    statement,
    table,
    transaction,
    wrote,
)

BOLT = "s4:aaaaaaaaaaaaaaaa"
NUT = "s3:bbbbbbbbbbbbbbbb"
ADA = "s3:cccccccccccccccc"


def listed(*members: Shape) -> Shape:
    return {"#": len(members), "of": list(members)}


@pytest.fixture
def known(tmp_path: Path) -> Known:
    lines = table("lines", "id", "article", order_id="orders.id", clerk_id="clerks.id")
    return known_of(tmp_path, lines, table("orders", "id", "buyer"), table("clerks", "id"))


def work(*keys: Shape, late: bool = False) -> list[Statement]:
    """An order and its lines, whose articles are a bolt and a nut, in one transaction."""
    ended = transaction("commit", "app", 100)
    at = 30 if late else 10
    parent = wrote(ended, "INSERT INTO orders (buyer) VALUES (?)", at, affected=1)
    parent.binds = (ADA,)
    children = []
    for number, (key, article) in enumerate(zip(keys, (BOLT, NUT), strict=False)):
        text = "INSERT INTO lines (article, order_id) VALUES (?, ?)"
        child = wrote(ended, text, 20 + number, affected=1)
        child.binds = (article, key)
        children.append(child)
    return [*children, parent] if late else [parent, *children]


def looked(
    *articles: Shape, text: str = "SELECT article FROM lines WHERE order_id = ?"
) -> Statement:
    rows = Rows(
        "1-1:50r", len(articles), columns=("article",), values=tuple((a,) for a in articles)
    )
    return statement(text, 500, 1, rows=rows, callers=(TEST,))


def found_in(known: Known, statements: list[Statement], failed: Check) -> list[KeyUnset]:
    return list(detect(failed_test(statements=statements, checks=[failed]), known))


def failed(actual: Shape, expected: Shape) -> Check:
    found = check(left=actual, right=expected)
    found.expected = "right"
    return found


@pytest.mark.parametrize("late", [False, True], ids=["parent-first", "parent-last"])
def test_a_missing_row_was_written_without_its_key(known: Known, late: bool) -> None:
    statements = [*work(None, 1, late=late), looked(NUT)]

    [found] = found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT)))

    assert (found.table, found.column, found.parent) == ("lines", "order_id", "orders")
    assert (found.joined, found.proven) == (True, True)
    assert found.place is not None
    assert (found.place.file, found.place.line) == (APP.path, APP.line)


def test_as_many_as_lack_are_counted_and_not_proven(known: Known) -> None:
    statements = [*work(None, None), looked()]

    [found] = found_in(known, statements, failed(0, 2))

    assert (found.joined, found.proven, found.counted) == (True, False, True)


def test_a_number_that_is_no_such_rows_proves_nothing(known: Known) -> None:
    [found] = found_in(known, [*work(None, None), looked()], failed(0, 7))

    assert (found.proven, found.counted) == (False, False)


def test_a_read_by_something_else_is_not_joined(known: Known) -> None:
    read = looked(NUT, text="SELECT article FROM lines WHERE article <> ?")

    [found] = found_in(known, [*work(None, 1), read], failed(listed(NUT), listed(BOLT, NUT)))

    assert (found.joined, found.proven) == (False, True)


def test_a_key_that_was_there_is_no_sign(known: Known) -> None:
    statements = [*work(1, 1), looked(NUT)]

    assert found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT))) == []


def test_without_a_parent_the_reference_is_optional(known: Known) -> None:
    statements = [*work(None, 1)[1:], looked(NUT)]

    assert found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT))) == []


def test_rows_of_another_function_belong_to_other_work(known: Known) -> None:
    parent, *children = work(None, 1)
    parent.transaction = 99
    parent.site = Site("shop/clerks.py", 3, "hire")
    statements = [parent, *children, looked(NUT)]

    assert found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT))) == []


def test_a_reference_that_is_filled_in_later(known: Known) -> None:
    later = statement("UPDATE lines SET order_id = ? WHERE id = ?", 200, 1, 4, affected=1)
    statements = [*work(None, 1), later, looked(NUT)]

    assert found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT))) == []


def test_rows_that_the_test_wrote_are_its_own(known: Known) -> None:
    statements = [*work(None, 1), looked(NUT)]
    for each in statements[:3]:
        each.site = TEST

    assert found_in(known, statements, failed(listed(NUT), listed(BOLT, NUT))) == []


def test_without_a_failing_check_nothing_is_said(known: Known) -> None:
    scope: Scope = failed_test(statements=[*work(None, 1), looked(NUT)])

    assert list(detect(scope, known)) == []
