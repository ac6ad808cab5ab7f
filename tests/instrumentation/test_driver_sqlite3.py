"""sqlite3 driven by the app itself: statements, transactions, errors, and nothing changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import trace
from tests.instrumentation.traced import run, without_times, write

INTERPRETERS = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")) or [Path(sys.executable)]


def test_a_statement_bears_its_line_binds_rows_and_sender(tmp_path: Path) -> None:
    program = """\
import sqlite3
db = sqlite3.connect("honey.db")  # here: connect
db.execute("CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT)")
db.execute("INSERT INTO jar (label) VALUES (?)", ("lime",))  # here: insert
cursor = db.cursor()
cursor.executemany("INSERT INTO jar (label) VALUES (?)", [("oak",), ("elm",)])  # here: many
db.commit()  # here: commit
print(len(db.execute("SELECT * FROM jar WHERE id > ?", (1,)).fetchall()))  # here: select
db.close()
"""
    traced = trace(tmp_path, program)

    insert = traced.only("insert")
    assert insert["source"] == "app"
    assert insert["affected"] == 1
    assert insert["binds"][0].startswith("s4:")
    assert (traced.only("many")["many"], traced.only("many")["affected"]) == (2, 2)
    assert traced.count("select") == 2
    assert traced.ends("commit") == [("commit", "app", 2)]
    opened = traced.child.one("connection", action="open")
    assert opened["site"] in traced.site("connect")
    assert (opened["driver"], opened["db.system.name"]) == ("sqlite3", "sqlite")
    assert opened["namespace"]
    assert opened["id"] == insert["connection"]


def test_who_ends_a_transaction_and_what_it_settles(tmp_path: Path) -> None:
    program = """\
import sqlite3
db = sqlite3.connect("honey.db")
db.execute("CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT)")
with db:  # here: left
    db.execute("INSERT INTO jar (label) VALUES ('a')")
try:
    with db:  # here: raised
        db.execute("INSERT INTO jar (label) VALUES ('b')")
        raise KeyError
except KeyError:
    pass
db.execute("INSERT INTO jar (label) VALUES ('c')")
db.rollback()  # here: asked
try:
    raise KeyError
except KeyError:
    db.execute("INSERT INTO jar (label) VALUES ('c')")
    db.rollback()  # here: asked for an exception
db.execute("INSERT INTO jar (label) VALUES ('d')")
db.close()  # here: closed
lost = sqlite3.connect("honey.db")
lost.execute("INSERT INTO jar (label) VALUES ('e')")
del lost
print(sqlite3.connect("honey.db").execute("SELECT count(*) FROM jar").fetchone())
"""
    traced = trace(tmp_path, program)

    ends = [
        (event["end"], event["by"], len(event["writes"]), event.get("raised"))
        for event in traced.child.of("transaction")
    ]
    assert ends == [
        ("commit", "exit", 1, None),
        ("rollback", "exception", 1, None),
        ("rollback", "app", 1, None),
        ("rollback", "app", 1, True),
        ("close", "close", 1, None),
        ("close", "gc", 1, None),
    ]
    assert traced.child.stdout == "(1,)\n"


def test_a_write_outside_any_transaction_is_durable(tmp_path: Path) -> None:
    program = """\
import sqlite3
db = sqlite3.connect(":memory:", isolation_level=None)
db.executescript("CREATE TABLE jar (label TEXT); INSERT INTO jar VALUES ('a;b');")  # here: script
db.execute("INSERT INTO jar VALUES ('c')")  # here: single
db.execute("BEGIN")
db.execute("INSERT INTO jar VALUES ('d')")  # here: inside
db.execute("SAVEPOINT one")
db.execute("INSERT INTO jar VALUES ('e')")  # here: undone
db.execute("ROLLBACK TO one")
db.execute("COMMIT")  # here: commit
"""
    traced = trace(tmp_path, program)

    assert traced.verbs("script") == ["CREATE", "INSERT"]
    assert traced.at("script")[1]["durable"] is True
    assert traced.only("single")["durable"] is True
    assert "durable" not in traced.only("inside")
    assert traced.ends("commit") == [("commit", "app", 1)]
    back = traced.child.one("savepoint", action="rollback")
    assert back["writes"] == [traced.only("undone")["id"]]
    assert traced.child.one("connection", action="open")["memory"] is True


def test_errors_with_their_fate_and_the_close_before(tmp_path: Path) -> None:
    program = """\
import sqlite3
db = sqlite3.connect("honey.db")
try:
    db.execute("SELECT * FROM nowhere")  # here: missing
except sqlite3.OperationalError:
    pass
db.close()  # here: close
try:
    db.execute("SELECT 1")  # here: late
except sqlite3.ProgrammingError:
    pass
db = sqlite3.connect("/nowhere/at/all.db")  # here: refused
"""
    traced = trace(tmp_path, program, status=1)

    missing = traced.error("missing", "OperationalError")
    assert missing["message"].startswith("no such table")
    assert traced.child.one("sql", id=missing["statement"])["db.operation.name"] == "SELECT"
    assert traced.fate(missing) == ("caught", traced.line("missing"))
    late = traced.error("late", "ProgrammingError")
    assert late["closed"]["site"] in traced.site("close")
    refused = traced.error("refused", "OperationalError")
    assert traced.fate(refused)[0] == "propagated"
    [failure] = traced.child.of("failure")
    assert failure["chain"][0]["error"] == refused["id"]


def test_a_connection_of_another_thread_is_named_with_both(tmp_path: Path) -> None:
    program = """\
