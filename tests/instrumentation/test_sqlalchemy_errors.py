"""Errors: every one that SQLAlchemy makes, what it is about, and what became of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, library_version, python_version, trace

PROGRAM = """\
import sqlite3
from models import *
seed()

shelf = Table("shelf", MetaData(), Column("id", Integer, primary_key=True),
              Column("room", String(20), nullable=False, unique=True),
              Column("book_id", ForeignKey("book.id")))
with engine.begin() as c:
    c.exec_driver_sql("PRAGMA foreign_keys = ON")

def swallow(function):
    try:
        function()
    except Exception:  # swallowed
        pass

def failing(session, thing):
    session.add(thing)
    session.flush()

class Refused(Exception):
    pass

with make_session() as s:
    swallow(lambda: failing(s, Author(name=None)))  # here: not null
    swallow(lambda: s.execute(select(Book)).all())  # here: after failure
    s.rollback()
    swallow(lambda: failing(s, Author(name="author 1")))  # here: unique
    s.rollback()
    swallow(lambda: failing(s, Author(id=1, name="private name")))  # here: primary key
    s.rollback()
    swallow(lambda: failing(s, Loan(book_id=1, member="x", days=-1)))  # here: check
    s.rollback()
    swallow(lambda: failing(s, Book(title="t", author_id=99999)))  # here: foreign key
    s.rollback()
    swallow(lambda: s.execute(text("SELECT * FROM nowhere")))  # here: no table
    swallow(lambda: s.execute(text("SELECT colour FROM book")))  # here: no column
    swallow(lambda: s.execute(text("SELEC 1")))  # here: syntax
    swallow(lambda: s.execute(select(Book).where(Book.id == 99)).scalars().one())  # here: none
    swallow(lambda: s.execute(select(Book)).scalars().one())  # here: several
    swallow(lambda: s.execute(text("SELECT :x")))  # here: no bind
    swallow(lambda: s.query(Book).filter_by(colour="red"))  # here: no attribute
    swallow(lambda: s.execute(text("SELECT 1")).scalars().one().x)
    swallow(lambda: s.execute(shelf.insert().values(room="r")))  # here: core table
    swallow(lambda: s.execute(select(shelf.c.id)))  # here: core table again

with make_session() as s:
    try:
        failing(s, Author(name="author 2"))  # here: translated
    except exc.IntegrityError as error:  # catches and translates
        try:
            raise Refused("taken") from error
        except Refused:
            s.rollback()
    try:
        try:
            failing(s, Author(name="author 2"))  # here: raised again
        except exc.IntegrityError:
            raise
    except exc.IntegrityError:  # the outer
        s.rollback()
    try:
        raise KeyError("first")
    except KeyError:
        swallow(lambda: s.execute(text("SELECT * FROM nowhere")))  # here: inside except
    exc.NoResultFound("never raised")  # here: never raised
    try:
        s.execute(text("SELECT * FROM nowhere"))  # here: caught here
    except exc.OperationalError:  # the catching line
        pass

broken = create_engine("sqlite:////nowhere/at/all.db", future=True)  # here: broken engine
swallow(lambda: broken.connect())  # here: connecting
swallow(lambda: create_engine("nosuch://x"))  # here: dialect
swallow(lambda: create_engine("::"))  # here: url

attempts = []
def creator():
    attempts.append(1)
    if len(attempts) > 1:
        raise sqlite3.OperationalError("gone away")
    return sqlite3.connect(":memory:")
flaky = create_engine("sqlite://", creator=creator, future=True)
with flaky.connect() as c:
    c.execute(text("SELECT 1"))
    c.rollback()
    c.invalidate()
    swallow(lambda: c.execute(text("SELECT 1")))  # here: reconnecting
print("attempts", len(attempts))

with make_session() as s:
    failing(s, Author(name=None))  # here: last
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("errors"), PROGRAM, status=1)


@pytest.mark.parametrize(
    ("mark", "kind", "status", "message"),
    [
        ("not null", "IntegrityError", "NOTNULL", "NOT NULL constraint failed: author.name"),
        ("unique", "IntegrityError", "UNIQUE", "UNIQUE constraint failed: author.name"),
        ("check", "IntegrityError", "CHECK", "CHECK constraint failed"),
        ("foreign key", "IntegrityError", "FOREIGNKEY", "FOREIGN KEY constraint failed"),
        ("primary key", "IntegrityError", "PRIMARYKEY", "UNIQUE constraint failed: author.id"),
    ],
)
def test_broken_constraints(
    traced: Traced, mark: str, kind: str, status: str, message: str
) -> None:
    error = traced.error(mark, kind)

    assert message in error["message"]
    assert error["module"] == "sqlalchemy.exc"
    assert error["code"] == "gkpj"
    if python_version() >= (3, 11):
        assert error["db.response.status_code"] == "SQLITE_CONSTRAINT_" + status
    else:
        assert "db.response.status_code" not in error
    [inner] = error["chain"]
    assert (inner["type"], inner["module"]) == ("IntegrityError", "sqlite3")
    assert traced.child.one("sql", id=error["statement"])["db.operation.name"] == "INSERT"
    assert error["connection"] > 0
    assert error["transaction"] > 0
    assert error["session"] > 0


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("not null", "IntegrityError"),
        ("after failure", "PendingRollbackError"),
        ("no table", "OperationalError"),
        ("no column", "OperationalError"),
        ("syntax", "OperationalError"),
        ("none", "NoResultFound"),
        ("several", "MultipleResultsFound"),
        ("no bind", "StatementError"),
        ("no attribute", "InvalidRequestError"),
        ("core table", "OperationalError"),
        ("inside except", "OperationalError"),
        ("reconnecting", "OperationalError"),
    ],
)
def test_a_swallowed_error_is_recorded_with_the_line_that_caught_it(
    traced: Traced, mark: str, kind: str
) -> None:
    error = traced.error(mark, kind)
    fate, line = traced.fate(error)

    assert fate == "caught"
    assert line is not None
    assert "function()" in traced.text.splitlines()[line - 1]


