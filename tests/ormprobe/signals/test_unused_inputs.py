"""What was asked for by name and restricted nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.unused_inputs import detect
from ormprobe.timeline.model import Shape, Site, Statement
from ormprobe_taxonomy.signals import InputUnused
from tests.ormprobe.signals.asking import answered, failing, got, several, shop, text

A, B, OPEN, SHUT = text("alpha"), text("bravo"), text("open"), text("shut")
EVERY = "SELECT id, note, status FROM orders ORDER BY id"


def sent(sql: str = EVERY, *binds: Shape) -> Statement:
    rows = [(1, A, OPEN), (2, B, SHUT)]
    return got(sql, *binds, rows=[*rows], columns="id note status")


def found_in(app: Path, *statements: Statement, **query: Shape) -> list[InputUnused]:
    scope = answered(several(A, B), several(A), *statements, query=query)
    return list(detect(scope, shop(app)))


def test_a_parameter_that_no_statement_got(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, sent(), status=OPEN)

    assert (found.name, found.part, found.table, found.column) == (
        "status", "query", "orders", "status",
    )  # fmt: skip
    assert (found.violated, found.fits, found.read) == (True, True, True)


def test_rows_that_the_value_does_not_part_as_expected(tmp_path: Path) -> None:
    same = got(EVERY, rows=[(1, A, OPEN), (2, B, OPEN)], columns="id note status")

    [found] = found_in(tmp_path, same, status=OPEN)

    assert (found.violated, found.fits) == (False, False)


@pytest.mark.parametrize(
    ("statement", "query"),
    [
        (sent("SELECT id, note, status FROM orders WHERE status = ?", OPEN), {"status": OPEN}),
        (sent("SELECT id, note, status FROM orders WHERE status <> ?", SHUT), {"status": OPEN}),
        (sent(), {"status": ""}),
        (sent(), {"colour": OPEN}),
        (sent("SELECT id, note, status FROM orders WHERE note = ?", OPEN), {"status": OPEN}),
    ],
    ids=["bound", "asked otherwise", "empty", "no namesake", "bound elsewhere"],
)
def test_what_is_used_or_asks_for_nothing(
    tmp_path: Path, statement: Statement, query: dict[str, Shape]
) -> None:
    assert found_in(tmp_path, statement, **query) == []


def test_a_value_that_was_looked_up_first(tmp_path: Path) -> None:
    look_up = got("SELECT id FROM buyers WHERE name = ?", OPEN, at=50, rows=[(7,)])

    assert found_in(tmp_path, look_up, sent(), buyer=OPEN) == []


def test_a_related_table_is_a_weaker_namesake(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, sent(), buyer=text("anna"))

    assert (found.column, found.violated) == ("buyer_id", False)


def test_writes_and_lists_that_lack_members_say_nothing(tmp_path: Path) -> None:
    scope = answered(several(A), several(A, B), sent(), query={"status": OPEN})
    assert not [*detect(scope, shop(tmp_path))]

    scope = answered(several(A, B), several(A), sent(), query={"status": OPEN})
    scope.children[0].method = "POST"
    assert not [*detect(scope, shop(tmp_path))]


def test_a_limit_that_is_not_in_the_statement(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, sent(), limit=1)

    assert (found.name, found.column, found.fits) == ("limit", None, True)
    assert found_in(tmp_path, sent(EVERY + " LIMIT ?", 1), limit=1) == []
    assert found_in(tmp_path, sent(), limit=2) == []


def test_an_argument_that_a_function_never_looks_at(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "tests").mkdir()
    asked = "def place_order(session, status=None):\n    rows = session.all()\n    return rows\n"
    (tmp_path / "shop/orders.py").write_text(asked)
    called = (
        "def test_order():\n    found = place_order(1, status='open')\n    assert found == []\n"
    )
    (tmp_path / "tests/test_orders.py").write_text(called)
    here = replace(sent(), site=Site("shop/orders.py", 2, "place_order"))
    scope = failing(several(A, B), several(A), here)
    scope.checks[0].site = Site("tests/test_orders.py", 3, "test_order")

    [found] = detect(scope, shop(tmp_path))

    assert (found.name, found.part, found.fits) == ("status", "argument", True)
    assert found.place is not None
    assert (found.place.file, found.place.line) == ("shop/orders.py", 2)
    (tmp_path / "shop/orders.py").write_text(asked.replace("all()", "all(status)"))
    assert not [*detect(scope, shop(tmp_path))]
