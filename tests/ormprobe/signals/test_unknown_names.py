"""Unknown names: what a statement named though none of its tables offers it."""

from __future__ import annotations

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.unknown_names import detect, name_in
from ormprobe.timeline.model import Error
from ormprobe_taxonomy.signals import NameUnknown
from tests.ormprobe.signals.made import error, failed_test


def one(known: Known, message: str, text: str) -> NameUnknown:
    broke = error("OperationalError", 50, message, statement=text)
    [found] = detect(failed_test(errors=[broke]), known)
    return found


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("no such column: depots.city", "depots.city"),
        ("ambiguous column name: id", "id"),
        ("table orders has no column named nick", "nick"),
        ('column "nick" does not exist', "nick"),
        ("column f.user_id does not exist", "f.user_id"),
        ('missing FROM-clause entry for table "fu"', "fu"),
        ("(1054, \"Unknown column 'f.x' in 'where clause'\")", "f.x"),
        ("no such table: orders", None),
    ],
)
def test_the_name_that_a_driver_gives(message: str, name: str | None) -> None:
    assert name_in(message) == name


def test_a_column_of_a_table_that_is_not_read(known: Known) -> None:
    found = one(
        known, "no such column: buyers.name", "SELECT o.id FROM orders o ORDER BY buyers.name"
    )

    assert (found.name, found.sources) == ("buyers.name", ("orders as o",))
    assert (found.declared, found.known) == (False, True)
    assert found.error == "1-1/50"


@pytest.mark.parametrize(
    ("message", "text", "declared"),
    [
        ("no such column: o.note", "SELECT o.note FROM orders o", True),
        ("no such column: o.nick", "SELECT o.nick FROM orders o", False),
        ("no such column: note", "SELECT note FROM orders", True),
        ("no such column: note", "SELECT note FROM buyers", False),
        ("no such column: orders.note", 'SELECT "orders".note FROM "orders"', True),
        ("table orders has no column named note", "INSERT INTO orders (note) VALUES (?)", True),
        ("ambiguous column name: id", "SELECT id FROM orders, buyers", False),
    ],
)
def test_whether_the_mapping_declares_it(
    known: Known, message: str, text: str, declared: bool
) -> None:
    assert one(known, message, text).declared is declared


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (
            "SELECT orders.id FROM orders LEFT OUTER JOIN buyers AS buyers_1 "
            "ON buyers_1.id = orders.buyer_id ORDER BY buyers.name",
            "orders, buyers as buyers_1",
        ),
        ('SELECT "Orders".id FROM "Orders" ORDER BY buyers.name', "orders"),
        ("SELECT 1 FROM orders a, orders b ORDER BY buyers.name", "orders as a, orders as b"),
        ("UPDATE orders SET note = buyers.name", "orders"),
    ],
)
def test_the_sentence_names_what_may_be_named(known: Known, text: str, sources: str) -> None:
    found = one(known, "no such column: buyers.name", text)

    assert found.says == f'"buyers.name" is named, but the statement reads from {sources} only'


def test_tables_that_no_mapping_knows_prove_nothing(known: Known) -> None:
    assert not one(known, "no such column: nick", "SELECT nick FROM strangers").known
    assert one(known, "no such column: nick", "SELECT nick FROM orders").known


def test_an_error_without_its_statement_or_of_another_kind(known: Known) -> None:
    bare: Error = error("OperationalError", 50, "no such column: nick")
    other = error("OperationalError", 50, "no such table: nick", statement="SELECT 1 FROM nick")

    assert list(detect(failed_test(errors=[bare, other]), known)) == []


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("1054: Unknown column 'p.colour' in 'field list'", "p.colour"),
        ("1052: Column 'id' in where clause is ambiguous", "id"),
    ],
)
def test_names_in_mysqls_words(message: str, name: str) -> None:
    assert name_in(message) == name
