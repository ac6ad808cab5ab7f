"""Statements that go around the declared ORM, and those that only look so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.expected import Expected
from ormprobe.signals import bypasses
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Statement
from ormprobe.timeline.run import Library, Process
from ormprobe_taxonomy.signals import OrmBypassed
from tests.ormprobe.signals.made import (
    APP,
    PROCESS,
    TEST,
    failed_test,
    known_of,
    request,
    statement,
    table,
)

RAW = "UPDATE orders SET paid = 1 WHERE id = ?"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    found = known_of(tmp_path, table("orders", "id"))
    found.run.libraries["sqlalchemy"] = Library(PROCESS, "sqlalchemy", "2", "orm")
    return replace(found, expected=Expected(orm="sqlalchemy"))


def of(known: Known, *statements: Statement) -> list[OrmBypassed]:
    return list(bypasses.detect(failed_test(request(statements=list(statements))), known))


def test_a_raw_write_of_the_app_is_told_with_its_line(known: Known) -> None:
    sent = [statement(RAW, at, 7, source="app") for at in (10, 20)]

    [found] = of(known, statement("SELECT id FROM orders", 5), *sent)

    assert (found.by, found.declared, found.count, found.tables) == (
        None,
        "sqlalchemy",
        2,
        ("orders",),
    )
    assert found.place is not None
    assert (found.place.file, found.place.line) == (APP.path, APP.line)
    assert found.says == "UPDATE on orders was sent to the driver 2 times, not through sqlalchemy"


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE orders (id INTEGER)",
        "PRAGMA foreign_keys = ON",
        "SELECT 1",
        "SET search_path TO shop",
        "SELECT version_num FROM alembic_version",
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT table_name FROM information_schema.tables",
        "SELECT typname FROM pg_catalog.pg_type",
        "SELECT session_data FROM django_session",
    ],
)
def test_what_is_no_work_on_the_apps_data_is_none(known: Known, text: str) -> None:
    assert of(known, statement(text, 10, source="app")) == []


def test_a_tests_own_line_and_the_set_up_are_none(known: Known) -> None:
    assert of(known, statement(RAW, 10, 7, source="app", site=TEST)) == []
    known.run.processes[PROCESS] = Process(PROCESS, role="setup")
    assert of(known, statement(RAW, 10, 7, source="app")) == []


def test_a_librarys_own_store_is_none_but_the_apps_table_is(known: Known) -> None:
    own = statement("INSERT INTO cache_entries VALUES (?)", 10, 7, source="library", library="kept")
    mapped = statement("SELECT * FROM orders", 20, source="library", library="pandas")

    [found] = of(known, own, mapped)

    assert (found.by, found.operation) == (None, "SELECT")


def test_another_orm_is_named(known: Known) -> None:
    sent = statement('SELECT "t1"."id" FROM "tag" AS "t1"', 10, source="library", library="peewee")

    [found] = of(known, sent)

    assert (found.by, found.tables) == ("peewee", ("tag",))
    assert "by peewee" in found.says


def test_the_declared_orm_seen_at_the_driver_is_no_bypass(known: Known) -> None:
    sent = statement("SELECT id FROM orders", 10, source="library", library="django")

    assert of(replace(known, expected=Expected(orm="django")), sent) == []


def test_what_went_through_an_orm_that_was_not_declared_is_one(known: Known) -> None:
    [found] = of(replace(known, expected=Expected(orm="peewee")), statement(RAW, 10, 7))

    assert found.by == "sqlalchemy"


def test_without_a_declaration_there_is_nothing_to_violate(known: Known) -> None:
    assert of(replace(known, expected=Expected()), statement(RAW, 10, 7, source="app")) == []
