"""Connections away from their event loop, thread or private database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ormprobe.signals.homes import detect
from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect as raised
from ormprobe.timeline.model import Error, Link, Site
from ormprobe_taxonomy.signals import Raised
from ormprobe_taxonomy.signals.connections import OutOfPlace
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    PROCESS,
    connection,
    created,
    engine,
    error,
    failed_test,
    failure,
)

ENGINE = Site("shop/db.py", 4, "<module>")
BUSY = "cannot perform operation: another operation is in progress"


def broke(message: str, at: int = 50, **fields: Any) -> Error:
    inner = Link("InterfaceError", ("InterfaceError",), message, "asyncpg", relation="orig")
    told = {"connection": 50, "chain": (inner,), "loop": 2, **fields}
    return error("InterfaceError", at, message, **told)


def opened(known: Known, **fields: Any) -> None:
    known.run.connections[PROCESS, 50] = connection(50, engine_site=ENGINE, **fields)


def both(known: Known, *errors: Error) -> tuple[list[OutOfPlace], list[Raised]]:
    scope = failed_test(errors=list(errors), failures=[failure(*errors)])
    return list(detect(scope, known)), list(raised(scope, known))


@pytest.mark.parametrize(
    "message",
    ["got Future <Future pending> attached to a different loop", "Event loop is closed", BUSY],
)
def test_another_loop_whatever_the_driver_says(known: Known, message: str) -> None:
    opened(known, loop=1)

    [home], [found] = both(known, broke(message))

    assert (home.kind, home.proven) == ("loop", True)
    assert home.engine is not None
    assert (home.engine.file, home.engine.line) == ("shop/db.py", 4)
    assert found.reading is not None
    assert found.reading.cause == "connection-context-mismatch"


@pytest.mark.parametrize(("opened_in", "raised_in"), [(2, 2), (None, 2), (1, None), (1, 0)])
def test_the_same_loop_or_an_unknown_one_is_no_mismatch(
    known: Known, opened_in: int | None, raised_in: int | None
) -> None:
    opened(known, loop=opened_in)

    homes, [found] = both(known, broke(BUSY, loop=raised_in))

    assert homes == []
    assert found.reading is not None
    assert found.reading.cause == "concurrent-connection-use"


def test_what_the_connection_says_next_is_an_echo(known: Known) -> None:
    opened(known, loop=1)
    first, second = broke("attached to a different loop", 50), broke(BUSY, 60)

    _, found = both(known, first, second)

    assert [each.follows for each in found] == [None, "1-1/50"]


def test_a_loop_that_nobody_saw_is_not_proven(known: Known) -> None:
    [home], [found] = both(known, broke("Event loop is closed", connection=None))

    assert (home.kind, home.proven) == ("loop", False)
    assert found.reading is not None
    assert found.reading.cause == "connection-context-mismatch"


def test_another_thread(known: Known) -> None:
    message = "SQLite objects created in a thread can only be used in that same thread."

    [home], _ = both(known, broke(message, loop=0))

    assert (home.kind, home.proven) == ("thread", True)


def missing(**fields: Any) -> Error:
    return error("OperationalError", 50, "no such table: orders", connection=51, **fields)


def split(known: Known, **fields: Any) -> None:
    """Connection 50 created the table in its private database, connection 51 looks for it."""
    known.run.engines.clear()
    known.run.engines[PROCESS, 1] = engine(site=ENGINE)
    for number in (50, 51):
        known.run.connections[PROCESS, number] = connection(number, memory=True, engine_site=ENGINE)
    known.run.created_tables["orders"] = created("orders", 40)


def test_a_private_database_of_another_connection(known: Known) -> None:
    split(known)

    [home], [found] = both(known, missing())

    assert (home.kind, home.proven, home.table) == ("memory", True, "orders")
    assert home.engine is not None
    assert home.engine.file == "shop/db.py"
    assert found.reading is not None
    assert found.reading.cause == "connection-context-mismatch"


def test_not_proven_where_each_engine_of_that_line_has_a_database(known: Known) -> None:
    split(known)
    known.run.engines[PROCESS, 2] = engine(site=ENGINE)

    [home], _ = both(known, missing())

    assert not home.proven


def test_not_proven_where_another_engine_created_it(known: Known) -> None:
    split(known)
    known.run.connections[PROCESS, 50] = connection(50, memory=True, engine_site=CALLER)

    [home], _ = both(known, missing())

    assert not home.proven


@pytest.mark.parametrize("memory", [(False, True), (True, False)])
def test_a_database_that_is_shared_lacks_the_table(known: Known, memory: tuple[bool, bool]) -> None:
    split(known)
    for number, private in zip((50, 51), memory, strict=True):
        known.run.connections[PROCESS, number] = connection(number, memory=private)

    homes, [found] = both(known, missing())

    assert homes == []
    assert found.reading is not None
    assert found.reading.cause == "schema-not-created"


def test_a_table_that_nobody_created_is_missing_everywhere(known: Known) -> None:
    split(known)
    known.run.created_tables.clear()

    assert both(known, missing())[0] == []


def test_the_only_engine_stands_for_an_unknown_one(known: Known) -> None:
    known.run.engines[PROCESS, 1] = engine(site=APP)

    [home], _ = both(known, broke("Event loop is closed", connection=None))

    assert home.engine is not None
    assert home.engine.file == APP.path


def test_a_table_that_later_tests_made_again(known: Known) -> None:
    for number in (50, 51):
        known.run.connections[PROCESS, number] = connection(number, engine_site=ENGINE, memory=True)
    first = created("orders", 10)
    known.run.created_tables["orders"] = replace(created("orders", 700), earlier=first, count=2)

    [home], [found] = both(known, missing())

    assert home.kind == "memory"
    assert found.reading is not None
    assert found.reading.cause == "connection-context-mismatch"
