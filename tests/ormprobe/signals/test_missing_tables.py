"""Missing tables: declared or not, created or not, and where they would have been."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.missing_tables import detect, table_named
from ormprobe.source import Source
from ormprobe.timeline.model import Error
from ormprobe_taxonomy.signals import TableMissing
from tests.ormprobe.signals.made import (
    CALLER,
    PROCESS,
    connection,
    created,
    error,
    failed_test,
)


def missing(message: str = "no such table: orders", **fields: object) -> Error:
    return error("OperationalError", 50, message, **fields)


def one(known: Known, broke: Error) -> TableMissing:
    [found] = detect(failed_test(errors=[broke]), known)
    return found


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("no such table: orders", "orders"),
        ("no such table: main.orders", "orders"),
        ('relation "orders" does not exist', "orders"),
        ('relation "shop.orders" does not exist', "orders"),
        ("(1146, \"Table 'shop.orders' doesn't exist\")", "orders"),
        ("no such column: orders", None),
    ],
)
def test_the_table_that_a_driver_names(message: str, name: str | None) -> None:
    assert table_named(message) == name


def test_a_mapped_table_that_nobody_created(known: Known) -> None:
    found = one(known, missing(engine_site=CALLER))

    assert (found.table, found.declared, found.created, found.split) == (
        "orders", True, False, False
    )  # fmt: skip
    assert found.creation is None
    assert found.engine is not None
    assert found.engine.line == CALLER.line
    assert (found.error, found.events) == ("1-1/50", ("1-1:50",))


def test_a_table_in_no_mapping(known: Known) -> None:
    assert not one(known, missing("no such table: strangers")).declared


@pytest.mark.parametrize(("at", "before"), [(40, True), (60, False)])
def test_a_table_that_was_created_before_or_after(known: Known, at: int, before: bool) -> None:
    known.run.created_tables["orders"] = created("orders", at)

    assert one(known, missing()).created is before


@pytest.mark.parametrize(
    ("memory", "connections", "split"),
    [(True, 2, True), (True, 1, False), (False, 2, False)],
)
def test_a_database_that_each_connection_has_to_itself(
    known: Known, memory: bool, connections: int, split: bool
) -> None:
    for number in range(50, 50 + connections):
        known.run.connections[PROCESS, number] = connection(number, memory=memory)

    assert one(known, missing(connection=50)).split is split


def test_connections_of_other_processes_do_not_split(known: Known) -> None:
    known.run.connections[PROCESS, 50] = connection(50, memory=True)
    known.run.connections["2-1", 51] = connection(51, memory=True)

    assert not one(known, missing(connection=50)).split


def test_the_apps_line_that_would_create_it(tmp_path: Path, known: Known) -> None:
    (tmp_path / "db.py").write_text("def start():\n    Base.metadata.create_all(engine)\n")

    found = one(replace(known, source=Source(tmp_path)), missing())

    assert found.creation is not None
    assert (found.creation.file, found.creation.line) == ("db.py", 2)
    assert found.creation.function == "start"


@pytest.mark.parametrize(
    ("message", "status"),
    [('missing FROM-clause entry for table "fu"', "42P01"), ("no such column: a", None)],
)
def test_other_errors_miss_no_table(known: Known, message: str, status: str | None) -> None:
    broke = missing(message, status_code=status)

    assert list(detect(failed_test(errors=[broke]), known)) == []