import sqlite3, threading
db = sqlite3.connect("honey.db")
def work():
    try:
        db.execute("SELECT 1")  # here: elsewhere
    except sqlite3.ProgrammingError:
        pass
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    traced = trace(tmp_path, program)

    error = traced.error("elsewhere", "ProgrammingError")
    opened = traced.child.one("connection", action="open")
    assert error["connection"] == opened["id"]
    assert error["thread"] != opened["thread"]


SAME = """\
import copy, datetime, inspect, pickle, sqlite3, traceback, warnings
warnings.simplefilter("always")
class Cursor(sqlite3.Cursor):
    def execute(self, *arguments):
        print("own execute")
        return super().execute(*arguments)
class Connection(sqlite3.Connection):
    def cursor(self, *arguments, **named):
        print("own cursor")
        return super().cursor(Cursor)
    def commit(self):
        print("own commit")
        return super().commit()
def show(function):
    try:
        print(function())
    except BaseException as error:
        print(type(error), error, EXACT and traceback.format_exc())
import sys
EXACT = sys.version_info >= (3, 11)
db = sqlite3.connect("honey.db", 5.0, detect_types=sqlite3.PARSE_DECLTYPES)
print(type(db), isinstance(db, sqlite3.Connection), sqlite3.connect)
print(sqlite3.connect is sqlite3.dbapi2.connect)
db.executescript("CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT, filled timestamp);")
db.row_factory = sqlite3.Row
cursor = db.cursor()
print(type(cursor), isinstance(cursor, sqlite3.Cursor))
cursor.execute("INSERT INTO jar (filled) VALUES (?)", (datetime.datetime(2020, 1, 2),))
print(cursor.lastrowid, cursor.rowcount, cursor.description, db.total_changes)
cursor.executemany("INSERT INTO jar (label) VALUES (?)", iter([("a",), ("b",)]))
db.commit()
print([tuple(row) for row in db.execute("SELECT * FROM jar")])
print([tuple(row) for row in cursor.execute("SELECT id FROM jar").fetchmany(2)])
show(lambda: db.execute("SELECT nope FROM jar"))
show(lambda: cursor.execute("SELECT ?"))
show(lambda: cursor.executemany("INSERT INTO jar (label) VALUES (?)", 5))
show(lambda: db.execute())
show(lambda: db.cursor(factory=None))
show(lambda: pickle.dumps(db, 2) if not EXACT else None)
show(lambda: sqlite3.connect("/nowhere/at/all.db"))
show(lambda: sqlite3.connect())
show(lambda: pickle.loads(pickle.dumps(sqlite3.connect)) is sqlite3.connect)
show(lambda: copy.deepcopy(sqlite3.connect) is sqlite3.connect)
db.create_function("twice", 1, lambda value: value * 2)
print(tuple(db.execute("SELECT twice(4)").fetchone()))
own = sqlite3.connect("honey.db", factory=Connection)
with own:
    own.execute("INSERT INTO jar (label) VALUES ('c')")
print(isinstance(own, Connection), isinstance(own.cursor(), Cursor))
copied = sqlite3.connect(":memory:")
db.backup(copied)
print(len(list(copied.iterdump())))
db.close()
show(lambda: db.execute("SELECT 1"))
show(lambda: db.in_transaction)
"""


@pytest.mark.parametrize("python", INTERPRETERS, ids=lambda path: Path(path).parts[-3])
def test_a_program_prints_the_same_when_it_is_traced(python: Path, tmp_path: Path) -> None:
    version = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 8))"],
        capture_output=True,
        text=True,
        check=True,
    )
    if version.stdout != "True\n":
        pytest.skip("too old")
    alone = run(["program.py"], write(tmp_path / "a", {"program.py": SAME}), python=python)
    app = write(tmp_path / "b", {"program.py": SAME})
    traced = run(["program.py"], app, tmp_path / "trace", python=python)

    assert not traced.of("shim", state="disabled")
    assert traced.of("statement", source="app")
    said = [without_times(text) for text in (alone.stdout, alone.stderr)]
    assert alone.status == traced.status
    assert [text.replace("/a/", "/b/") for text in said] == [
        without_times(text) for text in (traced.stdout, traced.stderr)
    ]


def test_an_orm_gets_plain_cursors(tmp_path: Path) -> None:
    program = """\
import sqlite3
from sqlalchemy import create_engine, text, event
engine = create_engine("sqlite://")
with engine.connect() as connection:
    result = connection.execute(text("SELECT 1"))
    assert type(result.cursor) is sqlite3.Cursor
    raw = connection.connection.cursor()
    assert type(raw) is not sqlite3.Cursor and isinstance(raw, sqlite3.Cursor)
"""
    traced = trace(tmp_path, program)

    assert not traced.child.of("statement", source="app")
