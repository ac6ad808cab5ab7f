"""Errors of Peewee: each that is made, with what it is about and what became of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, python_version
from tests.instrumentation.peewees import peewee_version, trace

PROGRAM = """\
from models import *
import peewee
seed()

def tried(function):
    try:
        function()
    except Exception as error:  # here: caught
        return error

tried(lambda: Author.create(name="author 1"))  # here: unique
tried(lambda: Author.create(name=None))  # here: null
tried(lambda: Book.create(title="x", author=99))  # here: reference
tried(lambda: Loan.create(book=1, member="c", days=-1))  # here: check
tried(lambda: Author.get_by_id(99))  # here: missing
tried(lambda: Author.select().where(Author.name == "nobody").get())  # here: query missing
Author.get_or_none(Author.id == 99)  # here: or none
Author.get_or_create(name="new")  # here: or create
tried(lambda: Author.select().where(Author.id == 99).get_or_none()
      if hasattr(peewee.BaseModelSelect, "get_or_none") else None)  # here: query or none
99 in Author  # here: in
tried(lambda: db.execute_sql("SELECT * FROM nowhere"))  # here: table
class Nowhere(Base):
    pass
tried(lambda: Nowhere.create())  # here: model
tried(lambda: db.execute_sql("SELEC"))  # here: syntax
tried(lambda: Author.create(name="x" * 10, id=2 ** 70))  # here: overflow
tried(lambda: SqliteDatabase("x.db", isolation_level="DEFERRED"))  # here: configured
tried(lambda: Select([Author], [Author.id]).execute())  # here: unbound
bad = Book.create(title="dangling", author=1)
Author.delete().where(Author.id == 3).execute() if False else None
with db.atomic():
    tried(lambda: Author.create(name="author 1"))  # here: inside
book = Book()
tried(lambda: book.author)  # here: no author
tried(lambda: list(Book.select().where(Book.id == object())))  # here: object
try:
    Author.create(name="author 1")
except IntegrityError:  # here: swallowed
    pass
tried(lambda: SqliteDatabase("/nowhere/at/all.db").connect())  # here: no file
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("errors"), PROGRAM)


@pytest.mark.parametrize("mark", ["unique", "null", "reference", "check", "inside"])
def test_integrity_errors(traced: Traced, mark: str) -> None:
    error = traced.error(mark, "IntegrityError")

    assert error["module"] == "peewee"
    assert error["statement"]
    assert error["connection"]
    assert error["chain"][0]["module"] == "sqlite3"
    if python_version() >= (3, 11):
        assert error["db.response.status_code"].startswith("SQLITE_CONSTRAINT_")


def test_the_entity_and_the_text_of_a_failed_statement(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")

    assert error["entity"] == "Author"
    assert error["message"] == "UNIQUE constraint failed: author.name"
    text = traced.child.one("sql", id=error["statement"])["db.query.text"]
    assert text.startswith("INSERT INTO")


def test_the_transaction_of_a_failed_statement(traced: Traced) -> None:
    assert traced.error("inside", "IntegrityError")["transaction"]
    assert traced.error("unique", "IntegrityError").get("transaction") is None


@pytest.mark.parametrize("mark", ["missing", "query missing"])
def test_absent_rows(traced: Traced, mark: str) -> None:
    error = traced.error(mark, "AuthorDoesNotExist")

    assert error["entity"] == "Author"
    assert "DoesNotExist" in error["mro"]
    assert error["message"].startswith("<Model: Author> instance matching query does not exist")
    assert "nobody" not in str(traced.child.events)


@pytest.mark.parametrize("mark", ["or none", "or create", "query or none", "in"])
def test_absences_that_peewee_asks_for(traced: Traced, mark: str) -> None:
    assert traced.at(mark, "error") == []


def test_a_relation_that_was_never_set(traced: Traced) -> None:
    assert traced.error("no author", "AuthorDoesNotExist")["entity"] == "Author"


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("table", "OperationalError"),
        ("model", "OperationalError"),
        ("syntax", "OperationalError"),
        ("configured", "ImproperlyConfigured"),
        ("unbound", "InterfaceError"),
        ("no file", "OperationalError"),
    ],
)
def test_other_errors(traced: Traced, mark: str, kind: str) -> None:
    if mark == "configured" and peewee_version() < (4, 0):
        pytest.skip("3.x takes any isolation level")
    assert traced.error(mark, kind)["module"] == "peewee"


def test_an_error_that_peewee_does_not_translate(traced: Traced) -> None:
    error = traced.error("overflow", "OverflowError")

    assert error["statement"]
    assert error["entity"] == "Author"


def test_a_schema_is_known_when_its_table_is_not(traced: Traced) -> None:
    assert "Nowhere" in {event.get("entity") for event in traced.child.of("schema")}
    assert traced.error("model", "OperationalError")["message"] == "no such table: nowhere"


def test_a_connection_that_was_refused(traced: Traced) -> None:
    error = traced.error("no file", "OperationalError")

    assert error["message"] == "unable to open database file"
    assert error["engine_site"]
    assert error["chain"][0]["module"] == "sqlite3"


def test_fates(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")
    fate, line = traced.fate(error)

    assert fate == "caught"
    assert line is not None


def test_each_error_is_recorded_once(traced: Traced) -> None:
    first = [event for event in traced.child.of("error") if "frames" in event]
    numbers = [event["id"] for event in first]

    assert len(numbers) == len(set(numbers))
    assert len(traced.child.of("fate")) == len(numbers)


PROPAGATED = """\
from models import *
seed()
Author.get_by_id(99)  # here: missing
"""


def test_what_ends_the_program(tmp_path: Path) -> None:
    traced = trace(tmp_path, PROPAGATED, status=1)

    error = traced.error("missing", "AuthorDoesNotExist")
    assert traced.fate(error)[0] == "propagated"
    [failure] = traced.child.of("failure")
    assert failure["chain"][0]["error"] == error["id"]
    assert "99" not in failure["chain"][0]["message"].partition("Params")[2]


WRAPPED = """\
from models import *
def ask():
    closed = SqliteDatabase("app.db", autoconnect=False)
    with closed.bind_ctx(MODELS):
        list(Author.select())  # here: ask
try:
    ask()
except InterfaceError as error:  # here: caught
    kept = error
print(type(kept.orig).__name__)
"""


def test_an_error_that_peewee_wraps_again_is_one_error(tmp_path: Path) -> None:
    traced = trace(tmp_path, WRAPPED)

    error = traced.error("ask", "InterfaceError")
    assert traced.fate(error)[0] == "caught"
    assert traced.child.stdout == "InterfaceError\n"
