"""Answers that are older than the write."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.stale_answers import detect
from ormprobe.timeline.model import Check, EntityRows, Load, Rows, Shape, Site, Statement
from ormprobe_taxonomy.signals import AnsweredStale
from tests.ormprobe.signals.made import TEST, check, failed_test, known_of, statement, table
from tests.ormprobe.signals.made import transaction as ended

OPEN = "s4:aaaaaaaaaaaaaaaa"
PAID = "s4:bbbbbbbbbbbbbbbb"
RED = "s3:cccccccccccccccc"
BLUE = "s4:dddddddddddddddd"
WRITER = Site("shop/orders.py", 30, "pay")


def listed(*members: Shape) -> Shape:
    return {"#": len(members), "of": list(members)}


@pytest.fixture
def known(tmp_path: Path) -> Known:
    tags = table("post_tags", "id", "tag", post_id="posts.id")
    return known_of(tmp_path, table("orders", "id", "state", "count"), tags, table("posts", "id"))


def got(
    at: int, state: Shape = OPEN, count: Shape = 5, key: int = 1, **fields: object
) -> Statement:
    entities = (EntityRows("Order", 1, (key,)),)
    values = ((key, state, count),)
    rows = Rows(f"1-1:{at}r", 1, entities, ("id", "state", "count"), values)
    text = "SELECT id, state, count FROM orders WHERE id = ?"
    return statement(text, at, key, rows=rows, **fields)


def put(at: int, value: Shape = PAID, text: str = "state = ?", key: int = 1) -> Statement:
    told = {"site": WRITER, "affected": 1, "durable": True}
    return statement(f"UPDATE orders SET {text} WHERE id = ?", at, value, key, **told)


def tags(at: int, *names: Shape, post: int = 1) -> Statement:
    rows = Rows(f"1-1:{at}r", len(names), (), ("id", "tag"), tuple((1, name) for name in names))
    text = "SELECT id, tag FROM post_tags WHERE post_id = ?"
    return statement(text, at, post, rows=rows, load=Load("lazy", "Post", "tags"))


def tagged(at: int, name: Shape, post: int = 1) -> Statement:
    text = "INSERT INTO post_tags (tag, post_id) VALUES (?, ?)"
    return statement(text, at, name, post, site=WRITER, affected=1, durable=True)


def found_in(
    known: Known, *statements: Statement, actual: Shape = OPEN, expected: Shape = PAID
) -> list[AnsweredStale]:
    failed: Check = check(left=actual, right=expected)
    failed.expected = "right"
    return list(detect(failed_test(statements=list(statements), checks=[failed]), known))


def test_the_value_from_before_the_write(known: Known) -> None:
    [found] = found_in(known, got(1), put(2))

    assert (found.table, found.column, found.values, found.reread) == (
        "orders", "state", True, False,
    )  # fmt: skip
    assert found.place is not None
    assert found.place.line == WRITER.line


def test_rows_that_were_read_again_and_hold_the_new_value(known: Known) -> None:
    [found] = found_in(known, got(1), put(2), got(3, PAID))

    assert found.reread


def test_a_column_that_counts_on(known: Known) -> None:
    statements = got(1), put(2, 3, "count = count + ?")

    [found] = found_in(known, *statements, actual=5, expected=8)

    assert (found.column, found.values) == ("count", True)


def test_the_list_from_before_a_row_was_added(known: Known) -> None:
    statements = tags(1, RED), tagged(2, BLUE)

    [found] = found_in(known, *statements, actual=listed(RED), expected=listed(RED, BLUE))

    assert (found.column, found.values) == (None, True)


def test_a_number_of_rows_alone_is_weak(known: Known) -> None:
    [found] = found_in(known, tags(1, RED), tagged(2, BLUE), actual=1, expected=2)

    assert not found.values


@pytest.mark.parametrize(
    ("statements", "operands"),
    [
        ((got(1), put(2), got(3, OPEN)), (OPEN, PAID)),
        ((got(1), put(2, RED)), (OPEN, PAID)),
        ((got(1), put(2)), (BLUE, PAID)),
        ((put(1), got(2)), (OPEN, PAID)),
        ((got(1, key=2), put(2)), (OPEN, PAID)),
        ((got(1, site=TEST), put(2)), (OPEN, PAID)),
        ((tags(1, RED, post=2), tagged(2, BLUE)), (listed(RED), listed(RED, BLUE))),
        ((tags(1, RED), tagged(2, BLUE), tags(3, RED)), (listed(RED), listed(RED, BLUE))),
        ((tags(1, RED), tagged(2, BLUE)), (listed(RED), listed(RED, BLUE, OPEN))),
        ((tags(1, RED), tagged(2, BLUE)), (listed(PAID), listed(PAID, BLUE))),
    ],
    ids=[
        "read again, still old",
        "another value was written",
        "another value was found",
        "read after",
        "another row",
        "the test read it",
        "another parent",
        "list read again",
        "too many expected",
        "other members",
    ],
)
def test_what_is_not_stale(
    known: Known, statements: tuple[Statement, ...], operands: tuple[Shape, Shape]
) -> None:
    assert found_in(known, *statements, actual=operands[0], expected=operands[1]) == []


def test_a_write_that_was_taken_back_left_the_old_value(known: Known) -> None:
    write = put(2)
    write.durable = False
    write.settled_by = ended("rollback", "close", 3)

    assert found_in(known, got(1), write) == []


def test_a_name_that_was_looked_for_before_it_was_taken_is_no_list(known: Known) -> None:
    rows = Rows("1-1:1r", 0, (), ("id", "tag"))
    text = "SELECT id, tag FROM post_tags WHERE tag = ?"
    asked = statement(text, 1, BLUE, rows=rows)

    statements = asked, tagged(2, BLUE)

    assert found_in(known, *statements, actual=listed(), expected=listed(BLUE)) == []
