"""What was declared beside what was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.constraints import Tally
from ormprobe.expected import Expected
from ormprobe.signals.known import Known
from ormprobe.timeline.run import Library
from tests.ormprobe.signals.made import (
    PROCESS,
    TEST,
    connection,
    failed_test,
    known_of,
    request,
    statement,
    table,
)

READ = "SELECT id FROM orders"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    found = known_of(tmp_path, table("orders", "id"))
    found.run.libraries["sqlalchemy"] = Library(PROCESS, "sqlalchemy", "2", "orm")
    found.run.connections[PROCESS, 50] = connection(50, system="sqlite")
    return found


def tally(known: Known, expected: Expected) -> Tally:
    found = Tally(expected)
    sent = [statement(READ, at) for at in (1, 2, 3)]
    raw = statement(READ, 4, source="app", connection=50)
    probe = statement("SELECT 1", 5, source="app")
    scope = failed_test(request(statements=[*sent, raw, probe]))
    found.take(scope, replace(known, expected=expected))
    return found


def test_the_share_counts_work_on_data_alone(known: Known) -> None:
    found = tally(known, Expected(orm="sqlalchemy")).constraints("sqlalchemy", "sqlite")

    assert (found.orm.declared, found.orm.observed) == ("sqlalchemy", "sqlalchemy")
    assert found.orm.share_through_orm == 0.75


def test_nothing_seen_is_no_share(known: Known) -> None:
    found = Tally(Expected(orm="sqlalchemy")).constraints(None, None)

    assert found.orm.share_through_orm is None
    assert (found.orm.observed, found.database.observed) == (None, None)


@pytest.mark.parametrize(
    ("declared", "system", "wrong"),
    [
        ("sqlite", "sqlite", False),
        ("postgresql", "sqlite", True),
        ("mariadb", "mysql", False),
        ("mysql", "postgresql", True),
        (None, "sqlite", False),
    ],
)
def test_another_database_than_the_declared_one(
    known: Known, declared: str | None, system: str, wrong: bool
) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system=system)

    found = tally(known, Expected(database=declared))

    assert found.is_violated() is wrong
    assert found.constraints(None, None).database.observed == system


def test_a_database_that_the_tests_made_is_no_violation(known: Known) -> None:
    known.run.connections[PROCESS, 50] = connection(50, system="sqlite", engine_site=TEST)

    assert not tally(known, Expected(database="postgresql")).is_violated()


def test_options_come_before_the_configuration() -> None:
    options = Expected(orm="peewee")

    found = options.over(Expected(orm="django", database="sqlite"))

    assert found == Expected(orm="peewee", database="sqlite")
