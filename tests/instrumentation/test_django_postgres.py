"""Django on PostgreSQL, by psycopg 3 and psycopg2: rows, errors, connections, the driver itself."""

from __future__ import annotations

import functools
import subprocess

import pytest

from tests import postgres
from tests.instrumentation.djangos import PYTHON, Traced, settings_of, trace

PROGRAM = """\
from start import *
seed()

author = Author.objects.get(id=1)  # here: get
list(author.books.all())  # here: reverse
Author.objects.create(id=101, name="new")  # here: insert
Author.objects.filter(id__gt=1).update(biography="x")  # here: update
for book in Book.objects.order_by("id").iterator(chunk_size=2):  # here: iterator
    pass
try:
    Author.objects.create(id=102, name="author 1")  # here: unique
except IntegrityError:
    pass
try:
    with transaction.atomic():
        Author.objects.create(id=103, name="author 1")  # here: unique inside
except IntegrityError:
    pass
try:
    Profile.objects.create(id=104, author_id=999)  # here: foreign key
    connection.check_constraints()
except IntegrityError:
    pass
with transaction.atomic():  # here: block
    Author.objects.create(id=105, name="committed")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE library_author SET biography = %s", ["raw"])  # here: app
    with connection.connection.cursor() as cursor:
        cursor.execute("UPDATE library_author SET biography = %s", ["driver"])  # here: driver
connection.ensure_connection()
with connection.connection.cursor() as cursor:
    cursor.execute("SELECT 1")  # here: driver read
    cursor.fetchall()
with connection.cursor() as cursor:
    cursor.execute("SELECT id FROM library_author WHERE id < %s", [3])  # here: app read
    cursor.fetchall()
with connection.cursor() as cursor:
    cursor.execute("BEGIN")
    cursor.execute("DELETE FROM library_profile")  # here: own
    cursor.execute("ROLLBACK")  # here: own rollback
transaction.set_autocommit(False)
Author.objects.update(biography="lost")
connection.close()  # here: close
Author.objects.count()  # here: anew
try:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")  # here: terminated
except Error:
    pass
try:
    Author.objects.count()  # here: lost
except Error:
    pass
connection.close()
settings.DATABASES["default"]
wrong = connections["default"].copy()
wrong.settings_dict["NAME"] = "nowhere"
try:
    wrong.ensure_connection()  # here: refused
except OperationalError:
    pass
"""


@functools.cache
def has(driver: str) -> bool:
    words = [PYTHON, "-c", f"import {driver}"]
    return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.fixture(params=["psycopg", "psycopg2"], scope="module")
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    if not has(request.param):
        pytest.skip(f"no {request.param} there")
    hidden = "import sys\nsys.modules['psycopg'] = None\n" if request.param == "psycopg2" else ""
    folder = tmp_path_factory.mktemp(request.param)
    with postgres.database(postgres_server) as url:
        return trace(folder, hidden + PROGRAM, database=settings_of(url))


def test_statements(traced: Traced) -> None:
    assert traced.loads("reverse") == [("lazy", "Author", "books")]
    assert traced.only("insert")["affected"] == 1
    assert traced.only("update")["affected"] == 3
    assert [rows["count"] for rows in traced.rows("iterator")] == [7]
    assert [rows["count"] for rows in traced.rows("get")] == [1]
    assert [rows["count"] for rows in traced.rows("app read")] == [2]
    opened = traced.child.of("connection", action="open")
    assert {connection["db.system.name"] for connection in opened} == {"postgresql"}


def test_errors(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")
    assert error["db.response.status_code"] == "23505"
    assert error["chain"][0]["type"] == "UniqueViolation"
    assert "library_author_name_key" in error["message"]
    assert "author 1" not in error["message"]
    assert "transaction" not in error
    assert "transaction" in traced.error("unique inside", "IntegrityError")
    lost = traced.error("terminated", "OperationalError")
    assert lost["statement"]
    refused = traced.error("refused", "OperationalError")
    assert refused["chain"][0]["mro"][-1] == "Exception"


def test_the_driver_shares_connection_and_transaction(traced: Traced) -> None:
    [block] = traced.at("block", "transaction")
    app, driver = traced.only("app"), traced.only("driver")

    assert (block["end"], len(block["writes"])) == ("commit", 3)
    assert {app["id"], driver["id"]} <= set(block["writes"])
    assert (app["source"], driver["source"]) == ("app", "app")
    assert driver["transaction"] == app["transaction"] == block["id"]
    assert driver["connection"] == app["connection"]
    assert traced.only("driver read")["connection"] == app["connection"]


def test_ends(traced: Traced) -> None:
    assert traced.ends("own rollback") == [("rollback", "app", 1)]
    assert traced.ends("close") == [("close", "close", 1)]
    assert traced.only("anew")["connection"] != traced.only("app")["connection"]


def test_nothing_is_written_twice(traced: Traced) -> None:
    statements = traced.child.of("statement")

    assert {statement.get("source") for statement in statements} == {None, "app"}
    apps = [statement for statement in statements if statement.get("source") == "app"]
    lines = {traced.child.site(statement["site"])[1] for statement in apps}
    assert lines == {
        traced.line(mark) for mark in ("app", "driver", "driver read", "app read", "own")
    } | {line for line in lines if line == traced.line("terminated")}
    assert {statement.get("library") for statement in statements} == {None}