def test_frames_go_from_the_innermost_line_outwards(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")
    lines = [traced.child.site(number) for number in error["frames"]]

    assert [function for _, _, function in lines] == ["failing", "<lambda>", "swallow", "<module>"]
    assert error["site"] == error["frames"][0]
    assert lines[1][1] == traced.line("unique")


def test_values_stay_out_of_messages(traced: Traced) -> None:
    text = str(traced.child.of("error") + traced.child.of("failure"))

    assert "private name" not in text
    assert "99999" not in text


def test_fates(traced: Traced) -> None:
    caught = traced.text.splitlines().index("    except exc.OperationalError:  # the catching line")
    assert traced.fate(traced.error("caught here", "OperationalError")) == ("caught", caught)
    assert traced.fate(traced.error("never raised", "NoResultFound")) == ("never-raised", None)
    fate, line = traced.fate(traced.error("translated", "IntegrityError"))
    assert (fate, line) == ("caught", traced.line("translated"))
    assert traced.fate(traced.error("raised again", "IntegrityError"))[0] == "caught"


def test_the_error_that_ends_the_process(traced: Traced) -> None:
    error = traced.error("last", "IntegrityError")
    assert traced.fate(error)[0] == "propagated"
    failure = traced.child.one("failure")
    assert failure["phase"] == "exit"
    assert failure["chain"][0]["error"] == error["id"]
    assert failure["chain"][1]["type"] == "IntegrityError"
    assert failure["chain"][1]["module"] == "sqlite3"


def test_names_of_the_database_are_kept(traced: Traced) -> None:
    assert "no such table: nowhere" in traced.error("no table", "OperationalError")["message"]
    assert "no such column: colour" in traced.error("no column", "OperationalError")["message"]
    assert '"colour"' in traced.error("no attribute", "InvalidRequestError")["message"]


def test_connection_errors_name_the_line_that_made_the_engine(traced: Traced) -> None:
    error = traced.error("connecting", "OperationalError")

    assert traced.child.site(error["engine_site"])[1] == traced.line("broken engine")
    assert "connection" not in error
    assert "statement" not in error
    assert "unable to open database file" in error["message"]
    if python_version() >= (3, 11):
        assert error["db.response.status_code"].startswith("SQLITE_CANTOPEN")


def test_errors_in_making_an_engine(traced: Traced) -> None:
    kinds = {event["type"] for event in traced.at("dialect", "error")}
    assert kinds == {"NoSuchModuleError"}
    assert {event["type"] for event in traced.at("url", "error")} == {"ArgumentError"}


def test_an_error_handler_of_ours_does_not_reconnect(traced: Traced) -> None:
    assert traced.child.stdout == "attempts 2\n"


def test_tables_that_no_mapper_maps_are_declared_once(traced: Traced) -> None:
    schema = traced.child.one("schema", **{"db.collection.name": "shelf"})

    assert "entity" not in schema
    assert [column["name"] for column in schema["columns"]] == ["id", "room", "book_id"]
    assert schema["columns"][1]["nullable"] is False
    assert schema["columns"][1]["unique"] is True
    assert schema["columns"][2]["foreign_key"] == "book.id"
    mapped = traced.child.of("schema", **{"db.collection.name": "author"})
    assert [event["entity"] for event in mapped] == ["Author"]


def test_where_an_orm_error_comes_from(traced: Traced) -> None:
    if library_version() < (2, 0):
        pytest.skip("names of internal functions differ before 2.0")
    origin = traced.error("no attribute", "InvalidRequestError")["origin"]
    assert origin == "base.py:_entity_namespace_key"


CALLED_BY_NOBODY = """\
import _thread, time
from models import *
_thread.start_new_thread(exc.InvalidRequestError, ("the first",))
time.sleep(0.2)
try:
    raise exc.InvalidRequestError("the second")  # here: second
except exc.InvalidRequestError:
    pass
"""


def test_an_error_that_a_thread_begins_with_has_no_site(tmp_path: Path) -> None:
    found = trace(tmp_path, CALLED_BY_NOBODY)

    errors = found.child.of("error", type="InvalidRequestError")
    assert len(errors) == 2
    assert errors[0].get("site") is None
    assert errors[1]["site"] in found.site("second")
