"""Peewee on PostgreSQL, by both drivers: codes of errors, rows, transactions, isolation."""

from __future__ import annotations

import pytest

from tests import postgres
from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import peewee_version, trace

PROGRAM = """\
from models import *
DRIVER
for model in MODELS:
    model.bind(db)
seed()

def tried(function):
    try:
        function()
    except Exception as error:
        return error

list(Book.select())  # here: select
author = Author.create(name="created")  # here: create
tried(lambda: Author.create(name="created"))  # here: unique
tried(lambda: Book.create(title="x", author=9999))  # here: reference
tried(lambda: Loan.create(book=1, member="c", days=-1))  # here: check
tried(lambda: db.execute_sql("SELECT * FROM nowhere"))  # here: table
tried(lambda: list(Author.select().where(Author.id == "x")))  # here: type
db.begin()
Author.create(name="in a failed one")
tried(lambda: Author.create(name="created"))  # here: fails inside
tried(lambda: Author.select().count())  # here: aborted
db.rollback()  # here: rollback
with db.atomic():  # here: block
    try:
        with db.atomic():
            Author.create(name="created")
    except IntegrityError:
        Author.create(name="after the savepoint")
with db.atomic() as transaction:
    Author.create(name="undone")
    transaction.rollback()  # here: undone
Author.update(biography=None).where(Author.name == "created").execute()  # here: update
db.execute_sql("SELECT 1, 2")  # here: raw
db.begin()
Author.create(name="never committed")
db.close()  # here: close
"""

PSYCOPG3_OF_4 = "db = PostgresqlDatabase(url, prefer_psycopg3=True)"
PSYCOPG3_OF_3 = """\
from playhouse.psycopg3_ext import Psycopg3Database
name = "test_" + url.partition("/test_")[2].partition("?")[0]
db = Psycopg3Database(name, conninfo=url)
"""


@pytest.fixture(scope="module", params=["psycopg2", "psycopg"])
def traced(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: str,
) -> Traced:
    newer = PSYCOPG3_OF_4 if peewee_version() >= (4, 0) else PSYCOPG3_OF_3
    program = PROGRAM.replace("DRIVER\n", "" if request.param == "psycopg2" else newer + "\n")
    with postgres.database(postgres_server) as url:
        found = trace(tmp_path_factory.mktemp("postgres"), program, env={"TEST_URL": url})
    opened = found.child.of("connection", action="open")[-1]
    assert (opened["driver"], opened["db.system.name"]) == (request.param, "postgresql")
    return found


@pytest.mark.parametrize(
    ("mark", "kind", "state"),
    [
        ("unique", "IntegrityError", "23505"),
        ("reference", "IntegrityError", "23503"),
        ("check", "IntegrityError", "23514"),
        ("table", "ProgrammingError", "42P01"),
        ("fails inside", "IntegrityError", "23505"),
        ("aborted", "InternalError", "25P02"),
    ],
)
def test_codes(traced: Traced, mark: str, kind: str, state: str) -> None:
    error = traced.error(mark, kind)

    assert error["module"] == "peewee"
    assert error["db.response.status_code"] == state
    assert error["chain"][0]["module"].startswith("psycopg")
    assert error["statement"]
    assert error["connection"]


def test_words_of_a_message(traced: Traced) -> None:
    message = traced.error("unique", "IntegrityError")["message"]

    assert 'violates unique constraint "author_name"' in message
    assert "created" not in message.partition("DETAIL")[2]


def test_the_transaction_that_failed(traced: Traced) -> None:
    first = traced.error("fails inside", "IntegrityError")
    second = traced.error("aborted", "InternalError")

    assert first["transaction"] == second["transaction"]
    [end] = traced.at("rollback", "transaction")
    assert end["id"] == first["transaction"]
    assert (end["end"], end["by"], len(end["writes"])) == ("rollback", "app", 1)


def test_keys_that_the_server_gave(traced: Traced) -> None:
    statement = traced.only("create")
    [rows] = traced.rows("create")

    assert statement["affected"] == 1
    assert rows["columns"] == ["id"]
    assert rows["values"] == [[4]]


def test_rows(traced: Traced) -> None:
    assert traced.entities("select") == [("Book", 6)]


def test_ends(traced: Traced) -> None:
    assert traced.ends("block") == [("commit", "exit", 1)]
    assert traced.ends("undone") == [("rollback", "app", 1)]
    assert traced.ends("close") == [("close", "close", 1)]


def test_writes_without_a_transaction(traced: Traced) -> None:
    assert traced.only("update")["durable"] is True
    assert traced.only("update")["transaction"] is None


def test_sql_of_the_app(traced: Traced) -> None:
    assert traced.only("raw")["source"] == "app"
