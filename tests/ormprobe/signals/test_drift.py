"""Tables that differ from their declaration."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.drift import detect, drift
from ormprobe.signals.errors import reading_of
from ormprobe.signals.known import Known
from ormprobe.signals.rereading import reread
from ormprobe.timeline.model import Error, Link
from ormprobe.timeline.run import Column, CreatedTable, Table
from ormprobe_taxonomy.signals.refusals import SchemaDrift
from tests.ormprobe.signals.made import APP, PROCESS, TEST, error, failed_test, known_of

MISSING = "no such column: orders.note"
SELECT = "SELECT orders.note FROM orders"
INSERT = "INSERT INTO orders (note) VALUES (?)"


def made(known: Known, text: str) -> None:
    found = CreatedTable("1-1:3", PROCESS, "orders", 5, 50, text, APP)
    known.run.created_tables["orders"] = found


def of(known: Known, broke: Error) -> SchemaDrift | None:
    return drift(known, broke, reading_of(broke))


def missing(message: str = MISSING, text: str = SELECT) -> Error:
    if "relation" not in message:
        return error("OperationalError", 50, message, statement=text)
    inner = Link("UndefinedColumn", (), message, "psycopg.errors", status_code="42703")
    return error("ProgrammingError", 50, message, chain=(inner,), statement=text)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (MISSING, SELECT),
        ("no such column: o.note", "SELECT o.note FROM orders AS o"),
        ("table orders has no column named note", INSERT),
        ('column "note" of relation "orders" does not exist', INSERT),
    ],
)
def test_a_declared_column_that_the_table_lacks(known: Known, message: str, text: str) -> None:
    broke = missing(message, text)
    found = of(known, broke)
    reading = reread(known, broke, reading_of(broke))

    assert found is not None
    assert (found.table, found.column, found.kind, found.seen) == (
        "orders",
        "note",
        "missing",
        False,
    )
    assert reading is not None
    assert (reading.cause, reading.variant) == ("schema-model-drift", "missing-column")


def test_a_column_that_no_model_declares_is_no_drift(known: Known) -> None:
    broke = missing("no such column: orders.nick", "SELECT orders.nick FROM orders")
    reading = reread(known, broke, reading_of(broke))

    assert of(known, broke) is None
    assert reading is not None
    assert reading.cause == "unresolved-reference"


def test_the_table_was_seen_made_without_the_column(known: Known) -> None:
    made(known, "CREATE TABLE orders (id INTEGER)")

    found = of(known, missing())

    assert found is not None
    assert found.seen
    assert found.created is not None
    assert (found.created.file, found.created.line) == (APP.path, APP.line)


def test_where_a_test_made_the_table_nothing_of_the_app_is_wrong(known: Known) -> None:
    text = "CREATE TABLE orders (id INTEGER)"
    known.run.created_tables["orders"] = CreatedTable("1-1:3", PROCESS, "orders", 5, 50, text, TEST)

    found = of(known, missing())

    assert found is not None
    assert found.created is None


def test_a_table_that_was_made_with_the_column_has_not_drifted(known: Known) -> None:
    made(known, "CREATE TABLE orders (id INTEGER, note TEXT)")

    assert of(known, missing()) is None


def test_if_not_exists_shows_nothing(known: Known) -> None:
    made(known, "CREATE TABLE IF NOT EXISTS orders (id INTEGER, note TEXT)")

    found = of(known, missing())

    assert found is not None
    assert not found.seen


@pytest.mark.parametrize(
    ("message", "text", "nested"),
    [
        ("no such column: note", "SELECT note FROM (SELECT id FROM orders) o", True),
        ("no such column: note", "SELECT note FROM orders", False),
        (MISSING, "SELECT orders.note FROM orders WHERE id IN (SELECT 1)", False),
    ],
)
def test_a_bare_name_in_a_nested_statement(
    known: Known, message: str, text: str, nested: bool
) -> None:
    found = of(known, missing(message, text))

    assert found is not None
    assert found.nested is nested


def required(message: str, text: str) -> Error:
    inner = Link("IntegrityError", ("IntegrityError",), message, "sqlite3",
                 status_code="SQLITE_CONSTRAINT_NOTNULL")  # fmt: skip
    return error("IntegrityError", 50, message, chain=(inner,), statement=text)


@pytest.mark.parametrize(
    ("message", "text", "drifted"),
    [
        ("NOT NULL constraint failed: orders.tax", INSERT, True),
        ('null value in column "tax" of relation "orders" violates', INSERT, True),
        ("NOT NULL constraint failed: orders.note", INSERT, False),  # the model has it
        ("NOT NULL constraint failed: orders.tax", "INSERT INTO orders (tax) VALUES (?)", False),
        ("NOT NULL constraint failed: orders.tax", "UPDATE orders SET note = ?", False),
        ("NOT NULL constraint failed: strangers.tax", INSERT, False),
    ],
)
def test_a_required_column_that_no_model_declares(
    known: Known, message: str, text: str, drifted: bool
) -> None:
    found = of(known, required(message, text))

    assert (found is not None) is drifted
    assert found is None or found.kind == "extra"


@pytest.mark.parametrize(
    ("declared", "has", "given", "drifted"),
    [
        ("String", "integer", "character varying", True),
        ("Integer", "character varying", "integer", True),
        ("Integer", "integer", "character varying", False),  # the value is wrong
        ("JSON", "jsonb", "character varying", False),
    ],
)
def test_a_column_of_another_type(
    tmp_path: Path, declared: str, has: str, given: str, drifted: bool
) -> None:
    table = Table("1-1:2", "orders", "Order", (Column("note", declared),))
    known = known_of(tmp_path, table, system="postgresql")
    message = f'column "note" is of type {has} but expression is of type {given}'
    inner = Link("E", ("E",), message, "psycopg.errors", status_code="42804")
    broke = error("ProgrammingError", 50, message, chain=(inner,), statement=INSERT)

    found = of(known, broke)

    assert (found is not None) is drifted


def test_the_lines(tmp_path: Path) -> None:
    models = 'class Order(Base):\n    __tablename__ = "orders"\n    note = Column(Text)\n'
    (tmp_path / "models.py").write_text(models)
    (tmp_path / "schema.py").write_text('DDL = """\nCREATE TABLE orders (id INTEGER)\n"""\n')
    known = known_of(tmp_path, Table("1-1:2", "orders", "Order", (Column("note"),)))

    [found] = detect(failed_test(errors=[missing()]), known)

    assert str(found.created) == "schema.py:2"
    assert str(found.declared) == "models.py:3"
