"""Peewee over its drivers: its statements are told once, and what goes around it is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import connections, trace

PROGRAM = """\
import os
from models import *
seed()
insert = "INSERT INTO tag (label) VALUES (%s)" % db.param
list(Author.select())  # here: orm
db.connection().cursor().execute("SELECT 1")  # here: raw connection
db.cursor().execute("SELECT 2")  # here: raw cursor
with db.atomic():  # here: block
    Author.create(name="orm")  # here: inside
    db.connection().cursor().execute(insert, ("raw",))  # here: raw inside
    db.execute_sql(insert, ("sql",))  # here: sql inside
db.connection().cursor().execute("UPDATE book SET title = title")  # here: raw durable
db.close()
if hasattr(db, "get_tables"):
    db.connect()
    db.get_tables()  # here: tables
    db.get_indexes("book")  # here: indexes
    db.get_foreign_keys("book")  # here: keys
db.close()
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def traced(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: str,
) -> Traced:
    folder = tmp_path_factory.mktemp("drivers")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, env={"TEST_URL": url})


def test_a_statement_of_the_orm_is_told_once(traced: Traced) -> None:
    assert traced.only("orm")["orm"] == "peewee"
    assert traced.only("inside")["orm"] == "peewee"
    assert len(traced.child.of("statement", source="app")) == 5


@pytest.mark.parametrize("mark", ["raw connection", "raw cursor", "raw durable"])
def test_what_goes_around_peewee_is_the_apps(traced: Traced, mark: str) -> None:
    statement = traced.only(mark)

    assert statement["source"] == "app"
    assert statement["connection"] == traced.only("orm")["connection"]


def test_a_raw_write_is_settled_with_peewees_transaction(traced: Traced) -> None:
    [end] = traced.at("block", "transaction")
    statements = {event["id"]: event for event in traced.child.of("statement")}

    settled = [statements[number] for number in end["writes"]]
    assert [each.get("source") for each in settled] == [None, "app", "app"]
    assert {each["transaction"] for each in settled} == {end["id"]}
    assert "durable" not in traced.only("raw inside")
    assert traced.only("raw durable")["durable"] is True


@pytest.mark.parametrize("mark", ["tables", "indexes", "keys"])
def test_introspection_is_peewees(traced: Traced, mark: str) -> None:
    statements = traced.at(mark)

    assert statements
    assert all(statement["orm"] == "peewee" for statement in statements)


def test_connections_are_told_once(traced: Traced) -> None:
    assert len(connections(traced, "open")) == len(connections(traced, "close")) == 2


LATE = """\
import sqlite3
from models import *
db.connect()
other = sqlite3.connect("app.db", isolation_level=None)
db.create_tables(MODELS)
other.execute("INSERT INTO tag (label) VALUES ('x')")  # here: other
Author.create(name="own")  # here: own
"""


def test_a_connection_of_the_apps_own_is_another_one(tmp_path: Path) -> None:
    traced = trace(tmp_path, LATE)

    assert traced.only("other")["connection"] != traced.only("own")["connection"]
    assert traced.only("other")["source"] == "app"
